use store::{Db, Result, Row, Tx, args};
use time_and_chance::Time;

use crate::JobId;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its time or its turn.
    Waiting,
    /// Was given up, and waits for an operator.
    Parked,
}

/// A job as an operator sees it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Listed {
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was enqueued.
    pub created_at: Time,
    /// When it is due.
    pub run_at: Time,
    /// What the last try said.
    pub last_error: Option<String>,
}

/// How many jobs of a kind there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The kind.
    pub kind: String,
    /// How many wait.
    pub waiting: i64,
    /// How many are parked.
    pub parked: i64,
    /// Since when the oldest that waits does so.
    pub oldest: Option<Time>,
}

const LIST: &str = "
    SELECT id, kind, attempts, created_at, run_at, parked_at, last_error FROM jobs
    WHERE CAST($1 AS TEXT) IS NULL OR id > $1
    ORDER BY id LIMIT $2";
const TALLY: &str = "
    SELECT kind, COUNT(*) AS jobs, COUNT(parked_at) AS parked,
           MIN(CASE WHEN parked_at IS NULL THEN created_at END) AS oldest
    FROM jobs GROUP BY kind";
const LATER: &str = "
    SELECT 1 AS one FROM jobs WHERE kind = $1 AND id > $2 AND parked_at IS NULL LIMIT 1";
const RETRY_NOW: &str = "UPDATE jobs SET parked_at = NULL, run_at = $2, first_tried_at = NULL WHERE id = $1";

/// Jobs after the given one, oldest first.
pub async fn list(db: &Db, after: Option<&JobId>, most: i64) -> Result<Vec<Listed>> {
    db.rows(LIST, args![after, most]).await?.iter().map(of_row).collect()
}

/// How many jobs there are, by kind.
pub async fn tally(db: &Db) -> Result<Vec<Tally>> {
    db.rows(TALLY, Vec::new()).await?.iter().map(tally_of_row).collect()
}

/// Whether a job of a kind that was enqueued after this one waits or is being done.
pub async fn is_there_a_later(db: &Db, kind: &str, than: &JobId) -> Result<bool> {
    Ok(db.row(LATER, args![kind, than]).await?.is_some())
}

/// Makes a job due now and gives it its whole patience again, parked or not. Answers whether there is such a job.
pub async fn retry_now(tx: &mut Tx, when: Time, id: &JobId) -> Result<bool> {
    Ok(tx.execute(RETRY_NOW, args![id, when]).await? == 1)
}

fn of_row(row: &Row) -> Result<Listed> {
    let parked: Option<Time> = row.get("parked_at")?;
    Ok(Listed {
        id: row.get("id")?,
        kind: row.get("kind")?,
        state: if parked.is_some() { State::Parked } else { State::Waiting },
        attempts: row.get("attempts")?,
        created_at: row.get("created_at")?,
        run_at: row.get("run_at")?,
        last_error: row.get("last_error")?,
    })
}

fn tally_of_row(row: &Row) -> Result<Tally> {
    let (jobs, parked): (i64, i64) = (row.get("jobs")?, row.get("parked")?);
    Ok(Tally { kind: row.get("kind")?, waiting: jobs - parked, parked, oldest: row.get("oldest")? })
}
