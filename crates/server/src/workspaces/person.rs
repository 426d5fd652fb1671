use seal::{Index, Private, Sealed};
use serde::Serialize;
use serde_json::json;
use store::{Row, Tx, args};

use super::{NewMember, Refusal, create::LONGEST, merge::merge};
use crate::{
    app::{App, Now},
    audit::{self, Entry},
    columns::{PERSON_MAIL, PERSON_NAME},
    events::Event,
    ids::{PersonId, WorkspaceId},
    mail::{self, Address},
    permissions::Authority,
    web::{Stop, line, private_line},
};

/// A person as a member is asked for, checked.
pub(super) struct Checked {
    pub address: Address,
    pub name: Option<Private>,
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
        address: mail::address(wanted.mail.expose()).map_err(|_| Stop::Refused(Refusal::NotAnAddress))?,
        name: wanted.name.map(|name| private_line("name", &name, LONGEST)).transpose()?,
        external_id: wanted.external_id.map(|id| line("external_id", &id, LONGEST)).transpose()?,
        role: wanted.role,
    })
}

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
    let index = now.vault.index_held(tx, now.when, now.chance).await?;
    let mut before = present(tx, now, &index, wanted).await?;
    if before.is_none() {
        if let Some(id) = insert(tx, now, &index, wanted).await? {
            return Ok(id);
        }
        // Somebody made the person meanwhile, perhaps with another mail address.
        before = present(tx, now, &index, wanted).await?;
    }
    let (id, merged) = match merge_and_update(app, tx, now, by, &index, wanted).await {
        Err(Stop::Refused(Refusal::MailTaken)) => {
            // Whoever had the address may have gone with the last of their workspaces, have been merged into another
            // meanwhile, or have come just now.
            if present(tx, now, &index, wanted).await?.is_none()
                && let Some(id) = insert(tx, now, &index, wanted).await?
            {
                return Ok(id);
            }
            merge_and_update(app, tx, now, by, &index, wanted).await?
        }
        done => done?,
    };
    let after = present(tx, now, &index, wanted).await?;
    if merged.is_some() || before != after {
        note_change(tx, now, by, &id, merged.as_ref(), [before, after]).await?;
    }
    Ok(id)
}

/// Answers who the person is, and who was merged into them, if anybody was.
async fn merge_and_update(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    index: &Index,
    wanted: &Checked,
) -> Result<(PersonId, Option<PersonId>), Stop<Refusal>> {
    let merged = merge(app, tx, now, by, index, wanted).await?;
    Ok((update(tx, now, index, wanted).await?, merged))
}

// Locked: whoever goes with the last of their workspaces just now is not found, instead of without a key.
const PRESENT: &str = "
    SELECT id, mail, name, external_id FROM people
    WHERE external_id = $1 OR mail_index IN ($2, $3)
    ORDER BY CASE WHEN external_id = $1 THEN 0 ELSE 1 END LIMIT 1 {lock}";

#[derive(PartialEq, Serialize)]
struct Present {
    mail: Private,
    name: Option<Private>,
    external_id: Option<String>,
}

/// Who the person is now, if there is one.
async fn present(
    tx: &mut Tx,
    now: Now<'_>,
    index: &Index,
    wanted: &Checked,
) -> store::Result<Option<Present>> {
    let [current, former] = index.both(wanted.address.folded());
    let rows = tx.rows(PRESENT, args![wanted.external_id.as_ref(), current, former]).await?;
    let opener = now.vault.opener_of(tx, &rows, &["mail", "name"]).await?;
    let of_row = |row: &Row| {
        let id: String = row.get("id")?;
        Ok(Present {
            mail: opener.text(row, "mail", PERSON_MAIL.of(&id, ""))?,
            name: opener.column(row, "name", PERSON_NAME.of(&id, ""))?,
            external_id: row.get("external_id")?,
        })
    };
    rows.first().map(of_row).transpose()
}

const WORKSPACES: &str = "SELECT workspace_id FROM members WHERE person_id = $1 AND left_at IS NULL";

/// Where the person is a member.
async fn workspaces_of(tx: &mut Tx, person: &PersonId) -> store::Result<Vec<WorkspaceId>> {
    tx.rows(WORKSPACES, args![person]).await?.iter().map(|row| row.get("workspace_id")).collect()
}

