use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use seal::Private;
use serde::Deserialize;
use time_and_chance::{Duration, Time};

use super::{new_token::DESCRIBE, secret::shown_once};
use crate::{
    app::App,
    exposure::{self, Sighting},
    ids::TokenId,
    tokens::{self, Change, Listed, Refusal, Rotated, State as Standing},
    web::{
        Once, Problem, Stop,
        console::{Fields, Form, Frame, Inside, Owning, Place, Turned, to, with_status},
        form_key,
    },
    workspaces,
};

/// How long a former secret works on: what the form offers.
const OVERLAPS: [(&str, &str, Duration); 5] = [
    ("none", "Not at all: it was seen by somebody", Duration::from_secs(0)),
    ("hour", "For an hour", Duration::from_hours(1)),
    ("day", "For a day", Duration::from_hours(24)),
    ("week", "For a week", Duration::from_hours(7 * 24)),
    ("month", "For 30 days", Duration::from_hours(30 * 24)),
];

#[derive(Template)]
#[template(path = "console/token.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    base: String,
    path: String,
    is_owner: bool,
    token: Listed,
    creator: String,
    former_until: Option<Time>,
    sightings: Vec<Sighting>,
    once: String,
    description: String,
    overlap: String,
    confirmation: String,
}

/// What a page has people do before anything else.
#[derive(PartialEq, Eq)]
enum First {
    /// End the former secret, which was found in public.
    EndFormer,
    /// Rotate the token.
    Rotate,
    /// Make another, as this one has ended.
    MakeNew,
    /// Look through the others, as they may change none.
    LookOn,
}

impl Page {
    fn first(&self) -> First {
        match self.token.state {
            _ if !self.is_owner => First::LookOn,
            Standing::Live if self.token.former_warned_at.is_some() => First::EndFormer,
            Standing::Live | Standing::Warned => First::Rotate,
            Standing::Expired | Standing::Revoked => First::MakeNew,
        }
    }

    fn overlaps(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        OVERLAPS.iter().map(|(name, label, _)| (*name, *label, *name == self.overlap))
    }
}

/// What the forms send.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    description: Private,
    overlap: String,
    confirmation: Private,
    once: String,
}

type TokenPath = Path<(String, String)>;

async fn found(app: &App, inside: &Inside, id: &str) -> Result<Listed, Turned> {
    let unknown = || Problem::not_found("token");
    let id: TokenId = id.parse().map_err(|_| unknown())?;
    let token = tokens::show_of(app, &inside.here.workspace_id, &id).await?;
    Ok(token.ok_or_else(unknown)?)
}

async fn page_of(
    app: &App,
    inside: &Inside,
    token: Listed,
    fields: Fields,
    sent: &Sent,
) -> Result<Response, Turned> {
    let status = if fields.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let workspace = &inside.here.workspace_id;
    let mails = workspaces::mails_of(app, workspace, token.creator_id.as_ref()).await?;
    let typed = |text: &str| text.chars().take(400).collect::<String>();
    let page = Page {
        frame: inside.frame(app, Place::Tokens),
        description: if fields.at("description").is_some() {
            typed(sent.description.expose())
        } else {
            token.description.expose().to_owned()
        },
        fields,
        base: inside.path("/tokens"),
        path: inside.path(&format!("/tokens/{}", token.id)),
        is_owner: inside.is_owner(),
        creator: match &token.creator_id {
            None => "the operator".to_owned(),
            Some(id) => {
                mails.get(id).map_or("no longer a member".to_owned(), |mail| mail.expose().to_owned())
            }
        },
        former_until: token.overlap_until,
        sightings: exposure::sightings_of(app, workspace, &token.id).await?,
        once: form_key(&*app.chance),
        overlap: default_overlap(&token, &sent.overlap),
        confirmation: typed(sent.confirmation.expose()),
        token,
    };
    Ok(with_status(status, &page))
}

/// What was chosen; else nothing for a secret that was found in public, and a day for any other.
fn default_overlap(token: &Listed, sent: &str) -> String {
    let chosen = OVERLAPS.iter().find(|(name, ..)| *name == sent).map(|(name, ..)| *name);
    let usual = if token.state == Standing::Warned { "none" } else { "day" };
    chosen.unwrap_or(usual).to_owned()
}

