//! The engines without us: the same driver, no `store`, no capability. What figures are compared with.

use std::str::FromStr as _;

use sqlx::{
    AssertSqlSafe, PgPool, Row as _, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::Fault;

/// Connections to a database.
#[derive(Clone)]
pub enum Bare {
    /// SQLite, durable as the server has it.
    Sqlite(SqlitePool),
    /// PostgreSQL.
    Postgres(PgPool),
}

/// A table of rows about as wide as a token's, for reading and writing.
const TABLE: &str = "
    CREATE TABLE bare_rows (
        id TEXT PRIMARY KEY, workspace_id TEXT, digest TEXT, description TEXT, role TEXT, created_at BIGINT, ends_at BIGINT
    )";
const INSERT: &str = "
    INSERT INTO bare_rows (id, workspace_id, digest, description, role, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
const READ: &str = "
    SELECT id, workspace_id, digest, description, role, created_at, ends_at FROM bare_rows WHERE id = $1";
// What a verification reads.
const WALK: &str = "
    SELECT id, chain, actor_kind, actor_id, event, target, request_id, commitment, hash, details, sequence, at
    FROM audit_entries LEFT JOIN audit_details ON entry_id = id
    WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT 1000";

/// Both drivers offer the same and share no type.
macro_rules! with {
    ($bare:expr, $pool:ident => $do:expr) => {
        match $bare {
            Bare::Sqlite($pool) => $do,
            Bare::Postgres($pool) => $do,
        }
    };
}

impl Bare {
    /// Opens a database. Connections are not tried before each use, which would cost as much as a read.
    pub async fn open(url: &str, connections: u32) -> Result<Self, Fault> {
        Ok(if url.starts_with("sqlite:") {
            let connect = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .pragma("mmap_size", "8589934592");
            let pool = SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false);
            Self::Sqlite(pool.connect_with(connect).await?)
        } else {
            let pool = PgPoolOptions::new().max_connections(connections).test_before_acquire(false);
            Self::Postgres(pool.connect_with(PgConnectOptions::from_str(url)?).await?)
        })
    }

    /// Runs statements that answer nothing.
    pub async fn tell(&self, sql: &str) -> Result<(), Fault> {
        let sql = AssertSqlSafe(sql.to_owned());
        with!(self, pool => sqlx::raw_sql(sql).execute(pool).await.map(drop)?);
        Ok(())
    }

    /// The text in the first column of the only row.
    pub async fn text(&self, sql: &str) -> Result<String, Fault> {
        self.texts(sql).await?.pop().ok_or_else(|| "no row".into())
    }

    /// The texts in the first column.
    pub async fn texts(&self, sql: &str) -> Result<Vec<String>, Fault> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(with!(self, pool => {
            let rows = sqlx::query(sql).fetch_all(pool).await?;
            rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?
        }))
    }

    /// Makes the table of rows, empty.
    pub async fn make_table(&self) -> Result<(), Fault> {
        self.tell("DROP TABLE IF EXISTS bare_rows").await?;
        self.tell(TABLE).await
    }

    /// Inserts one row and commits it.
    pub async fn insert(&self, id: &str) -> Result<(), Fault> {
        let (workspace, digest) = (&id[4..], id.repeat(2));
        with!(self, pool => {
            let query = sqlx::query(INSERT).bind(id).bind(workspace).bind(digest).bind("a token").bind("member");
            query.bind(1_795_435_200_000_000_i64).execute(pool).await.map(drop)?;
        });
        Ok(())
    }

    /// Reads one row by its primary key, and each of its columns. Answers whether it is there.
    pub async fn read(&self, id: &str) -> Result<bool, Fault> {
        Ok(with!(self, pool => match sqlx::query(READ).bind(id).fetch_optional(pool).await? {
            Some(row) => {
                for column in 0..5 {
                    row.try_get::<String, _>(column)?;
                }
                row.try_get::<i64, _>(5)?;
                row.try_get::<Option<i64>, _>(6)?.is_none()
            }
            None => false,
        }))
    }

    /// Reads the entries of a chain of the audit from the first to the last, and each of their columns. Answers how many there are.
    pub async fn walk(&self, chain: &str) -> Result<u64, Fault> {
        let (mut entries, mut last) = (0, 0_i64);
        loop {
            let before = entries;
            with!(self, pool => {
                for row in sqlx::query(WALK).bind(chain).bind(last).fetch_all(pool).await? {
                    for column in 0..7 {
                        row.try_get::<Option<String>, _>(column)?;
                    }
                    for column in 7..10 {
                        row.try_get::<Option<Vec<u8>>, _>(column)?;
                    }
                    last = row.try_get(10)?;
                    row.try_get::<i64, _>(11)?;
                    entries += 1;
                }
            });
            if entries == before {
                return Ok(entries);
            }
        }
    }

    /// Closes it.
    pub async fn close(&self) {
        with!(self, pool => pool.close().await);
    }
}
