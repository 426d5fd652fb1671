//! Who a person is, to whoever signs them in.

use seal::{Index, Opener, Private, Sealed};
use serde_json::json;
use store::{Db, Row, Tx, args};

use super::{
    MemberRole, Refusal,
    person::{self, Checked},
};
use crate::{
    app::{App, Now},
    audit::{self, Actor, Entry},
    columns::{PERSON_MAIL, PERSON_NAME},
    events::Event,
    ids::{MemberId, PersonId, WorkspaceId},
    mail::{self, Address},
    permissions::{Authority, Over},
    web::Stop,
};

/// A person.
#[derive(Clone)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their mail address.
    pub mail: Private,
    /// Their name.
    pub name: Option<Private>,
}

impl Person {
    /// How a page speaks of them.
    pub fn called(&self) -> &Private {
        self.name.as_ref().unwrap_or(&self.mail)
    }
}

const OF_ID: &str = "SELECT id, mail, name FROM people WHERE id = $1";
const BY_MAIL: &str = "SELECT id, mail, name FROM people WHERE mail_index IN ($1, $2)";

const NAMED: &str = "
    SELECT id FROM people WHERE id = $1 OR external_id = $2 OR mail_index IN ($3, $4) ORDER BY id LIMIT 1";

/// The person whom the operator names: by id, by id in the product, or by mail address.
pub async fn person_named(tx: &mut Tx, now: Now<'_>, who: &Private) -> store::Result<Option<PersonId>> {
    let index = now.vault.index(&mut *tx).await?;
    let nobody = || [Vec::<u8>::new().into(), Vec::<u8>::new().into()];
    let address = mail::address(who.expose()).ok();
    let [current, former] =
        index.zip(address).map_or_else(nobody, |(index, address)| index.both(address.folded()));
    let id: Option<PersonId> = who.expose().parse().ok();
    // PostgreSQL takes no NUL, and no external id has one.
    let external_id = who.expose().replace('\0', "");
    let named = args![id.as_ref().map_or("", PersonId::as_str), external_id, current, former];
    tx.row(NAMED, named).await?.map(|row| row.get("id")).transpose()
}

const ANYBODY: &str = "SELECT 1 AS one FROM people LIMIT 1";

/// Whether there is nobody at all.
pub async fn has_nobody(db: &Db) -> store::Result<bool> {
    Ok(db.row(ANYBODY, args![]).await?.is_none())
}

/// The person with this id.
pub async fn person(app: &App, id: &PersonId) -> store::Result<Option<Person>> {
    read(app, &app.db.rows(OF_ID, args![id]).await?).await
}

/// The same inside a transaction, which is not to wait for another connection.
pub async fn person_in(tx: &mut Tx, now: Now<'_>, id: &PersonId) -> store::Result<Option<Person>> {
    let rows = tx.rows(OF_ID, args![id]).await?;
    let opener = now.vault.opener_of(tx, &rows, &["mail", "name"]).await?;
    rows.first().map(|row| of_row(row, &opener)).transpose()
}

/// The person with this mail address.
pub async fn person_with(app: &App, address: &Address) -> store::Result<Option<Person>> {
    let Some(index) = app.vault.index(&app.db).await? else { return Ok(None) };
    let [current, former] = index.both(address.folded());
    read(app, &app.db.rows(BY_MAIL, args![current, former]).await?).await
}

const IS_SOMEBODYS: &str = "SELECT 1 AS one FROM people WHERE mail_index IN ($1, $2) LIMIT 1";

/// Whether somebody has this mail address. It is the same work in either case.
pub async fn is_somebodys(app: &App, address: &Address) -> store::Result<bool> {
    let Some(index) = app.vault.index(&app.db).await? else { return Ok(false) };
    let [current, former] = index.both(address.folded());
    Ok(app.db.row(IS_SOMEBODYS, args![current, former]).await?.is_some())
}

/// The same inside a transaction.
pub async fn person_with_in(tx: &mut Tx, now: Now<'_>, address: &Address) -> store::Result<Option<Person>> {
    let Some(index) = now.vault.index(&mut *tx).await? else { return Ok(None) };
    let [current, former] = index.both(address.folded());
    let rows = tx.rows(BY_MAIL, args![current, former]).await?;
    let opener = now.vault.opener_of(tx, &rows, &["mail", "name"]).await?;
    rows.first().map(|row| of_row(row, &opener)).transpose()
}

async fn read(app: &App, rows: &[Row]) -> store::Result<Option<Person>> {
    let Some(row) = rows.first() else { return Ok(None) };
    let opener = app.vault.opener_of(&app.db, rows, &["mail", "name"]).await?;
    of_row(row, &opener).map(Some)
}

fn of_row(row: &Row, opener: &Opener) -> store::Result<Person> {
    let id: PersonId = row.get("id")?;
    Ok(Person {
        mail: opener.text(row, "mail", PERSON_MAIL.of(id.as_str(), ""))?,
        name: opener.column(row, "name", PERSON_NAME.of(id.as_str(), ""))?,
        id,
    })
}

