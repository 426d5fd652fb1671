use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use sqlx::{Postgres, Sqlite};

use crate::{
    Arg, CHUNK, Engine, Fault, Result, Row, args,
    carry::Commits,
    db::count,
    later::{Later, together},
    lent::Lent,
    run::{Call, postgres_execute, postgres_fetch, sqlite_execute, sqlite_fetch},
};

/// A transaction that may write: all of it is committed, or, when it is dropped, nothing.
///
/// Never begin one inside another: pass `&mut Tx`.
pub struct Tx {
    inner: Inner,
    later: Later,
    statements: Arc<AtomicU64>,
}

pub(crate) enum Inner {
    Sqlite(Lent<Sqlite>, Commits),
    Postgres(Lent<Postgres>),
}

const POSTGRES_LOCK_WAIT: &str = "SELECT set_config('lock_timeout', $1, true)";

impl Tx {
    pub(crate) fn on(inner: Inner, statements: Arc<AtomicU64>) -> Self {
        Self { inner, later: Later::default(), statements }
    }

    /// Runs a statement and answers its rows.
    pub async fn rows(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>> {
        self.fetch(Call::plain(sql, args)).await
    }

    /// Runs a statement that answers at most one row.
    pub async fn row(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Runs a statement and answers how many rows it touched.
    pub async fn execute(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<u64> {
        self.run(Call::plain(sql, args)).await
    }

    /// Runs a statement with an `{each …}` once for every [`CHUNK`] rows of `list`, and answers all their rows.
    pub async fn rows_of_each(
        &mut self,
        sql: &'static str,
        fixed: &[Arg],
        list: Vec<Vec<Arg>>,
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for call in chunks(sql, fixed, list) {
            rows.append(&mut self.fetch(call).await?);
        }
        Ok(rows)
    }

    /// Runs a statement with an `{each …}` once for every [`CHUNK`] rows of `list`, and answers how many it touched.
    pub async fn execute_each(
        &mut self,
        sql: &'static str,
        fixed: &[Arg],
        list: Vec<Vec<Arg>>,
    ) -> Result<u64> {
        let mut touched = 0;
        for call in chunks(sql, fixed, list) {
            touched += self.run(call).await?;
        }
        Ok(touched)
    }

    /// The same by the next statement or the commit, which also answers what is wrong with it. PostgreSQL is asked once for all
    /// that waits; so the text writes to one table and looks at no other.
    pub async fn execute_later(
        &mut self,
        sql: &'static str,
        fixed: &[Arg],
        list: Vec<Vec<Arg>>,
    ) -> Result<()> {
        for call in chunks(sql, fixed, list) {
            if !self.later.goes_with(&call) {
                self.catch_up().await?;
            }
            self.later.push(call);
        }
        Ok(())
    }

    /// From here on its statements wait no longer than this for a row that another transaction holds. (SQLite holds none.)
    pub async fn wait_for_rows(&mut self, most: Duration) -> Result<()> {
        if matches!(self.inner, Inner::Postgres(_)) {
            self.rows(POSTGRES_LOCK_WAIT, args![most.as_millis().to_string()]).await?;
        }
        Ok(())
    }

    /// Runs a text of SQLite's own, after what waits.
    pub(crate) async fn raw(&mut self, sql: String) -> Result<()> {
        self.catch_up().await?;
        let sql = sqlx::AssertSqlSafe(sql);
        match &mut self.inner {
            Inner::Sqlite(lent, _) => {
                lent.ask(async |on| Ok(sqlx::raw_sql(sql).execute(on).await.map(drop)?)).await
            }
            Inner::Postgres(_) => Err(Fault::Setting("a text of SQLite's on PostgreSQL".to_owned())),
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(..) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Makes all of it so.
    pub async fn commit(mut self) -> Result<()> {
        self.catch_up().await?;
        match self.inner {
            Inner::Sqlite(lent, commits) => {
                lent.commit().await?;
                commits.tell();
                Ok(())
            }
            Inner::Postgres(lent) => lent.commit().await,
        }
    }

    async fn fetch(&mut self, call: Call) -> Result<Vec<Row>> {
        self.catch_up().await?;
        count(&self.statements);
        match &mut self.inner {
            Inner::Sqlite(lent, _) => lent.ask(async |on| sqlite_fetch(on, call).await).await,
            Inner::Postgres(lent) => lent.ask(async |on| postgres_fetch(on, call).await).await,
        }
    }

    async fn run(&mut self, call: Call) -> Result<u64> {
        self.catch_up().await?;
        count(&self.statements);
        match &mut self.inner {
            Inner::Sqlite(lent, _) => lent.ask(async |on| sqlite_execute(on, call).await).await,
            Inner::Postgres(lent) => {
                lent.ask(async |on| postgres_execute(on, call.on(Engine::Postgres)).await).await
            }
        }
    }

    /// Does what waits. If that fails, whoever looks away from it cannot commit the rest.
    async fn catch_up(&mut self) -> Result<()> {
        let done = match self.later.take()? {
            calls if calls.is_empty() => return Ok(()),
            calls => self.run_all(calls).await,
        };
        if let Err(fault) = &done {
            self.later.fail(fault.clone());
        }
        done
    }

    async fn run_all(&mut self, calls: Vec<Call>) -> Result<()> {
        for _ in &calls {
            count(&self.statements);
        }
        match &mut self.inner {
            Inner::Sqlite(lent, _) => {
                for call in calls {
                    lent.ask(async |on| sqlite_execute(on, call).await).await?;
                }
                Ok(())
            }
            Inner::Postgres(lent) => {
                lent.ask(async |on| postgres_execute(on, together(calls)).await).await.map(drop)
            }
        }
    }
}

pub(crate) fn chunks(sql: &'static str, fixed: &[Arg], list: Vec<Vec<Arg>>) -> impl Iterator<Item = Call> {
    let fixed = fixed.to_vec();
    let mut rest = list.into_iter().peekable();
    std::iter::from_fn(move || {
        rest.peek()?;
        let (mut args, mut rows) = (fixed.clone(), 0);
        for row in rest.by_ref().take(CHUNK) {
            args.extend(row);
            rows += 1;
        }
        Some(Call { sql, args, rows, fixed: fixed.len() })
    })
}
