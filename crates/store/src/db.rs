use std::{
    path::Path,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{
    Connection as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Arg, Fault, Result, Row, Tx,
    carry::{self, Commits, VERY_LONG},
    run::{Call, postgres_fetch, sqlite_fetch},
    tx::chunks,
};

/// Which engine a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// How a database is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long a caller waits for a connection before the database counts as away.
    pub patience: Duration,
    /// The most connections at once: all of them on PostgreSQL, the readers on SQLite (which has one writer).
    pub connections: u32,
    /// Whether a missing SQLite file is made.
    pub create: bool,
    /// Whether this process is there for one change of very many rows, which ends with [`Db::settle`]. On SQLite it then
    /// maps nothing of the file, so that its memory doesn't grow with that; it takes fewer and larger steps towards it;
    /// and its commits don't wait for the disk, so that a power cut may take the last of them back.
    pub bulk: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { patience: Duration::from_secs(5), connections: 10, create: true, bulk: false }
    }
}

/// A database. Clones share its connections.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    statements: Arc<AtomicU64>,
}

#[derive(Clone)]
enum Pools {
    /// One writer, because SQLite has but one and many would only wait for it in turn; readers in a pool of their own.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
        commits: Commits,
    },
    Postgres(PgPool),
}

/// Texts in a connection's cache: every statement of the program, each as itself and as a full chunk.
const CACHED_STATEMENTS: usize = 500;

/// How long after its last use a connection counts as alive.
const FRESH: Duration = Duration::from_secs(1);

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`. Connections are made when first needed; a SQLite file is made at once.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        let pools = if let Some(path) = url.strip_prefix("sqlite:") {
            sqlite(Path::new(path), options).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            postgres(url, options)?
        } else {
            return Err(Fault::Setting(
                "a database is named sqlite:PATH or postgres://USER@HOST/NAME".to_owned(),
            ));
        };
        Ok(Self { pools, statements: Arc::default() })
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction that may write. On SQLite it is alone from here on.
    pub async fn begin(&self) -> Result<Tx> {
        let statements = Arc::clone(&self.statements);
        Ok(match &self.pools {
            Pools::Sqlite { write, commits, .. } => {
                Tx::sqlite(write.begin_with("BEGIN IMMEDIATE").await?, commits.clone(), statements)
            }
            Pools::Postgres(pool) => Tx::postgres(pool.begin().await?, statements),
        })
    }

    /// Runs a reading statement by itself and answers its rows.
    pub async fn rows(&self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>> {
        self.fetch(Call::plain(sql, args)).await
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
            rows.append(&mut self.fetch(call).await?);
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
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Runs a text of the engine's own (a migration, `VACUUM INTO`), outside any transaction, as it is.
    pub(crate) async fn raw(&self, sql: String) -> Result<()> {
        let sql = sqlx::AssertSqlSafe(sql);
        match &self.pools {
            Pools::Sqlite { write, .. } => sqlx::raw_sql(sql).execute(write).await.map(drop)?,
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
            Pools::Sqlite { write, .. } => write.acquire().await?.prepare(text).await.map(drop)?,
            Pools::Postgres(pool) => pool.acquire().await?.prepare(text).await.map(drop)?,
        }
        Ok(())
    }

    async fn fetch(&self, call: Call) -> Result<Vec<Row>> {
        count(&self.statements);
        match &self.pools {
            Pools::Sqlite { read, .. } => sqlite_fetch(read, call).await,
            Pools::Postgres(pool) => postgres_fetch(pool, call).await,
        }
    }

    /// Answers once everything that was committed is on the disk: the end of a bulk change. Otherwise each commit is.
    pub async fn settle(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { commits, .. } => Ok(commits.carry().await?),
            Pools::Postgres(_) => Ok(()),
        }
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

/// Ten million tokens are a few gigabytes; what the file system has in memory is read from there.
const MAPPED: &str = "8589934592";
/// In KiB: the pages that a step of a bulk change touches, which otherwise go to the disk before it ends and come back.
const BULK_CACHE: &str = "-16384";
/// In pages. A bulk change touches the same ones again and again; they are carried over into the database less often.
const BULK_LOG: i64 = 24_000;

async fn sqlite(path: &Path, options: Options) -> Result<Pools> {
    if path.as_os_str().is_empty() {
        return Err(Fault::Setting("sqlite: needs a path, such as sqlite:bailiwick.db".to_owned()));
    }
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(options.create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if options.bulk { SqliteSynchronous::Normal } else { SqliteSynchronous::Full })
        .foreign_keys(true)
        .busy_timeout(options.patience)
        .statement_cache_capacity(CACHED_STATEMENTS)
        .pragma("mmap_size", if options.bulk { "0" } else { MAPPED })
        .pragma("wal_autocheckpoint", VERY_LONG)
        .pragma("temp_store", "memory");
    let connect = if options.bulk { connect.pragma("cache_size", BULK_CACHE) } else { connect };
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(options.patience)
        .idle_timeout(None)
        .max_lifetime(None)
        // There is no line to a file that could be cut.
        .test_before_acquire(false);
    let one = pool.clone().max_connections(1);
    let write = one.clone().connect_with(connect.clone()).await?;
    let long = if options.bulk { BULK_LOG } else { carry::LONG };
    let commits = Commits::carried_over_by(one.connect_lazy_with(connect.clone()), long);
    let read = pool.max_connections(options.connections).connect_lazy_with(connect.read_only(true));
    Ok(Pools::Sqlite { write, read, commits })
}

fn postgres(url: &str, options: Options) -> Result<Pools> {
    // sqlx's own words about a bad URL may repeat the password in it.
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| {
            Fault::Setting("not a PostgreSQL URL: postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned())
        })?
        .statement_cache_capacity(CACHED_STATEMENTS)
        // Whoever waits for a lock of a node that has died must not wait for as long as its connection takes to notice.
        .options([("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "60s")])
        .application_name("bailiwick");
    let pool = PgPoolOptions::new()
        .acquire_timeout(options.patience)
        .max_connections(options.connections)
        // A connection that was in use a moment ago needs no trying, which costs as much as a read.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
    Ok(Pools::Postgres(pool.connect_lazy_with(connect)))
}
