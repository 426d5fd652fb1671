use std::collections::HashSet;

use serde_json::json;
use store::{Tx, args};

use super::{Refusal, create::note, hold, list};
use crate::{
    app::{App, Now},
    events::Event,
    ids::WorkspaceId,
    keyring,
    permissions::Authority,
    web::{Stop, again},
};

const DELETE: &str =
    "UPDATE workspaces SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL AND kind = 'customer'";

/// Deletes a workspace, with whoever no other one knows, and destroys its key and theirs: whatever is sealed of them is unreadable
/// from the commit on. The digests of its tokens stay: they answer `REVOKED`, and what partners report of them is still known
/// as ours.
pub async fn delete(app: &App, by: &Authority, id: &WorkspaceId) -> Result<(), Stop<Refusal>> {
    again(|| delete_once(app, by, id)).await?;
    keyring::leave_nothing_of_it(&app.db).await;
    Ok(())
}

async fn delete_once(app: &App, by: &Authority, id: &WorkspaceId) -> Result<(), Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !hold(&mut tx, by, id).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    let before = list::show_in(&mut tx, now, by, id).await?;
    if tx.execute(DELETE, args![id, now.when]).await? == 0 {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    note(&mut tx, now, by, Event::WorkspaceDeleted, id, json!({"name": before.name})).await?;
    now.vault.shred(&mut tx, now.when, id.as_str()).await?;
    shred_people(app, &mut tx, now, id).await?;
    tx.commit().await?;
    Ok(())
}

// Locked: who is added to another workspace just now is there before this looks, or is no longer known afterwards.
const PEOPLE: &str = "
    SELECT id FROM people
    WHERE id IN (
        SELECT person_id FROM members WHERE workspace_id = $1 AND left_at IS NULL
        UNION SELECT person_id FROM members WHERE workspace_id = $1 AND left_at IS NOT NULL)
    ORDER BY id {lock}";
const ELSEWHERE: &str = "
    SELECT DISTINCT person_id FROM members JOIN workspaces ON workspaces.id = workspace_id
    WHERE person_id IN ({each $}) AND deleted_at IS NULL";
const REMOVE: &str = "DELETE FROM people WHERE id IN ({each $})";

/// Removes the people who are or were in a deleted workspace and in no other one, with their keys. A workspace that goes on
/// still has to say who made a token and has left.
async fn shred_people(app: &App, tx: &mut Tx, now: Now<'_>, workspace: &WorkspaceId) -> store::Result<()> {
    let people = tx.rows(PEOPLE, args![workspace]).await?;
    let people = people.iter().map(|row| row.get("id")).collect::<store::Result<_>>()?;
    shred_unknown(app, tx, now, people).await.map(drop)
}

/// Removes those of these people who are and were in no workspace that goes on, with their keys. Answers who stays.
pub async fn shred_unknown(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    people: Vec<String>,
) -> store::Result<HashSet<String>> {
    let list = |people: &[String]| people.iter().map(|person| args![person]).collect::<Vec<_>>();
    let elsewhere = tx.rows_of_each(ELSEWHERE, &[], list(&people)).await?;
    let elsewhere: HashSet<String> =
        elsewhere.iter().map(|row| row.get("person_id")).collect::<store::Result<_>>()?;
    let nowhere: Vec<_> = people.into_iter().filter(|person| !elsewhere.contains(person)).collect();
    tx.execute_each(REMOVE, &[], list(&nowhere)).await?;
    app.people_went(tx, &nowhere).await?;
    for person in &nowhere {
        now.vault.shred(tx, now.when, person).await?;
    }
    Ok(elsewhere)
}

const DELETED: &str =
    "SELECT id FROM workspaces WHERE deleted_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2";
const PAGE: i64 = 1_000;

/// Destroys the keys of the workspaces that an earlier version has deleted, which had none.
pub async fn shred_deleted(tx: &mut Tx, now: Now<'_>) -> store::Result<()> {
    let mut after = String::new();
    loop {
        let rows = tx.rows(DELETED, args![&after, PAGE]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.get("id")?;
        for row in &rows {
            now.vault.shred(tx, now.when, &row.get::<String>("id")?).await?;
        }
    }
}
