use std::time::Duration;

use sqlx::{Database, Executor, Pool, pool::PoolConnection};

use crate::{
    Result,
    bound::{Bound, silence},
};

/// A connection that the pool has lent. It comes back ready for the next, or not at all: one that has fallen silent in the
/// middle of a conversation is closed, since its answer may still come, to another's question; and so is one that cannot
/// say how its transaction stands.
///
/// Not sqlx's transaction, which keeps its connection to itself. On SQLite it also goes on counting a transaction that the
/// engine has ended by itself, as on a full disk, and never begins another.
pub(crate) struct Lent<D: Database>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    /// Taken out when it goes back.
    connection: Option<PoolConnection<D>>,
    bound: Bound,
    in_transaction: bool,
    silent: bool,
}

impl<D: Database> Lent<D>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    /// One for a statement by itself.
    pub async fn by(pool: &Pool<D>, bound: Bound) -> Result<Self> {
        let connection = Some(pool.acquire().await?);
        Ok(Self { connection, bound, in_transaction: false, silent: false })
    }

    /// One with a transaction on it, which is rolled back when this is dropped.
    pub async fn begin(pool: &Pool<D>, words: &'static str, bound: Bound) -> Result<Self> {
        let mut lent = Self::by(pool, bound).await?;
        // From before the question: whoever hangs up in the middle of it may have begun all the same.
        lent.in_transaction = true;
        let begun = lent.say(words).await;
        lent.in_transaction = begun.is_ok();
        begun.map(|()| lent)
    }

    pub async fn commit(mut self) -> Result<()> {
        self.say("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn say(&mut self, words: &'static str) -> Result<()> {
        self.ask(async |connection| Ok(connection.execute(words).await.map(drop)?)).await
    }

    /// Asks it something and waits for the answer, as long as it is bound to.
    pub async fn ask<T>(&mut self, question: impl AsyncFnOnce(&mut D::Connection) -> Result<T>) -> Result<T> {
        let connection = self.connection.as_mut().expect("it is there until this is dropped");
        let answer = self.bound.on(question(connection)).await;
        self.silent = answer.is_none();
        answer.unwrap_or_else(|| Err(silence()))
    }
}

/// How long a rollback may take, and a last sign of life, before the connection is given up.
const FAREWELL: Duration = Duration::from_secs(5);

impl<D: Database> Drop for Lent<D>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if self.silent {
            connection.close_on_drop();
            return;
        }
        let in_transaction = self.in_transaction;
        tokio::spawn(async move {
            // The pool by itself would wait for the sign of life for ever, and never lend the place again.
            let back = tokio::time::timeout(FAREWELL, give_back(&mut connection, in_transaction)).await;
            if !matches!(back, Ok(Ok(()))) {
                connection.close_on_drop();
            }
        });
    }
}

async fn give_back<D: Database>(connection: &mut PoolConnection<D>, in_transaction: bool) -> sqlx::Result<()>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    if in_transaction {
        connection.execute("ROLLBACK").await?;
    }
    connection.return_to_pool().await;
    Ok(())
}
