use store::{Result, Row, Tx, args};
use time_and_chance::Time;

use super::{
    AuditId, HOUSE,
    append::{Chains, Draft},
};
use crate::app::Now;

/// How many are taken over in one transaction.
const AT_ONCE: i64 = 1_000;

const OLDEST: &str = "
    SELECT id, workspace_id, at, actor_kind, actor_id, event, target, details FROM audit
    ORDER BY id LIMIT $1";
const TAKE_AWAY: &str = "DELETE FROM audit WHERE id IN ({each $})";

/// Takes what was recorded before there were chains into them, the oldest first, and answers how many entries that were.
/// Between two steps of the schema, in their transaction.
pub async fn adopt(tx: &mut Tx, now: Now<'_>) -> Result<usize> {
    let mut adopted = 0;
    loop {
        let rows = tx.rows(OLDEST, args![AT_ONCE]).await?;
        if rows.is_empty() {
            return Ok(adopted);
        }
        let old = rows.iter().map(Old::of_row).collect::<Result<Vec<_>>>()?;
        let mut chains = Chains::lock(tx, now, old.iter().map(Old::chain)).await?;
        chains.append(tx, now.chance, old.iter().map(Old::draft)).await?;
        chains.write_back_adopted(tx).await?;
        tx.execute_each(TAKE_AWAY, &[], old.iter().map(|old| args![&old.id]).collect()).await?;
        adopted += old.len();
    }
}

/// An entry as it was written before there were chains.
struct Old {
    id: AuditId,
    workspace: Option<String>,
    at: Time,
    actor_kind: String,
    actor_id: Option<String>,
    event: String,
    target: Option<String>,
    details: String,
}

impl Old {
    fn of_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            at: row.get("at")?,
            actor_kind: row.get("actor_kind")?,
            actor_id: row.get("actor_id")?,
            event: row.get("event")?,
            target: row.get("target")?,
            details: row.get("details")?,
        })
    }

    fn chain(&self) -> &str {
        self.workspace.as_deref().unwrap_or(HOUSE)
    }

    fn draft(&self) -> Draft<'_> {
        Draft {
            id: self.id.clone(),
            chain: self.chain(),
            at: self.at,
            actor_kind: &self.actor_kind,
            actor_id: self.actor_id.as_deref(),
            event: &self.event,
            target: self.target.as_deref(),
            request_id: None,
            details: self.details.clone(),
        }
    }
}
