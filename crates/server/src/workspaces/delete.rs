use serde_json::json;
use store::{Tx, args};

use super::{Refusal, create::note, hold, list};
use crate::{
    app::{App, Now},
    events::Event,
    ids::WorkspaceId,
    keyring,
    permissions::Authority,
    web::Stop,
};

const DELETE: &str =
    "UPDATE workspaces SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL AND kind = 'customer'";

/// Deletes a workspace, and destroys its key: whatever is sealed of it is unreadable from the commit on. The digests of its
/// tokens stay: they answer `REVOKED`, and what partners report of them is still known as ours.
pub async fn delete(app: &App, by: &Authority, id: &WorkspaceId) -> Result<(), Stop<Refusal>> {
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
    tx.commit().await?;
    keyring::leave_nothing_of_it(&app.db).await;
    Ok(())
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
