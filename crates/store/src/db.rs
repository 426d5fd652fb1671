use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sqlx::{PgPool, SqlitePool};

use crate::{
    Arg, Fault, Options, Result, Row, Tx,
    bound::Bound,
    carry::Commits,
    lent::Lent,
    open::{OTHER_PLACE, postgres, sign_in, sqlite},
    run::{Call, postgres_fetch, sqlite_fetch},
    tx::{Inner, chunks},
    url::is_postgres,
    writer::Writer,
};

/// Which engine a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A database. Clones share its connections.
#[derive(Clone)]
pub struct Db {
    pub(crate) pools: Pools,
    options: Options,
    bound: Bound,
    statements: Arc<AtomicU64>,
}

#[derive(Clone)]
pub(crate) enum Pools {
    /// One writer, because SQLite has but one and many would only wait for it in turn; readers in a pool of their own.
    Sqlite {
        write: Writer,
        read: SqlitePool,
        commits: Commits,
    },
    Postgres(PgPool),
}

const SQLITE_WAITS: &str = "PRAGMA synchronous = FULL";

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`. Connections are made when first needed; a SQLite file is made at once.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        let pools = if let Some(path) = url.strip_prefix("sqlite:") {
            sqlite(Path::new(path), options).await?
        } else if is_postgres(url) {
            Pools::Postgres(postgres(url, options)?)
        } else {
            return Err(Fault::Setting(
                "a database is named sqlite:PATH or postgres://USER@HOST/NAME".to_owned(),
            ));
        };
        Ok(Self { pools, options, bound: Bound(options.answer), statements: Arc::default() })
    }

    /// Makes new connections as this URL says, which names the same database and the same user, with another password or
    /// other parameters of TLS. Connections that are there are used on. One is made first, to see whether it is let in; if
    /// not, nothing changes.
    pub async fn connect_as(&self, url: &str) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { .. } => Err(Fault::Setting(OTHER_PLACE.to_owned())),
            Pools::Postgres(pool) => {
                let connect = sign_in(url, &pool.connect_options(), self.options).await?;
                pool.set_connect_options(connect);
                Ok(())
            }
        }
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// How many transactions at once bring a change of very many rows further than one does.
    pub fn writers(&self) -> usize {
        match self.pools {
            Pools::Sqlite { .. } => 1,
            // One works while the other's statement is made ready.
            Pools::Postgres(_) => 2,
        }
    }

    /// Begins a transaction that may write. On SQLite it is alone from here on.
    pub async fn begin(&self) -> Result<Tx> {
        self.begin_within(self.bound).await
    }

    /// The same with another bound on each of its statements.
    pub(crate) async fn begin_within(&self, bound: Bound) -> Result<Tx> {
        let statements = Arc::clone(&self.statements);
        let begun = match &self.pools {
            Pools::Sqlite { write, commits, .. } => Inner::Sqlite(write.begin(bound).await?, commits.clone()),
            Pools::Postgres(pool) => Inner::Postgres(Lent::begin(pool, "BEGIN", bound).await?),
        };
        Ok(Tx::on(begun, statements))
    }

    /// Runs a reading statement by itself and answers its rows.
    pub async fn rows(&self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>> {
        self.fetch(Call::plain(sql, args), self.bound).await
    }

    /// The same, however long it takes.
    pub(crate) async fn rows_at_leisure(&self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>> {
        self.fetch(Call::plain(sql, args), Bound::NONE).await
    }

    /// Runs a reading statement by itself that answers at most one row.
    pub async fn row(&self, sql: &'static str, args: Vec<Arg>) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Runs a reading statement with an `{each …}` once for every chunk of `list`, and answers all their rows.
    pub async fn rows_of_each(
        &self,
        sql: &'static str,
        fixed: &[Arg],
        list: Vec<Vec<Arg>>,
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for call in chunks(sql, fixed, list) {
            rows.append(&mut self.fetch(call, self.bound).await?);
        }
        Ok(rows)
    }

    /// How many statements have run so far, those of transactions included; for tests that hold a bound on them.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Closes all connections, after what runs on them.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read, commits } => {
                commits.close().await;
                read.close().await;
                write.pool.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Runs a text of the engine's own (a migration, `VACUUM INTO`), outside any transaction, as it is.
    pub(crate) async fn raw(&self, sql: String) -> Result<()> {
        let sql = sqlx::AssertSqlSafe(sql);
        match &self.pools {
            Pools::Sqlite { write, .. } => sqlx::raw_sql(sql).execute(&write.pool).await.map(drop)?,
            Pools::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Asks the engine whether it understands a statement, without running it. `rows` is how long its list is.
    pub async fn prepare(&self, sql: &'static str, rows: usize) -> Result<()> {
        use sqlx::{Executor as _, SqlSafeStr as _};
        // The fixed arguments are those that stand in the text with a number.
        let fixed = (1..=99).take_while(|number| mentions(sql, *number)).count();
        let text = crate::expand::expand(sql, self.engine(), fixed, rows).into_owned();
        let text = sqlx::AssertSqlSafe(text).into_sql_str();
        match &self.pools {
            Pools::Sqlite { write, .. } => write.pool.acquire().await?.prepare(text).await.map(drop)?,
            Pools::Postgres(pool) => pool.acquire().await?.prepare(text).await.map(drop)?,
        }
        Ok(())
    }

    async fn fetch(&self, call: Call, bound: Bound) -> Result<Vec<Row>> {
        count(&self.statements);
        match &self.pools {
            Pools::Sqlite { read, .. } => {
                Lent::by(read, bound).await?.ask(async |on| sqlite_fetch(on, call).await).await
            }
            Pools::Postgres(pool) => {
                Lent::by(pool, bound).await?.ask(async |on| postgres_fetch(on, call).await).await
            }
        }
    }

    /// Answers once everything that was committed is on the disk: the end of a bulk change of a database with a schema.
    /// Otherwise each commit is.
    pub async fn settle(&self) -> Result<()> {
        if let Pools::Sqlite { write, .. } = &self.pools {
            // A commit that waits for the disk has it keep the log up to itself.
            sqlx::query(SQLITE_WAITS).execute(&write.pool).await?;
            self.probe().await?;
        }
        Ok(())
    }

    /// Copies an SQLite database, as it is at this moment, into a new file.
    pub async fn copy_into(&self, path: &Path) -> Result<()> {
        let path = path.to_str().ok_or_else(|| Fault::Setting("the path is not UTF-8".to_owned()))?;
        self.raw(format!("VACUUM INTO '{}'", path.replace('\'', "''"))).await
    }
}

pub(crate) fn count(statements: &AtomicU64) {
    statements.fetch_add(1, Ordering::Relaxed);
}

fn mentions(sql: &str, number: usize) -> bool {
    let mark = format!("${number}");
    sql.match_indices(&mark).any(|(at, _)| !sql[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit()))
}