/// Says so in each workspace that the person is in now, those of whoever was merged into them among them.
async fn note_change(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    person: &PersonId,
    merged: Option<&PersonId>,
    [before, after]: [Option<Present>; 2],
) -> store::Result<()> {
    let mut details = json!({"before": before, "after": after});
    if let Some(merged) = merged {
        details["merged_person_id"] = json!(merged);
    }
    let workspaces = workspaces_of(tx, person).await?;
    let entries = workspaces.iter().map(|workspace| Entry {
        workspace: Some(workspace),
        actor: by.actor(),
        event: Event::PersonChanged,
        target: person.as_str(),
        details: details.clone(),
    });
    audit::record(tx, now, &entries.collect::<Vec<_>>()).await
}

const INSERT: &str = "
    INSERT INTO people (id, mail, mail_index, index_key, name, external_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING";

async fn insert(
    tx: &mut Tx,
    now: Now<'_>,
    index: &Index,
    wanted: &Checked,
) -> store::Result<Option<PersonId>> {
    let id = PersonId::new(now.when, now.chance);
    let (mail, name) = sealed(tx, now, &id, wanted).await?;
    let (found_by, external_id) = (index.of(wanted.address.folded()), wanted.external_id.as_ref());
    let arguments = args![&id, mail, found_by, index.key_id(), name, external_id, now.when];
    Ok((tx.execute(INSERT, arguments).await? == 1).then_some(id))
}

/// A person's mail address and name, sealed with their key, which is made if it is new.
async fn sealed(
    tx: &mut Tx,
    now: Now<'_>,
    id: &PersonId,
    wanted: &Checked,
) -> store::Result<(Sealed, Option<Sealed>)> {
    let keys = now.keys(tx, [id.as_str()]).await?;
    let key = keys.of(id.as_str())?;
    let mail = key.seal(now.chance, PERSON_MAIL.of(id.as_str(), ""), &wanted.address.as_typed().into());
    let name = wanted.name.as_ref();
    Ok((mail, name.map(|name| key.seal(now.chance, PERSON_NAME.of(id.as_str(), ""), name))))
}

const BY_EXTERNAL_ID: &str = "SELECT id FROM people WHERE external_id = $1 {lock}";
const UPDATE: &str = "
    UPDATE people SET mail = $2, mail_index = $3, index_key = $4, name = COALESCE($5, name)
    WHERE id = $1 AND NOT EXISTS (
        SELECT 1 FROM people other WHERE other.mail_index IN ($3, $6) AND other.id <> people.id)";
// A person who was known by mail alone gets the external id; one who has another one is somebody else.
const BY_MAIL: &str = "
    SELECT id FROM people
    WHERE mail_index IN ($1, $2) AND (CAST($3 AS TEXT) IS NULL OR external_id IS NULL OR external_id = $3) {lock}";
const UPDATE_BY_MAIL: &str = "
    UPDATE people SET name = COALESCE($2, name), external_id = COALESCE(external_id, $3) WHERE id = $1";

async fn update(
    tx: &mut Tx,
    now: Now<'_>,
    index: &Index,
    wanted: &Checked,
) -> Result<PersonId, Stop<Refusal>> {
    let [current, former] = index.both(wanted.address.folded());
    if let Some(external_id) = &wanted.external_id
        && let Some(row) = tx.row(BY_EXTERNAL_ID, args![external_id]).await?
    {
        let id: PersonId = row.get("id")?;
        let (mail, name) = sealed(tx, now, &id, wanted).await?;
        let done = tx.execute(UPDATE, args![&id, mail, current, index.key_id(), name, former]).await?;
        return if done == 1 { Ok(id) } else { Err(Stop::Refused(Refusal::MailTaken)) };
    }
    let row = tx.row(BY_MAIL, args![current, former, wanted.external_id.as_ref()]).await?;
    let id: PersonId = row.ok_or(Stop::Refused(Refusal::MailTaken))?.get("id")?;
    let (_, name) = sealed(tx, now, &id, wanted).await?;
    tx.execute(UPDATE_BY_MAIL, args![&id, name, wanted.external_id.as_ref()]).await?;
    Ok(id)
}
