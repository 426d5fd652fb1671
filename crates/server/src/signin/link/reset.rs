use passwords::Password;
use serde_json::json;
use store::{Tx, args};
use time_and_chance::Duration;

use super::{Kind, Link, mailed, take, withdraw};
use crate::{
    app::{App, Now},
    events::Event,
    ids::{MemberId, PersonId, WorkspaceId},
    mail::Address,
    permissions::Authority,
    signin::{
        attempt::Ways,
        failures::{self, MAILS, Of},
        letters,
        password::{self, Refusal},
        session::{self, Ending},
    },
    web::{Origin, Stop},
    workspaces::{self, Person},
};

/// How long tokens, factors and addresses stay closed for whoever has nothing but mail, after a forgotten password or lost factors.
pub const CLOSED: Duration = Duration::from_hours(24);

/// Mails a link to set a password to whoever has this address. For an address that nobody has, nothing is mailed, and whoever asked
/// cannot tell: the answer is the same, and comes after the same work, since a job looks whose it is.
pub async fn ask(app: &App, address: &Address, origin: &Origin) -> Result<(), Stop<Duration>> {
    let now = app.now();
    let of_network = Of::Network(origin.address);
    if let Some(wait) = failures::lately(app, &of_network).await?.wait(now.when) {
        return Err(Stop::Refused(wait));
    }
    if !failures::may_ask(app, origin).await? {
        return Err(Stop::Refused(Duration::from_hours(1)));
    }
    let mut tx = app.db.begin().await?;
    // What is too much is not counted either: whoever keeps asking does not keep the person from it for longer.
    if failures::count(&mut tx, now, &Of::Reset(address.folded())).await? <= MAILS {
        mailed::note(&mut tx, now, address).await?;
        tx.commit().await?;
    }
    app.queue.nudge();
    Ok(())
}

/// Sets a new password with a mailed link. Every session ends; nobody is signed in by this, as the second factor still stands.
/// Answers false if the link was used meanwhile.
pub async fn set(app: &App, link: &Link, wanted: Password, origin: &Origin) -> Result<bool, Stop<Refusal>> {
    let Some(person) = &link.person else { return Ok(false) };
    let Some(person) = workspaces::person(app, person).await? else { return Ok(false) };
    let stored = app.passwords.hash(wanted, app.chance.clone()).await?;
    let is_strong = Ways::of(app, &person.id).await?.is_strong();
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !take(&mut tx, now, &link.id).await? {
        return Ok(false);
    }
    // Whoever has never had a password has nothing that somebody with their mailbox could take over.
    let had_one = has_password(&mut tx, &person.id).await?;
    let closed = (had_one && !is_strong).then(|| now.when.plus(CLOSED));
    password::put(&mut tx, now, &person.id, &stored, closed).await?;
    workspaces::note(&mut tx, now, &person.id, Event::PasswordChanged, json!({"by": "reset"})).await?;
    session::end_others_in(&mut tx, now, &person.id, None, Ending::PasswordReset).await?;
    // Whoever had asked for another address was perhaps not they.
    withdraw(&mut tx, now, &person.id, Kind::Reset).await?;
    withdraw(&mut tx, now, &person.id, Kind::Address).await?;
    tell(app, &mut tx, now, &person, link, closed, origin).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(true)
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    person: &Person,
    link: &Link,
    closed: Option<time_and_chance::Time>,
    origin: &Origin,
) -> store::Result<()> {
    let letter = letters::password_changed(app, origin, now.when, closed);
    letters::send(tx, now, person, link.id.as_str(), letter).await
}

const HAS_PASSWORD: &str = "SELECT 1 AS one FROM passwords WHERE person_id = $1";

async fn has_password(tx: &mut Tx, person: &PersonId) -> store::Result<bool> {
    Ok(tx.row(HAS_PASSWORD, args![person]).await?.is_some())
}

const LIFT: &str =
    "UPDATE passwords SET closed_until = NULL WHERE person_id = $1 AND closed_until > $2 RETURNING person_id";

/// Opens what is closed to a member after a forgotten password: an owner knows them. Answers whether something was closed.
pub async fn lift(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    member: &MemberId,
) -> Result<bool, Stop<workspaces::Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(workspaces::Refusal::NoWorkspace));
    }
    let person = workspaces::person_of_member(&mut tx, workspace, member).await?;
    let person = person.ok_or(Stop::Refused(workspaces::Refusal::NoMember))?;
    // Nobody vouches for themselves.
    if by.actor().id() == Some(person.as_str()) {
        return Ok(false);
    }
    let lifted = tx.row(LIFT, args![&person, now.when]).await?.is_some();
    if lifted {
        workspaces::note_by(&mut tx, now, by.actor(), &person, Event::ClosedTimeLifted, json!({})).await?;
    }
    tx.commit().await?;
    Ok(lifted)
}
