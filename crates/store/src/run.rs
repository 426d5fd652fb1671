//! The one place where an expanded statement meets a driver. Written as a macro because sqlx's engines share no type.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, postgres::PgArguments, sqlite::SqliteArguments};

use crate::{Arg, CHUNK, Engine, Fault, Result, Row, expand::expand};

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

    /// It in the words of an engine.
    pub fn on(self, engine: Engine) -> Ready {
        let (text, is_cached) = (expand(self.sql, engine, self.fixed, self.rows), self.is_cached());
        Ready { text, args: self.args, is_cached }
    }
}

/// What is run: the expanded text, its arguments, and whether the connection keeps the text for the next time.
pub(crate) struct Ready {
    pub text: Cow<'static, str>,
    pub args: Vec<Arg>,
    pub is_cached: bool,
}

macro_rules! query {
    ($arguments:ty, $ready:expr) => {{
        let mut bound = <$arguments>::default();
        for arg in $ready.args {
            let added = match arg {
                Arg::Text(value) => sqlx::Arguments::add(&mut bound, value),
                Arg::Int(value) => sqlx::Arguments::add(&mut bound, value),
                Arg::Bool(value) => sqlx::Arguments::add(&mut bound, value),
                Arg::Bytes(value) => sqlx::Arguments::add(&mut bound, value),
            };
            added.map_err(|error| Fault::Row(error.to_string()))?;
        }
        let text = AssertSqlSafe($ready.text.into_owned());
        sqlx::query_with(text, bound).persistent($ready.is_cached)
    }};
}

pub(crate) async fn sqlite_fetch<'e, E>(executor: E, call: Call) -> Result<Vec<Row>>
where
    E: sqlx::Executor<'e, Database = sqlx::Sqlite>,
{
    let ready = call.on(Engine::Sqlite);
    let rows = query!(SqliteArguments, ready).fetch_all(executor).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

pub(crate) async fn sqlite_execute<'e, E>(executor: E, call: Call) -> Result<u64>
where
    E: sqlx::Executor<'e, Database = sqlx::Sqlite>,
{
    let ready = call.on(Engine::Sqlite);
    Ok(query!(SqliteArguments, ready).execute(executor).await?.rows_affected())
}

pub(crate) async fn postgres_fetch<'e, E>(executor: E, call: Call) -> Result<Vec<Row>>
where
    E: sqlx::Executor<'e, Database = sqlx::Postgres>,
{
    let ready = call.on(Engine::Postgres);
    let rows = query!(PgArguments, ready).fetch_all(executor).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

pub(crate) async fn postgres_execute<'e, E>(executor: E, ready: Ready) -> Result<u64>
where
    E: sqlx::Executor<'e, Database = sqlx::Postgres>,
{
    Ok(query!(PgArguments, ready).execute(executor).await?.rows_affected())
}
