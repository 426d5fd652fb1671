use seal::Private;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time_and_chance::Duration;

use super::{About, Kind, Link, insert, take};
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    ids::{PersonId, WorkspaceId},
    permissions::Authority,
    signin::{
        product,
        session::{self, Begun, Means},
    },
    web::{Origin, Problem, Stop},
    workspaces,
};

/// The longest that somebody may stay.
const LONGEST: u32 = 60;
/// The pages that a link may be for.
pub const PAGES: [&str; 5] = ["tokens", "leaks", "people", "audit", "settings"];

/// A link as it is asked for.
pub struct Wanted {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The member: a person's id or mail address.
    pub person: Private,
    /// The one page that it is for, if it is for one.
    pub page: Option<String>,
    /// For how many minutes, 1 to 60.
    pub minutes: Option<u32>,
    /// The way back.
    pub return_url: Option<String>,
}

/// Why no link is made.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such workspace.
    NoWorkspace,
    /// There is no such member.
    NoMember,
    /// There is no such page.
    NoPage,
    /// Nobody stays so long, or so short.
    BadTime,
    /// The settings do not allow this way back.
    BadReturn,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoWorkspace => Self::not_found("workspace"),
            Refusal::NoMember => Self::invalid(
                "\"person\" must be the person id or the mail address of a member of the workspace.",
            ),
            Refusal::NoPage => Self::invalid(format!("\"page\" must be one of {}.", PAGES.join(", "))),
            Refusal::BadTime => Self::invalid("\"minutes\" must be from 1 to 60."),
            Refusal::BadReturn => Self::invalid(
                "\"return_url\" must begin with one of the addresses of the setting signin.return_urls.",
            ),
        }
    }
}

/// What a link brings.
#[derive(Serialize, Deserialize)]
struct Brings {
    page: Option<String>,
    minutes: u32,
    back: Option<String>,
}

/// A link into the console.
pub struct Portal {
    /// Its address.
    pub url: Private,
    /// Until when it can be opened.
    pub expires_at: time_and_chance::Time,
}

/// Makes a link with which the product lets a member into the console, once, within a minute.
pub async fn make(app: &App, by: &Authority, wanted: Wanted) -> Result<Portal, Stop<Refusal>> {
    make_lasting(app, by, wanted, Kind::Portal.lasts()).await
}

/// The same, to be opened within this time: for whoever reads it off a screen.
pub async fn make_lasting(
    app: &App,
    by: &Authority,
    wanted: Wanted,
    lasts: Duration,
) -> Result<Portal, Stop<Refusal>> {
    let minutes = wanted.minutes.unwrap_or(LONGEST);
    if !(1..=LONGEST).contains(&minutes) {
        return Err(Stop::Refused(Refusal::BadTime));
    }
    if wanted.page.as_deref().is_some_and(|page| !PAGES.contains(&page)) {
        return Err(Stop::Refused(Refusal::NoPage));
    }
    let allowed = wanted.return_url.as_deref().is_none_or(|url| product::is_allowed(&app.settings, url));
    if !allowed {
        return Err(Stop::Refused(Refusal::BadReturn));
    }
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, &wanted.workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    let person = workspaces::member_named(&mut tx, now, &wanted.workspace, &wanted.person).await?;
    let person: PersonId = person.ok_or(Stop::Refused(Refusal::NoMember))?;
    let brings = Brings { page: wanted.page, minutes, back: wanted.return_url };
    let details = serde_json::to_string(&brings).expect("plain data");
    let about = About {
        person: Some(&person),
        workspace: Some(&wanted.workspace),
        details: Some(details.into()),
        lasts: Some(lasts),
    };
    let (id, secret) = insert(&mut tx, now, Kind::Portal, about).await?;
    let entry = Entry {
        workspace: Some(&wanted.workspace),
        actor: by.actor(),
        event: Event::PortalLinkMade,
        target: person.as_str(),
        details: json!({"link_id": id, "minutes": minutes, "page": brings.page}),
    };
    audit::record(&mut tx, now, &[entry]).await?;
    tx.commit().await?;
    let url = format!("{}/portal/{}", app.public_url, secret.text().expose()).into();
    Ok(Portal { url, expires_at: now.when.plus(lasts) })
}

/// Opens the console with a link. Answers the session and the page that it begins at; nothing if the link was used meanwhile.
pub async fn enter(app: &App, link: &Link, origin: &Origin) -> store::Result<Option<(Begun, String)>> {
    let (Some(person), Some(workspace), Some(details)) = (&link.person, &link.workspace, &link.details)
    else {
        return Ok(None);
    };
    let brings: Brings = serde_json::from_str(details.expose())
        .map_err(|_| store::Fault::Row("a portal link without its details".to_owned()))?;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !take(&mut tx, now, &link.id).await? {
        return Ok(None);
    }
    let path = brings.page.as_ref().map_or(String::new(), |page| format!("/{page}"));
    let kind = session::Kind::Portal { workspace: workspace.clone(), page: brings.page, back: brings.back };
    let lasts = Duration::from_mins(u64::from(brings.minutes));
    let begun =
        session::begin_in(&mut tx, now, person, &kind, Means::PortalLink, origin, lasts, None).await?;
    tx.commit().await?;
    Ok(Some((begun, format!("/w/{workspace}{path}"))))
}
