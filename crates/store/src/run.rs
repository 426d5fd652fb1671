//! The one place where an expanded statement meets a driver. Written as a macro because sqlx's engines share no type.

use sqlx::{AssertSqlSafe, postgres::PgArguments, sqlite::SqliteArguments};

use crate::{Arg, CHUNK, Fault, Result, Row, expand::expand};

/// What is to be run: the text, its arguments, and how many rows of a list are among them.
pub(crate) struct Call {
    pub sql: &'static str,
    pub args: Vec<Arg>,
    pub rows: usize,
    pub fixed: usize,
}

impl Call {
    pub fn plain(sql: &'static str, args: Vec<Arg>) -> Self {
        Self { sql, fixed: args.len(), args, rows: 0 }
    }

    /// Only texts that come again are worth a place in the connection's cache: an odd last chunk isn't.
    pub fn is_cached(&self) -> bool {
        self.rows <= 1 || self.rows == CHUNK
    }
}

macro_rules! bound {
    ($arguments:ty, $call:expr) => {{
        let mut bound = <$arguments>::default();
        for arg in $call.args {
            let added = match arg {
                Arg::Text(value) => sqlx::Arguments::add(&mut bound, value),
                Arg::Int(value) => sqlx::Arguments::add(&mut bound, value),
                Arg::Bool(value) => sqlx::Arguments::add(&mut bound, value),
                Arg::Bytes(value) => sqlx::Arguments::add(&mut bound, value),
            };
            added.map_err(|error| Fault::Row(error.to_string()))?;
        }
        bound
    }};
}

macro_rules! engine {
    ($engine:expr, $arguments:ty, $row:path, $executor:expr, $call:expr, fetch) => {{
        let (sql, cached) = (expand($call.sql, $engine, $call.fixed, $call.rows), $call.is_cached());
        let bound = bound!($arguments, $call);
        let rows = sqlx::query_with(AssertSqlSafe(sql.into_owned()), bound).persistent(cached);
        Ok(rows.fetch_all($executor).await?.into_iter().map($row).collect())
    }};
    ($engine:expr, $arguments:ty, $row:path, $executor:expr, $call:expr, execute) => {{
        let (sql, cached) = (expand($call.sql, $engine, $call.fixed, $call.rows), $call.is_cached());
        let bound = bound!($arguments, $call);
        let done = sqlx::query_with(AssertSqlSafe(sql.into_owned()), bound).persistent(cached);
        Ok(done.execute($executor).await?.rows_affected())
    }};
}

pub(crate) async fn sqlite_fetch<'e, E>(executor: E, call: Call) -> Result<Vec<Row>>
where
    E: sqlx::Executor<'e, Database = sqlx::Sqlite>,
{
    engine!(crate::Engine::Sqlite, SqliteArguments, Row::Sqlite, executor, call, fetch)
}

pub(crate) async fn sqlite_execute<'e, E>(executor: E, call: Call) -> Result<u64>
where
    E: sqlx::Executor<'e, Database = sqlx::Sqlite>,
{
    engine!(crate::Engine::Sqlite, SqliteArguments, Row::Sqlite, executor, call, execute)
}

pub(crate) async fn postgres_fetch<'e, E>(executor: E, call: Call) -> Result<Vec<Row>>
where
    E: sqlx::Executor<'e, Database = sqlx::Postgres>,
{
    engine!(crate::Engine::Postgres, PgArguments, Row::Postgres, executor, call, fetch)
}

pub(crate) async fn postgres_execute<'e, E>(executor: E, call: Call) -> Result<u64>
where
    E: sqlx::Executor<'e, Database = sqlx::Postgres>,
{
    engine!(crate::Engine::Postgres, PgArguments, Row::Postgres, executor, call, execute)
}
