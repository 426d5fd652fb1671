use serde_json::json;
use store::{Result, Row, Tx, args};

use crate::{
    app::Now,
    audit::{self, Entry},
    events::Event,
    ids::{PersonId, TokenId, WorkspaceId},
    permissions::Authority,
};

const HOLD: &str = "
    SELECT id, workspace_id FROM tokens
    WHERE creator_id = $1 AND workspace_id IN (SELECT workspace_id FROM members WHERE person_id = $1)
    ORDER BY id {lock}";
const CHANGE: &str = "
    UPDATE tokens SET creator_id = $2
    WHERE creator_id = $1 AND workspace_id IN (SELECT workspace_id FROM members WHERE person_id = $1)";

/// Gives the tokens of a person to the one whom that person turned out to be: those in the workspaces in which they are
/// or were members, before their memberships move.
pub async fn creator_became(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    [before, after]: [&PersonId; 2],
) -> Result<()> {
    let rows = tx.rows(HOLD, args![before]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute(CHANGE, args![before, after]).await?;
    let token = |row: &Row| Ok((row.get("workspace_id")?, row.get("id")?));
    let tokens = rows.iter().map(token).collect::<Result<Vec<(WorkspaceId, TokenId)>>>()?;
    let entries = tokens.iter().map(|(workspace, id)| Entry {
        workspace: Some(workspace),
        actor: by.actor(),
        event: Event::TokenChanged,
        target: id.as_str(),
        details: json!({"before": {"creator_id": before}, "after": {"creator_id": after}}),
    });
    audit::record(tx, now, &entries.collect::<Vec<_>>()).await
}
