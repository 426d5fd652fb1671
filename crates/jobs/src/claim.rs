use seal::{Opener, Vault};
use store::{Db, Result, Row, args};
use time_and_chance::{Duration, Time};

use crate::{JobId, PAYLOAD};

/// A claimed job of one kind; `task` is what lay in the queue.
#[derive(Debug, Clone)]
pub struct Claimed<T> {
    /// The job's id.
    pub id: JobId,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// When it was enqueued.
    pub created_at: Time,
    /// When it was first tried.
    pub first_tried_at: Time,
    /// What is to be done.
    pub task: T,
}

const IS_DUE: &str = "
    SELECT 1 AS one FROM jobs
    WHERE kind = $1 AND parked_at IS NULL AND run_at <= $2 AND (claimed_until IS NULL OR claimed_until <= $2)
    LIMIT 1";

// Two workers at once choose the same rows; the guard is asked again once the first has committed, so the second gets none.
const CLAIM: &str = "
    UPDATE jobs SET claimed_until = $3, attempts = attempts + 1, first_tried_at = COALESCE(first_tried_at, $2)
    WHERE id IN (
        SELECT id FROM jobs
        WHERE kind = $1 AND parked_at IS NULL AND run_at <= $2 AND (claimed_until IS NULL OR claimed_until <= $2)
        ORDER BY run_at, id LIMIT $4)
      AND parked_at IS NULL AND (claimed_until IS NULL OR claimed_until <= $2)
    RETURNING id, attempts, created_at, first_tried_at, payload";

/// Claims up to `most` due jobs of a kind until `when + lease`, oldest first. Looks before it writes, so that an empty
/// queue costs a read.
pub(crate) async fn claim(
    db: &Db,
    vault: &Vault,
    kind: &str,
    when: Time,
    lease: Duration,
    most: i64,
) -> Result<Vec<Claimed<String>>> {
    if db.row(IS_DUE, args![kind, when]).await?.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = db.begin().await?;
    let rows = tx.rows(CLAIM, args![kind, when, when.plus(lease), most]).await?;
    // Before the commit: a node that has no key at hand leaves them to one that has.
    let opener = vault.opener_of(&mut tx, &rows, &["payload"]).await?;
    tx.commit().await?;
    let mut jobs = rows.iter().map(|row| of_row(row, &opener)).collect::<Result<Vec<_>>>()?;
    jobs.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(jobs)
}

fn of_row(row: &Row, opener: &Opener) -> Result<Claimed<String>> {
    let id: JobId = row.get("id")?;
    // One that does not open is not readable, like one of a form that this version does not know: it alone is parked.
    let payload = opener.text(row, "payload", PAYLOAD.of(id.as_str(), ""));
    let task = match payload {
        Ok(text) => text.expose().to_owned(),
        Err(fault) => {
            tracing::error!(job = %id, %fault, "a job's payload does not open");
            String::new()
        }
    };
    Ok(Claimed {
        id,
        attempt: row.get("attempts")?,
        created_at: row.get("created_at")?,
        first_tried_at: row.get("first_tried_at")?,
        task,
    })
}
