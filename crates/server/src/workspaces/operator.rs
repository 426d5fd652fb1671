use store::{Result, Tx, args};

use crate::{app::Now, ids::WorkspaceId};

const INSERT: &str = "
    INSERT INTO workspaces (id, kind, name, created_at) VALUES ($1, 'operator', 'Operator', $2)
    ON CONFLICT DO NOTHING";
const FIND: &str = "SELECT id FROM workspaces WHERE kind = 'operator'";

/// The operator's own workspace, made when it is first needed. Its owner is whoever reads the setting `operator.mail`.
pub async fn operators_own(tx: &mut Tx, now: Now<'_>) -> Result<WorkspaceId> {
    tx.execute(INSERT, args![&WorkspaceId::new(now.when, now.chance), now.when]).await?;
    let row = tx
        .row(FIND, Vec::new())
        .await?
        .ok_or_else(|| store::Fault::Row("no operator's workspace".to_owned()))?;
    row.get("id")
}
