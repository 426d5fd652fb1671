//! Seals what an earlier version has stored readable: between the step that adds the sealed columns and the one that takes
//! the readable ones away, in the same transaction. No other version runs meanwhile.

use store::{Result, Row, Tx, args};

use crate::{app::Now, columns, columns::subject_of, mail};

/// How many rows are read at once.
const PAGE: i64 = 1_000;

/// Seals all of it.
pub(super) async fn seal(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    workspaces(tx, now).await?;
    people(tx, now).await?;
    tokens(tx, now).await?;
    sightings(tx, now).await?;
    track_events(tx, now).await?;
    mails(tx, now).await?;
    jobs(tx, now).await?;
    idempotency_keys(tx).await
}

/// Goes through a table page by page, in the order of its ids, and stores what `sealed` makes of each page.
macro_rules! pages {
    ($tx:ident, $select:expr, $update:expr, $sealed:expr) => {{
        let mut after = String::new();
        loop {
            let rows = $tx.rows($select, args![&after, PAGE]).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.get("id")?;
            let rows = $sealed(&mut *$tx, rows).await?;
            $tx.execute_each($update, &[], rows).await?;
        }
    }};
}

const WORKSPACES: &str = "SELECT id, name FROM workspaces WHERE id > $1 ORDER BY id LIMIT $2";
const SEAL_WORKSPACES: &str = "
    UPDATE workspaces SET sealed_name = v.column2 FROM (VALUES {each ($, $)}) AS v WHERE workspaces.id = v.column1";

async fn workspaces(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    pages!(tx, WORKSPACES, SEAL_WORKSPACES, async |tx: &mut Tx, rows: Vec<Row>| {
        let ids = texts(&rows, "id")?;
        let keys = now.keys(tx, ids.iter().map(String::as_str)).await?;
        let sealed = ids.iter().zip(&rows).map(|(id, row)| {
            let name = row.get::<String>("name")?.into();
            Ok(args![id, keys.of(id)?.seal(now.chance, columns::WORKSPACE_NAME.of(id, id), &name)])
        });
        sealed.collect::<Result<Vec<_>>>()
    })
}

const PEOPLE: &str = "SELECT id, mail, mail_folded, name FROM people WHERE id > $1 ORDER BY id LIMIT $2";
const SEAL_PEOPLE: &str = "
    UPDATE people SET sealed_mail = v.column2, mail_index = v.column3, index_key = v.column4, sealed_name = v.column5
    FROM (VALUES {each ($, $, $, $, $)}) AS v WHERE people.id = v.column1";

async fn people(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    pages!(tx, PEOPLE, SEAL_PEOPLE, async |tx: &mut Tx, rows: Vec<Row>| {
        let ids = texts(&rows, "id")?;
        let keys = now.keys(tx, ids.iter().map(String::as_str)).await?;
        let index = now.vault.index_held(tx, now.when, now.chance).await?;
        let sealed = ids.iter().zip(&rows).map(|(id, row)| {
            let key = keys.of(id)?;
            let mail =
                key.seal(now.chance, columns::PERSON_MAIL.of(id, ""), &row.get::<String>("mail")?.into());
            let name = row.get::<Option<String>>("name")?;
            let name = name.map(|name| key.seal(now.chance, columns::PERSON_NAME.of(id, ""), &name.into()));
            let folded = row.get::<String>("mail_folded")?;
            Ok(args![id, mail, index.of(&folded), index.key_id(), name])
        });
        sealed.collect::<Result<Vec<_>>>()
    })
}

const TOKENS: &str = "SELECT id, workspace_id, description FROM tokens WHERE id > $1 ORDER BY id LIMIT $2";
const SEAL_TOKENS: &str = "
    UPDATE tokens SET sealed_description = v.column2 FROM (VALUES {each ($, $)}) AS v WHERE tokens.id = v.column1";

async fn tokens(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    pages!(tx, TOKENS, SEAL_TOKENS, async |tx: &mut Tx, rows: Vec<Row>| {
        let workspaces = texts(&rows, "workspace_id")?;
        let keys = now.keys(tx, workspaces.iter().map(String::as_str)).await?;
        let sealed = workspaces.iter().zip(&rows).map(|(workspace, row)| {
            let (id, text): (String, String) = (row.get("id")?, row.get("description")?);
            let place = columns::TOKEN_DESCRIPTION.of(&id, workspace);
            let sealed = keys.of(workspace)?.seal(now.chance, place, &text.into());
            Ok(args![&id, sealed])
        });
        sealed.collect::<Result<Vec<_>>>()
    })
}

const SIGHTINGS: &str = "
    SELECT id, workspace_id, url FROM sightings WHERE id > $1 AND url IS NOT NULL ORDER BY id LIMIT $2";
const SEAL_SIGHTINGS: &str = "
    UPDATE sightings SET sealed_url = v.column2 FROM (VALUES {each ($, $)}) AS v WHERE sightings.id = v.column1";

