use store::{Db, Result, Tx, args};

use crate::{ids::WorkspaceId, permissions::Authority};

const HOLD: &str = "
    SELECT id FROM workspaces
    WHERE id = $1 AND deleted_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR id = $2) AND (kind = 'customer' OR $3)
    {lock}";

/// Locks a workspace until the transaction ends, so that what is decided about it stays true: how many owners it has,
/// that it is not deleted meanwhile. Answers whether it exists and the authority reaches it.
pub async fn hold(tx: &mut Tx, by: &Authority, workspace: &WorkspaceId) -> Result<bool> {
    Ok(tx.row(HOLD, args![workspace, by.bound_to(), by.reaches_operator()]).await?.is_some())
}

const EXISTS: &str = "
    SELECT 1 AS one FROM workspaces
    WHERE id = $1 AND deleted_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR id = $2) AND (kind = 'customer' OR $3)";

/// Answers whether a workspace exists and the authority reaches it, for who changes nothing.
pub async fn exists(db: &Db, by: &Authority, workspace: &WorkspaceId) -> Result<bool> {
    Ok(db.row(EXISTS, args![workspace, by.bound_to(), by.reaches_operator()]).await?.is_some())
}