/// Makes sure that there is a person with this address, and answers who it is. One who is there keeps their name.
pub async fn person_made(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    address: &Address,
    name: Option<&Private>,
) -> Result<PersonId, Stop<Refusal>> {
    let by = Authority::new(Over::Customers, Actor::Machine);
    let wanted = Checked { address: address.clone(), name: None, external_id: None, role: None };
    let id = person::upsert(app, tx, now, &by, &wanted).await?;
    if let Some(name) = name {
        put_name(tx, now, &id, name, NAME_IF_NONE).await?;
    }
    Ok(id)
}

const NAME_IF_NONE: &str = "UPDATE people SET name = $2 WHERE id = $1 AND name IS NULL";
const NAME: &str = "UPDATE people SET name = $2 WHERE id = $1";

async fn put_name(
    tx: &mut Tx,
    now: Now<'_>,
    id: &PersonId,
    name: &Private,
    sql: &'static str,
) -> store::Result<u64> {
    let keys = now.keys(tx, [id.as_str()]).await?;
    let sealed = keys.of(id.as_str())?.seal(now.chance, PERSON_NAME.of(id.as_str(), ""), name);
    tx.execute(sql, args![id, sealed]).await
}

/// Gives a person another name, on their own word.
pub async fn rename(app: &App, id: &PersonId, name: &Private) -> store::Result<()> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    put_name(&mut tx, now, id, name, NAME).await?;
    note(&mut tx, now, id, Event::PersonChanged, json!({"after": {"name": name}})).await?;
    tx.commit().await
}

const MOVE: &str = "
    UPDATE people SET mail = $2, mail_index = $3, index_key = $4
    WHERE id = $1 AND NOT EXISTS (
        SELECT 1 FROM people other WHERE other.mail_index IN ($3, $5) AND other.id <> people.id)";

/// Gives a person another mail address, which they have confirmed. Answers whether it was free.
pub async fn readdress(tx: &mut Tx, now: Now<'_>, id: &PersonId, address: &Address) -> store::Result<bool> {
    let index: Index = now.vault.index_held(tx, now.when, now.chance).await?;
    let keys = now.keys(tx, [id.as_str()]).await?;
    let text = address.as_typed().into();
    let mail: Sealed = keys.of(id.as_str())?.seal(now.chance, PERSON_MAIL.of(id.as_str(), ""), &text);
    let [current, former] = index.both(address.folded());
    if tx.execute(MOVE, args![id, mail, current, index.key_id(), former]).await? == 0 {
        return Ok(false);
    }
    note(tx, now, id, Event::PersonChanged, json!({"after": {"mail": text}})).await?;
    Ok(true)
}

/// Puts a person into a workspace that is held, if they are not in it, or makes a member an owner.
pub async fn join(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    workspace: &WorkspaceId,
    person: &PersonId,
    role: MemberRole,
) -> store::Result<MemberId> {
    super::members::join(tx, now, by, workspace, person, role).await
}

const OF_MEMBER: &str =
    "SELECT person_id FROM members WHERE id = $2 AND workspace_id = $1 AND left_at IS NULL";

/// The person who is this member of this workspace.
pub async fn person_of_member(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    member: &MemberId,
) -> store::Result<Option<PersonId>> {
    let row = tx.row(OF_MEMBER, args![workspace, member]).await?;
    row.map(|row| row.get("person_id")).transpose()
}

const WORKSPACES: &str = "
    SELECT workspace_id FROM members m JOIN workspaces w ON w.id = workspace_id
    WHERE person_id = $1 AND left_at IS NULL AND deleted_at IS NULL ORDER BY workspace_id LIMIT 50";

/// Writes down what a person did to themselves: in each workspace that they are in, at most 50; in the house's own chain if
/// they are in none.
pub async fn note(
    tx: &mut Tx,
    now: Now<'_>,
    person: &PersonId,
    event: Event,
    details: serde_json::Value,
) -> store::Result<()> {
    let actor = Actor::Person(person.clone());
    note_by(tx, now, &actor, person, event, details).await
}

/// The same of what somebody else did.
pub async fn note_by(
    tx: &mut Tx,
    now: Now<'_>,
    actor: &Actor,
    person: &PersonId,
    event: Event,
    details: serde_json::Value,
) -> store::Result<()> {
    let rows = tx.rows(WORKSPACES, args![person]).await?;
    let workspaces =
        rows.iter().map(|row| row.get("workspace_id")).collect::<store::Result<Vec<WorkspaceId>>>()?;
    let entry =
        |workspace| Entry { workspace, actor, event, target: person.as_str(), details: details.clone() };
    let entries: Vec<_> = if workspaces.is_empty() {
        vec![entry(None)]
    } else {
        workspaces.iter().map(|workspace| entry(Some(workspace))).collect()
    };
    audit::record(tx, now, &entries).await
}
