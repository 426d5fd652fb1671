use serde_json::json;
use store::{Tx, args};

use super::{NewMember, Refusal, create::LONGEST, merge::merge};
use crate::{
    app::{App, Now},
    audit::{self, Entry},
    events::Event,
    ids::{PersonId, WorkspaceId},
    mail::{self, Address},
    permissions::Authority,
    web::{Stop, line},
};

/// A person as a member is asked for, checked.
pub(super) struct Checked {
    pub address: Address,
    pub name: Option<String>,
    pub external_id: Option<String>,
    pub role: Option<super::MemberRole>,
}

/// A person may be in many workspaces, so an owner of one may neither name them nor point their external id, which the
/// product knows them by, at another mailbox: the mails about leaks would go there.
pub(super) fn checked(by: &Authority, wanted: NewMember) -> Result<Checked, Stop<Refusal>> {
    if !by.is_operators() && (wanted.external_id.is_some() || wanted.name.is_some()) {
        return Err(Stop::Refused(Refusal::OperatorsOnly));
    }
    Ok(Checked {
        address: mail::address(&wanted.mail).map_err(|_| Stop::Refused(Refusal::NotAnAddress))?,
        name: wanted.name.map(|name| line("name", &name, LONGEST)).transpose()?,
        external_id: wanted.external_id.map(|id| line("external_id", &id, LONGEST)).transpose()?,
        role: wanted.role,
    })
}

const BY_EXTERNAL_ID: &str = "
    UPDATE people SET mail = $2, mail_folded = $3, name = COALESCE(CAST($4 AS TEXT), name)
    WHERE external_id = $1 AND NOT EXISTS (
        SELECT 1 FROM people other WHERE other.mail_folded = $3 AND other.id <> people.id)
    RETURNING id";
const HAS_EXTERNAL_ID: &str = "SELECT id FROM people WHERE external_id = $1";
const INSERT: &str = "
    INSERT INTO people (id, mail, mail_folded, name, external_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING";
// A person who was known by mail alone gets the external id; one who has another one is somebody else.
const BY_MAIL: &str = "
    UPDATE people SET name = COALESCE(CAST($2 AS TEXT), name), external_id = COALESCE(external_id, $3)
    WHERE mail_folded = $1 AND (CAST($3 AS TEXT) IS NULL OR external_id IS NULL OR external_id = $3)
    RETURNING id";

/// The person with this external id or mail address, made if there is none, and brought up to date.
///
/// What changes about a person is on record in each of their workspaces: mails about leaks go where it says.
pub(super) async fn upsert(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    wanted: &Checked,
) -> Result<PersonId, Stop<Refusal>> {
    let mut before = present(tx, wanted).await?;
    if before.is_none() {
        if let Some(id) = insert(tx, now, wanted).await? {
            return Ok(id);
        }
        // Somebody made the person meanwhile, perhaps with another mail address.
        before = present(tx, wanted).await?;
    }
    let (id, merged) = match merge_and_update(app, tx, now, by, wanted).await {
        // Whoever had the address may have been merged into another meanwhile, or have come just now.
        Err(Stop::Refused(Refusal::MailTaken)) => merge_and_update(app, tx, now, by, wanted).await?,
        done => done?,
    };
    if !merged && before != present(tx, wanted).await? {
        note_change(tx, now, by, &id).await?;
    }
    Ok(id)
}

/// Answers who the person is, and whether somebody was merged into them, which is on record then.
async fn merge_and_update(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    wanted: &Checked,
) -> Result<(PersonId, bool), Stop<Refusal>> {
    let merged = merge(app, tx, now, by, wanted).await?;
    Ok((update(tx, wanted).await?, merged))
}

const PRESENT: &str = "
    SELECT id, mail, name, external_id FROM people
    WHERE external_id = $1 OR mail_folded = $2
    ORDER BY CASE WHEN external_id = $1 THEN 0 ELSE 1 END LIMIT 1";

type Present = (String, Option<String>, Option<String>);

/// Who the person is now, if there is one.
async fn present(tx: &mut Tx, wanted: &Checked) -> store::Result<Option<Present>> {
    let row = tx.row(PRESENT, args![wanted.external_id.as_ref(), wanted.address.folded()]).await?;
    row.map(|row| Ok((row.get("mail")?, row.get("name")?, row.get("external_id")?))).transpose()
}

const WORKSPACES: &str = "SELECT workspace_id FROM members WHERE person_id = $1 AND left_at IS NULL";

/// Where the person is a member.
pub(super) async fn workspaces_of(tx: &mut Tx, person: &PersonId) -> store::Result<Vec<WorkspaceId>> {
    tx.rows(WORKSPACES, args![person]).await?.iter().map(|row| row.get("workspace_id")).collect()
}

async fn note_change(tx: &mut Tx, now: Now<'_>, by: &Authority, person: &PersonId) -> store::Result<()> {
    let workspaces = workspaces_of(tx, person).await?;
    let entries = workspaces.iter().map(|workspace| Entry {
        workspace: Some(workspace),
        actor: by.actor(),
        event: Event::PersonChanged,
        target: person.as_str(),
        details: json!({}),
    });
    audit::record(tx, now, &entries.collect::<Vec<_>>()).await
}

async fn insert(tx: &mut Tx, now: Now<'_>, wanted: &Checked) -> store::Result<Option<PersonId>> {
    let id = PersonId::new(now.when, now.chance);
    let (mail, folded) = (wanted.address.as_typed(), wanted.address.folded());
    let arguments = args![&id, mail, folded, wanted.name.as_ref(), wanted.external_id.as_ref(), now.when];
    Ok((tx.execute(INSERT, arguments).await? == 1).then_some(id))
}

async fn update(tx: &mut Tx, wanted: &Checked) -> Result<PersonId, Stop<Refusal>> {
    let (mail, folded, name) = (wanted.address.as_typed(), wanted.address.folded(), wanted.name.as_ref());
    if let Some(external_id) = &wanted.external_id {
        if let Some(row) = tx.row(BY_EXTERNAL_ID, args![external_id, mail, folded, name]).await? {
            return Ok(row.get("id")?);
        }
        if tx.row(HAS_EXTERNAL_ID, args![external_id]).await?.is_some() {
            return Err(Stop::Refused(Refusal::MailTaken));
        }
    }
    let row = tx.row(BY_MAIL, args![folded, name, wanted.external_id.as_ref()]).await?;
    Ok(row.ok_or(Stop::Refused(Refusal::MailTaken))?.get("id")?)
}
