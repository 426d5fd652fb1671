use std::collections::BTreeMap;

use passwords::Password;
use serde_json::json;
use store::{Row, Tx, args};
use time_and_chance::{Duration, Time};

use super::{Kind, Link, mailed, take, withdraw};
use crate::{
    app::{App, Now},
    events::Event,
    ids::{MemberId, PersonId, WorkspaceId},
    mail::Address,
    permissions::Authority,
    signin::{
        attempt::Ways,
        browser,
        failures::{self, Of},
        letters,
        password::{self, Refusal},
        session::{self, Ending, Fresh},
    },
    web::{Origin, Stop},
    workspaces::{self, Membership, Person},
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
    if failures::may_mail(&mut tx, now, &Of::Reset(address.folded())).await? {
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
    browser::forget(&mut tx, &person.id).await?;
    // Nor is the person kept out by what whoever had the former one has had mailed.
    failures::forget(&mut tx, now, &Of::Mail(&person.id)).await?;
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
    closed: Option<Time>,
    origin: &Origin,
) -> store::Result<()> {
    let letter = letters::password_changed(app, origin, now.when, closed);
    letters::send(tx, now, person, link.id.as_str(), letter).await
}

const HAS_PASSWORD: &str = "SELECT 1 AS one FROM passwords WHERE person_id = $1";

async fn has_password(tx: &mut Tx, person: &PersonId) -> store::Result<bool> {
    Ok(tx.row(HAS_PASSWORD, args![person]).await?.is_some())
}

/// Something that is closed to a member after a forgotten password.
pub struct Closed {
    /// Until when.
    pub until: Time,
    /// Whether whoever looks can open it earlier.
    pub opens: bool,
}

// Whoever has taken over a mailbox can make a workspace, and have the person in it. So it takes an owner of every workspace that
// the person was in a day ago, when none of this had begun: each closing lasts that long, and who has left since counts as there.
const CLOSED_MEMBERS: &str = "
    SELECT m.id AS id, m.person_id AS person_id, w.closed_until AS closed_until,
           m.person_id <> $4 AND m.created_at <= $3 AND NOT EXISTS (
             SELECT 1 FROM members o
             WHERE o.person_id = m.person_id AND o.created_at <= $3 AND (o.left_at IS NULL OR o.left_at > $3)
               AND NOT EXISTS (
                 SELECT 1 FROM members own
                 WHERE own.workspace_id = o.workspace_id AND own.person_id = $4 AND own.role = 'owner'
                   AND own.left_at IS NULL)) AS opens
    FROM members m JOIN passwords w ON w.person_id = m.person_id
    WHERE m.workspace_id = $1 AND m.left_at IS NULL AND w.closed_until > $2";

/// The members of a workspace to whom what is sensitive is closed after a forgotten password, as one of its owners sees them.
pub async fn closed_members(
    app: &App,
    workspace: &WorkspaceId,
    owner: &PersonId,
) -> store::Result<BTreeMap<MemberId, Closed>> {
    let when = app.clock.now();
    let rows = app.db.rows(CLOSED_MEMBERS, args![workspace, when, when.minus(CLOSED), owner]).await?;
    let of_row = |row: &Row| {
        Ok((row.get("id")?, Closed { until: row.get("closed_until")?, opens: row.get("opens")? }))
    };
    rows.iter().map(of_row).collect()
}

const LIFT: &str =
    "UPDATE passwords SET closed_until = NULL WHERE person_id = $1 AND closed_until > $2 RETURNING person_id";

/// Opens what is closed to a member after a forgotten password: an owner knows them. It is told of by mail. Answers whether
/// something was closed that this owner may open.
pub async fn lift(
    app: &App,
    by: &Authority,
    fresh: Fresh<'_>,
    here: &Membership,
    member: &MemberId,
) -> Result<bool, Stop<workspaces::Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, &here.workspace_id).await? {
        return Err(Stop::Refused(workspaces::Refusal::NoWorkspace));
    }
    let person = workspaces::person_of_member(&mut tx, &here.workspace_id, member).await?;
    let person = person.ok_or(Stop::Refused(workspaces::Refusal::NoMember))?;
    let day_ago = now.when.minus(CLOSED);
    let arguments = args![&here.workspace_id, now.when, day_ago, &fresh.person.id];
    let mut opens = false;
    for row in tx.rows(CLOSED_MEMBERS, arguments).await? {
        opens |= row.get::<PersonId>("person_id")? == person && row.get::<bool>("opens")?;
    }
    if !opens || tx.row(LIFT, args![&person, now.when]).await?.is_none() {
        return Ok(false);
    }
    workspaces::note_by(&mut tx, now, by.actor(), &person, Event::ClosedTimeLifted, json!({})).await?;
    if let Some(person) = workspaces::person_in(&mut tx, now, &person).await? {
        let letter = letters::opened_again(app, &here.name, fresh.person.called(), now.when);
        letters::send(&mut tx, now, &person, &now.when.micros().to_string(), letter).await?;
    }
    tx.commit().await?;
    app.queue.nudge();
    Ok(true)
}
