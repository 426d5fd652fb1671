//! Coming for the first time: by an owner's link, by signing up, or by an invitation. Whoever comes chooses a password, and proves
//! that the mail address is theirs.

use passwords::{Password, Stored};
use seal::Private;
use serde::{Deserialize, Serialize};
use store::{Tx, args};

use super::{
    attempt::{Attempt, Done, Purpose, begin_join, forget_mail, put_mail},
    failures::{self, Of},
    letters,
    link::{Link, Whose, owner_of, take},
    password,
    session::{self, Means, Session},
};
use crate::{
    app::{App, Now},
    audit::Actor,
    ids::{LinkId, PersonId, WorkspaceId},
    mail::Address,
    permissions::{Authority, Over},
    web::{Origin, Stop},
    workspaces::{self, MemberRole},
};

/// Who wants to come, checked.
pub struct Newcomer {
    /// Their name.
    pub name: Private,
    /// Their mail address.
    pub address: Address,
    /// The password that they have chosen.
    pub password: Password,
}

/// What is kept until the address is confirmed.
#[derive(Serialize, Deserialize)]
struct Details {
    name: Private,
    mail: Private,
    hash: String,
    link: Option<LinkId>,
    workspace: Option<WorkspaceId>,
    new: Option<Private>,
}

const HAS_PASSWORD: &str = "SELECT 1 AS one FROM passwords WHERE person_id = $1";

/// Whether this address has a sign-in already.
pub async fn has_sign_in(app: &App, address: &Address) -> store::Result<bool> {
    let Some(person) = workspaces::person_with(app, address).await? else { return Ok(false) };
    Ok(app.db.row(HAS_PASSWORD, args![&person.id]).await?.is_some())
}

/// Begins for whoever holds an owner's link. `from`: the page to which they go back.
pub async fn ask_owner(
    app: &App,
    link: &Link,
    who: Newcomer,
    from: &str,
) -> Result<Attempt, Stop<password::Busy>> {
    let whose = owner_of(link).ok_or_else(|| store::Fault::Row("an owner's link of nothing".to_owned()))?;
    let (workspace, new) = match whose {
        Whose::Workspace(id) => (Some(id), None),
        Whose::New(name) => (None, Some(name)),
    };
    let into = Place { link: Some(link.id.clone()), workspace, new };
    ask(app, who, into, from).await
}

/// Begins for whoever signs up with a new workspace. `from`: the page to which they go back.
pub async fn ask_sign_up(
    app: &App,
    workspace: Private,
    who: Newcomer,
    from: &str,
) -> Result<Attempt, Stop<password::Busy>> {
    ask(app, who, Place { link: None, workspace: None, new: Some(workspace) }, from).await
}

/// What somebody comes into, and by which link.
struct Place {
    link: Option<LinkId>,
    workspace: Option<WorkspaceId>,
    new: Option<Private>,
}

async fn ask(app: &App, who: Newcomer, into: Place, from: &str) -> Result<Attempt, Stop<password::Busy>> {
    let stored = app.passwords.hash(who.password, app.chance.clone()).await.map_err(Stop::Refused)?;
    let mail: Private = who.address.as_typed().into();
    let hash = stored.as_str().to_owned();
    let Place { link, workspace, new } = into;
    let details = Details { name: who.name, mail, hash, link, workspace, new };
    let text: Private = serde_json::to_string(&details).expect("plain data").into();
    let attempt = begin_join(app, &text, from.to_owned()).await?;
    mail_to(app, &attempt).await?;
    Ok(attempt)
}

/// Mails a link and a code to whoever comes for the first time; what was mailed before holds no more. Whoever has a sign-in is told
/// so by mail, and nothing else happens: whoever asked sees the same.
pub async fn mail_to(app: &App, attempt: &Attempt) -> store::Result<()> {
    let mail = details(attempt)?.mail;
    let address = address_of(&mail)?;
    let known = has_sign_in(app, &address).await?;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    // The mailbox of somebody who has nothing to do with it is not to be filled; and what was mailed last still holds then.
    if !failures::may_mail(&mut tx, now, &Of::Letters(address.folded())).await? {
        return Ok(());
    }
    // Made in either case, so that one takes as long as the other; nobody learns those that are not mailed.
    let (link, code) = put_mail(&mut tx, now, attempt).await?;
    let letter = if known {
        forget_mail(&mut tx, attempt).await?;
        letters::already_here(app)
    } else {
        letters::second_step(app, Purpose::Join, &link, &code)
    };
    let once = format!("join {} {}", attempt.id, now.when.micros());
    letters::send_to(&mut tx, now, mail, &once, letter).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}

