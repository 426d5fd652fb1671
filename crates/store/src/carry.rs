//! SQLite appends what is committed to a log and carries it over into the database now and then. Left to itself it does
//! that in the commit that makes the log a thousand pages long, which then waits for the disk twice more: a report of a
//! thousand items is such a commit nearly every time. Here a connection of its own carries over, beside whoever commits.
//!
//! While commits follow one another without a pause the log only grows, because what is appended meanwhile is left to the
//! next time; so a commit still carries over itself when the log has become very long. From then on it begins anew.

use sqlx::{Row as _, SqlitePool};
use tokio::sync::mpsc;

/// The log is carried over once it has so many pages (64 MB) that aren't in the database yet.
pub(crate) const LONG: i64 = 16_000;
/// Where a commit carries over itself: 128 MB.
pub(crate) const VERY_LONG: &str = "32000";

/// Looks at the log without carrying anything over.
const LOOK: &str = "PRAGMA wal_checkpoint(NOOP)";
/// Carries over as much as can be without anybody having to wait.
const CARRY: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Carries over everything, and leaves the log's file empty. It waits a moment for whoever reads or writes just now.
const EMPTY: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Is told of every commit. The carrying ends with the last of its clones.
#[derive(Clone)]
pub(crate) struct Commits {
    tell: mpsc::Sender<()>,
    pool: SqlitePool,
}

impl Commits {
    /// Begins to carry over, on a connection of this pool, whenever the log is so long.
    pub(crate) fn carried_over_by(pool: SqlitePool, long: i64) -> Self {
        // One that waits stands for all.
        let (tell, told) = mpsc::channel(1);
        tokio::spawn(carry_on(pool.clone(), long, told));
        Self { tell, pool }
    }

    /// There was one.
    pub(crate) fn tell(&self) {
        let _ = self.tell.try_send(());
    }

    /// Empties the log. Answers whether it could: not while somebody reads for longer than a moment. Whoever reads what was
    /// there before the last commit holds up nobody else meanwhile.
    pub(crate) async fn empty_log(&self) -> sqlx::Result<bool> {
        let log = sqlx::query(CARRY).fetch_one(&self.pool).await?;
        if log.try_get::<i64, _>(1)? != log.try_get::<i64, _>(2)? {
            return Ok(false);
        }
        let answer = sqlx::query(EMPTY).fetch_one(&self.pool).await?;
        Ok(answer.try_get::<i64, _>(0)? == 0)
    }

    /// Carries over no more, once what is under way is done.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

async fn carry_on(pool: SqlitePool, long: i64, mut told: mpsc::Receiver<()>) {
    while told.recv().await.is_some() {
        // What cannot be carried over now stays in the log, which serves as well.
        if let Err(error) = carry(&pool, long).await {
            if pool.is_closed() {
                return;
            }
            tracing::warn!(%error, "the log could not be carried over into the database");
        }
    }
    pool.close().await;
}

async fn carry(pool: &SqlitePool, long: i64) -> sqlx::Result<()> {
    let log = sqlx::query(LOOK).fetch_one(pool).await?;
    let (pages, carried): (i64, i64) = (log.try_get(1)?, log.try_get(2)?);
    if pages - carried >= long {
        sqlx::query(CARRY).execute(pool).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{Db, Options, args};

    #[tokio::test]
    async fn what_is_committed_reaches_the_database_without_a_commit_that_carries_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("carried.db");
        let db = Db::open(&format!("sqlite:{}", file.display()), Options::default()).await.unwrap();
        let fill = "INSERT INTO filled (text) VALUES {each ($)}";
        let mut tx = db.begin().await.unwrap();
        tx.execute("CREATE TABLE filled (text TEXT)", Vec::new()).await.unwrap();
        // Some 20,000 pages: more than LONG, and less than VERY_LONG.
        for _ in 0..20 {
            let rows = (0..100).map(|_| args!["x".repeat(40_000)]).collect();
            tx.execute_each(fill, &[], rows).await.unwrap();
        }
        tx.commit().await.unwrap();
        let carried = async {
            while std::fs::metadata(&file).unwrap().len() < 80_000_000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), carried).await.expect("it is carried over");
        db.close().await;
    }
}