/// A token: what is known of it, and what may be done with it.
pub(super) async fn show(
    State(app): State<App>,
    inside: Inside,
    Path((_, id)): TokenPath,
) -> Result<Response, Turned> {
    let token = found(&app, &inside, &id).await?;
    page_of(&app, &inside, token, Fields::default(), &Sent::default()).await
}

/// Says anew what a token is for.
pub(super) async fn describe(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, id)): TokenPath,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    let token = found(&app, &inside, &id).await?;
    let path = inside.path(&format!("/tokens/{}", token.id));
    inside.proved(&app, &format!("/tokens/{}", token.id))?;
    let change = Change { description: Some(sent.description.clone()), ..Change::default() };
    match tokens::change(&app, &authority, &token.id, change).await {
        Ok(_) => Ok(to(&format!("{path}?done=token-changed"))),
        Err(Stop::Refused(Refusal::Text(_))) => {
            page_of(&app, &inside, token, Fields::of("description", DESCRIBE), &sent).await
        }
        Err(Stop::Refused(Refusal::NotLive)) => {
            let sentence = "This token has ended, and stays as it is.";
            page_of(&app, &inside, token, Fields::of("description", sentence), &sent).await
        }
        Err(stop) => Err(Problem::from(stop).into()),
    }
}

/// Gives a token a new secret, and shows it this once.
pub(super) async fn rotate(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, id)): TokenPath,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    let token = found(&app, &inside, &id).await?;
    inside.proved(&app, &format!("/tokens/{}", token.id))?;
    let chosen = OVERLAPS.iter().find(|(name, ..)| *name == sent.overlap);
    let person = &inside.who.session.person.id;
    let once = Once::of_form(person, &format!("rotate_token {}", token.id), &sent.once);
    let (Some((.., overlap)), Some(once)) = (chosen, once) else {
        let sentence = "Choose how long the present secret works on, and send it once more.";
        return page_of(&app, &inside, token, Fields::of("overlap", sentence), &sent).await;
    };
    match tokens::rotate(&app, &authority, &token.id, *overlap, Some(once)).await {
        Ok(Rotated::New(token, secret)) => {
            Ok(shown_once(&app, &inside, "Its new secret", token, Some(secret)))
        }
        Ok(Rotated::Known(token)) => Ok(shown_once(&app, &inside, "It was rotated already", token, None)),
        Err(Stop::Refused(Refusal::NotLive)) => {
            let sentence = "This token has ended. Make a new one instead.";
            page_of(&app, &inside, token, Fields::of("overlap", sentence), &sent).await
        }
        Err(stop) => Err(Problem::from(stop).into()),
    }
}

/// Ends the secret from before the last rotation. The present one works, so nothing is to be typed first.
pub(super) async fn end_former(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, id)): TokenPath,
) -> Result<Response, Turned> {
    let token = found(&app, &inside, &id).await?;
    inside.proved(&app, &format!("/tokens/{}", token.id))?;
    tokens::end_former(&app, &authority, &token.id).await.map_err(Problem::from)?;
    Ok(to(&inside.path(&format!("/tokens/{}?done=former-ended", token.id))))
}

/// Revokes a token, once its hint or its description was typed.
pub(super) async fn revoke(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, id)): TokenPath,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    let token = found(&app, &inside, &id).await?;
    let path = inside.path(&format!("/tokens/{}", token.id));
    inside.proved(&app, &format!("/tokens/{}", token.id))?;
    if !names(sent.confirmation.expose(), &token) {
        let sentence = "That is neither this token's hint nor its description. Nothing was revoked.";
        return page_of(&app, &inside, token, Fields::of("confirmation", sentence), &sent).await;
    }
    tokens::revoke(&app, &authority, &token.id).await.map_err(Problem::from)?;
    Ok(to(&format!("{path}?done=revoked")))
}

/// Whether a text is a token's hint, with or without what stands around it on the page, or its description.
fn names(typed: &str, token: &Listed) -> bool {
    let typed = typed.trim();
    let bare = typed.trim_end_matches('…');
    let beginning = token.beginning();
    !bare.is_empty()
        && (token.description == *typed
            || token.hint.as_deref() == Some(bare)
            || (token.hint.is_some() && beginning.trim_end_matches('…') == bare))
}
