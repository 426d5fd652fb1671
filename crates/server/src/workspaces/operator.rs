use store::{Result, Tx, args};

use super::create::sealed_name;
use crate::{app::Now, ids::WorkspaceId};

const INSERT: &str = "
    INSERT INTO workspaces (id, kind, created_at) VALUES ($1, 'operator', $2)
    ON CONFLICT DO NOTHING";
const NAME: &str = "UPDATE workspaces SET name = $2 WHERE id = $1";
const FIND: &str = "SELECT id FROM workspaces WHERE kind = 'operator'";

/// The operator's own workspace, made when it is first needed. Its owner is whoever reads the setting `operator.mail`.
pub async fn operators_own(tx: &mut Tx, now: Now<'_>) -> Result<WorkspaceId> {
    let new = tx.execute(INSERT, args![&WorkspaceId::new(now.when, now.chance), now.when]).await? == 1;
    let row = tx
        .row(FIND, Vec::new())
        .await?
        .ok_or_else(|| store::Fault::Row("no operator's workspace".to_owned()))?;
    let id = row.get("id")?;
    if new {
        let name = sealed_name(tx, now, &id, &"Operator".into()).await?;
        tx.execute(NAME, args![&id, name]).await?;
    }
    Ok(id)
}
