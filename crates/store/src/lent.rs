use std::time::Duration;

use sqlx::{Executor as _, PgConnection, PgPool, Postgres, pool::PoolConnection};

use crate::{
    Result, Row,
    bound::{Bound, silence},
    run::{Call, postgres_execute, postgres_fetch},
};

/// A connection to PostgreSQL that the pool has lent. It comes back ready for the next, or not at all: one that has
/// fallen silent in the middle of a conversation is closed, since its answer may still come, to another's question.
pub(crate) struct Lent {
    /// Taken out when it goes back.
    connection: Option<PoolConnection<Postgres>>,
    bound: Bound,
    in_transaction: bool,
    silent: bool,
}

impl Lent {
    /// One for a statement by itself.
    pub async fn by(pool: &PgPool, bound: Bound) -> Result<Self> {
        let connection = Some(pool.acquire().await?);
        Ok(Self { connection, bound, in_transaction: false, silent: false })
    }

    /// One with a transaction on it, which is rolled back when this is dropped.
    pub async fn begin(pool: &PgPool, bound: Bound) -> Result<Self> {
        let mut lent = Self::by(pool, bound).await?;
        // From before the question: whoever hangs up in the middle of it may have begun all the same.
        lent.in_transaction = true;
        lent.say("BEGIN").await?;
        Ok(lent)
    }

    pub async fn commit(mut self) -> Result<()> {
        self.say("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    pub async fn fetch(&mut self, call: Call) -> Result<Vec<Row>> {
        let bound = self.bound;
        let answer = bound.on(postgres_fetch(self.connection(), call)).await;
        self.heard(answer)
    }

    pub async fn execute(&mut self, call: Call) -> Result<u64> {
        let bound = self.bound;
        let answer = bound.on(postgres_execute(self.connection(), call)).await;
        self.heard(answer)
    }

    async fn say(&mut self, words: &'static str) -> Result<()> {
        let bound = self.bound;
        let answer = bound.on(self.connection().execute(words)).await;
        self.heard(answer.map(|said| Ok(said.map(drop)?)))
    }

    fn heard<T>(&mut self, answer: Option<Result<T>>) -> Result<T> {
        self.silent = answer.is_none();
        answer.unwrap_or_else(|| Err(silence()))
    }

    fn connection(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("it is there until this is dropped")
    }
}

/// How long the server may take over a rollback, and over its last sign of life, before its connection is given up.
const FAREWELL: Duration = Duration::from_secs(5);

impl Drop for Lent {
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

async fn give_back(connection: &mut PoolConnection<Postgres>, in_transaction: bool) -> sqlx::Result<()> {
    if in_transaction {
        connection.execute("ROLLBACK").await?;
    }
    connection.return_to_pool().await;
    Ok(())
}