async fn sightings(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    pages!(tx, SIGHTINGS, SEAL_SIGHTINGS, async |tx: &mut Tx, rows: Vec<Row>| {
        one_column(tx, now, &rows, columns::SIGHTING_URL, "url").await
    })
}

const TRACK_EVENTS: &str = "
    SELECT id, workspace_id, properties FROM track_events WHERE id > $1 ORDER BY id LIMIT $2";
const SEAL_TRACK_EVENTS: &str = "
    UPDATE track_events SET sealed_properties = v.column2
    FROM (VALUES {each ($, $)}) AS v WHERE track_events.id = v.column1";

async fn track_events(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    pages!(tx, TRACK_EVENTS, SEAL_TRACK_EVENTS, async |tx: &mut Tx, rows: Vec<Row>| {
        one_column(tx, now, &rows, columns::TRACK_PROPERTIES, "properties").await
    })
}

async fn one_column(
    tx: &mut Tx,
    now: Now<'_>,
    rows: &[Row],
    field: seal::Field,
    column: &str,
) -> Result<Vec<Vec<store::Arg>>> {
    let workspaces: Vec<Option<String>> =
        rows.iter().map(|row| row.get("workspace_id")).collect::<Result<_>>()?;
    let keys = now.keys(tx, workspaces.iter().map(|id| subject_of(id.as_deref()))).await?;
    let sealed = workspaces.iter().zip(rows).map(|(workspace, row)| {
        let id: String = row.get("id")?;
        let place = field.of(&id, workspace.as_deref().unwrap_or_default());
        let key = keys.of(subject_of(workspace.as_deref()))?;
        Ok(args![&id, key.seal(now.chance, place, &row.get::<String>(column)?.into())])
    });
    sealed.collect()
}

const MAILS: &str = "
    SELECT id, workspace_id, recipient, subject, text, html FROM mails WHERE id > $1 ORDER BY id LIMIT $2";
const SEAL_MAILS: &str = "
    UPDATE mails SET sealed_recipient = v.column2, sealed_subject = v.column3, sealed_text = v.column4,
                     sealed_html = v.column5
    FROM (VALUES {each ($, $, $, $, $)}) AS v WHERE mails.id = v.column1";

async fn mails(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    pages!(tx, MAILS, SEAL_MAILS, async |tx: &mut Tx, rows: Vec<Row>| {
        let workspaces: Vec<Option<String>> =
            rows.iter().map(|row| row.get("workspace_id")).collect::<Result<_>>()?;
        let keys = now.keys(tx, workspaces.iter().map(|id| subject_of(id.as_deref()))).await?;
        let sealed = workspaces.iter().zip(&rows).map(|(workspace, row)| {
            let letter = mail::Letter {
                once: String::new(),
                workspace_id: workspace.clone(),
                recipient: row.get::<String>("recipient")?.into(),
                subject: row.get::<String>("subject")?.into(),
                text: row.get::<String>("text")?.into(),
                html: row.get::<String>("html")?.into(),
            };
            let id: String = row.get("id")?;
            let mut arguments = args![&id];
            arguments.extend(mail::sealed(
                keys.of(subject_of(workspace.as_deref()))?,
                now.chance,
                &id,
                &letter,
            ));
            Ok(arguments)
        });
        sealed.collect::<Result<Vec<_>>>()
    })
}

const JOBS: &str = "SELECT id, payload FROM jobs WHERE id > $1 ORDER BY id LIMIT $2";
const SEAL_JOBS: &str = "
    UPDATE jobs SET sealed_payload = v.column2 FROM (VALUES {each ($, $)}) AS v WHERE jobs.id = v.column1";

async fn jobs(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    pages!(tx, JOBS, SEAL_JOBS, async |tx: &mut Tx, rows: Vec<Row>| {
        let keys = now.keys(tx, [seal::HOUSE]).await?;
        let key = keys.of(seal::HOUSE)?;
        let sealed = rows.iter().map(|row| {
            let id: String = row.get("id")?;
            let payload = row.get::<String>("payload")?.into();
            Ok(args![&id, key.seal(now.chance, jobs::PAYLOAD.of(&id, ""), &payload)])
        });
        sealed.collect::<Result<Vec<_>>>()
    })
}

const FORGET_REQUESTS: &str = "UPDATE idempotency_keys SET request_digest = $1";

/// A digest of a request lets somebody try out what was in it. For the rest of their day these keys are compared with nothing.
async fn idempotency_keys(tx: &mut Tx) -> Result<()> {
    tx.execute(FORGET_REQUESTS, args![Vec::<u8>::new()]).await.map(drop)
}

fn texts(rows: &[Row], column: &str) -> Result<Vec<String>> {
    rows.iter().map(|row| row.get(column)).collect()
}
