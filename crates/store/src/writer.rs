//! SQLite's one writer of this process, which takes turns with those of others.

use std::time::Duration;

use sqlx::{
    Executor as _, Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{Fault, Options, Result, bound::Bound, fault::BUSY, lent::Lent};

/// How often a writer looks whether another process has done. SQLite's own waiting makes ever longer pauses, up to a tenth
/// of a second, and misses time after time the moment between two transactions of one that writes on and on.
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// How long a bulk change leaves the file to others between its transactions: enough for each to have looked.
const LET_IN: Duration = Duration::from_millis(4);

/// The connection that writes.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) pool: SqlitePool,
    patience: Duration,
    lets_in: bool,
}

impl Writer {
    pub(crate) async fn on(
        pool: SqlitePoolOptions,
        connect: SqliteConnectOptions,
        options: Options,
    ) -> Result<Self> {
        // From here on: the first connection to a file may have to wait for another's.
        let pool = pool.after_connect(|connection, _| {
            Box::pin(async move { connection.execute("PRAGMA busy_timeout = 0").await.map(drop) })
        });
        let pool = pool.connect_with(connect).await?;
        Ok(Self { pool, patience: options.patience, lets_in: options.bulk })
    }

    /// Begins a transaction as soon as nobody else writes.
    pub(crate) async fn begin(&self, bound: Bound) -> Result<Lent<Sqlite>> {
        if self.lets_in {
            pause(LET_IN).await;
        }
        let begun = async {
            loop {
                match Lent::begin(&self.pool, "BEGIN IMMEDIATE", bound).await {
                    Err(Fault::Away(why)) if why == BUSY => pause(LOOK_AGAIN).await,
                    begun => return begun,
                }
            }
        };
        tokio::time::timeout(self.patience, begun).await.unwrap_or_else(|_| Err(Fault::Away(BUSY.to_owned())))
    }
}

#[expect(clippy::disallowed_methods, reason = "SQLite tells nobody that another process has done")]
async fn pause(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{Db, args};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_bulk_change_that_goes_on_and_on_lets_others_write_in_between() {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("turns.db").display());
        let bulk = Db::open(&url, Options { bulk: true, ..Options::default() }).await.unwrap();
        // Less patient than it takes to meet such a moment by chance.
        let options = Options { patience: Duration::from_secs(1), ..Options::default() };
        let other = Db::open(&url, options).await.unwrap();
        let insert = "INSERT INTO filled (text) VALUES {each ($)}";
        let mut tx = bulk.begin().await.unwrap();
        tx.execute("CREATE TABLE filled (text TEXT)", Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        let on_and_on = async {
            loop {
                let mut tx = bulk.begin().await.unwrap();
                for _ in 0..20 {
                    let rows = (0..100).map(|_| args!["x".repeat(1000)]).collect();
                    tx.execute_each(insert, &[], rows).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
        };
        let in_between = async {
            for _ in 0..20 {
                let mut tx = other.begin().await.unwrap();
                tx.execute_each(insert, &[], vec![args!["y"]]).await.unwrap();
                tx.commit().await.unwrap();
            }
        };
        tokio::select! {
            () = on_and_on => {}
            () = in_between => {}
        }
    }
}