fn details(attempt: &Attempt) -> store::Result<Details> {
    let broken = || store::Fault::Row("a newcomer without details".to_owned());
    let details = attempt.details.as_ref().ok_or_else(broken)?;
    serde_json::from_str(details.expose()).map_err(|_| broken())
}

fn address_of(mail: &Private) -> store::Result<Address> {
    crate::mail::address(mail.expose())
        .map_err(|_| store::Fault::Row("a newcomer's address cannot be read".to_owned()))
}

/// Makes somebody who is signed in the owner that a link is for. Answers the workspace; nothing if the link was used meanwhile.
pub async fn claim(app: &App, link: &Link, session: &Session) -> store::Result<Option<WorkspaceId>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let Some(whose) = owner_of(link) else { return Ok(None) };
    let by = Authority::new(Over::Customers, Actor::Person(session.person.id.clone()));
    if let Whose::Workspace(workspace) = &whose
        && !workspaces::hold(&mut tx, &by, workspace).await?
    {
        return Ok(None);
    }
    if !take(&mut tx, now, &link.id).await? {
        return Ok(None);
    }
    let workspace = match whose {
        Whose::Workspace(id) => {
            workspaces::join(&mut tx, now, &by, &id, &session.person.id, MemberRole::Owner).await?;
            id
        }
        Whose::New(name) => workspaces::found(&mut tx, now, &by, &name, &session.person.id).await?,
    };
    tx.commit().await?;
    Ok(Some(workspace))
}

/// Lets in whoever has confirmed their address. Answers nothing if the link was used meanwhile, or the address got a sign-in.
pub(super) async fn complete(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    attempt: &Attempt,
    origin: &Origin,
    known_by: Option<&str>,
) -> store::Result<Option<Done>> {
    let details = details(attempt)?;
    // The workspace before its people and the link to it, as everywhere.
    let anybody = Authority::new(Over::Customers, Actor::Machine);
    if let Some(workspace) = &details.workspace
        && !workspaces::hold(tx, &anybody, workspace).await?
    {
        return Ok(None);
    }
    if let Some(link) = &details.link
        && !take(tx, now, link).await?
    {
        return Ok(None);
    }
    let Some(person) = settle(app, tx, now, &details.name, &details.mail, &details.hash).await? else {
        return Ok(None);
    };
    let by = Authority::new(Over::Customers, Actor::Person(person.clone()));
    let workspace = match (details.workspace, details.new) {
        (Some(workspace), _) => {
            workspaces::join(tx, now, &by, &workspace, &person, MemberRole::Owner).await?;
            workspace
        }
        (None, Some(name)) => workspaces::found(tx, now, &by, &name, &person).await?,
        (None, None) => return Ok(None),
    };
    let person = workspaces::Person { id: person, mail: details.mail, name: Some(details.name) };
    let begun = session::begin(app, tx, now, &person, Means::Joined, origin, known_by).await?;
    Ok(Some(Done {
        secret: begun.secret,
        expires_at: begun.expires_at,
        browser: begun.browser,
        purpose: Purpose::Join,
        next: Some(format!("/w/{workspace}?done=joined")),
    }))
}

/// Makes the person, with the password that they have chosen. One who has got a sign-in meanwhile keeps it.
pub(super) async fn settle(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    name: &Private,
    mail: &Private,
    hash: &str,
) -> store::Result<Option<PersonId>> {
    let address = address_of(mail)?;
    let broken = |_| store::Fault::Row("a newcomer's password cannot be read".to_owned());
    let stored: Stored = hash.parse().map_err(broken)?;
    let person = match workspaces::person_made(app, tx, now, &address, Some(name)).await {
        Ok(person) => person,
        Err(Stop::Fault(fault)) => return Err(fault),
        Err(Stop::Refused(_)) => return Ok(None),
    };
    if tx.row(HAS_PASSWORD, args![&person]).await?.is_some() {
        return Ok(None);
    }
    password::put(tx, now, &person, &stored, None).await?;
    Ok(Some(person))
}
