//! What a database is, before anything is done with it.

use crate::{Db, Engine, Fault, Migration, Result, SchemaFault};

/// The step that a database's schema is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The newest step applied.
    pub number: i64,
    /// The oldest step whose binary may use it.
    pub oldest: i64,
}

impl Schema {
    /// Fails if a binary that knows `steps` may not use this schema.
    pub fn admits(self, steps: &[Migration]) -> std::result::Result<(), SchemaFault> {
        let known = steps.last().map_or(0, |step| step.number);
        if self.oldest > known {
            return Err(SchemaFault::TooOld { found: self.number, oldest: self.oldest, known });
        }
        Ok(())
    }
}

pub(crate) const SCHEMA: &str = "SELECT number, oldest FROM schema_migrations ORDER BY number DESC LIMIT 1";
const SQLITE_SCHEMA_TABLE: &str = "
    SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations' LIMIT 1";
const POSTGRES_SCHEMA_TABLE: &str = "SELECT 1 AS one WHERE to_regclass('schema_migrations') IS NOT NULL";
const SQLITE_ANY_TABLE: &str = "SELECT 1 AS one FROM sqlite_master WHERE type = 'table' LIMIT 1";
// The server's own tables lie in pg_catalog and information_schema.
const POSTGRES_ANY_TABLE: &str = "
    SELECT 1 AS one FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LIMIT 1";
// Both are in every transaction of a probe: SQLite writes nothing down for an update that leaves a row as it was.
const THERE: &str = "UPDATE schema_migrations SET applied_at = applied_at + 1 WHERE number = 1";
const AND_BACK: &str = "UPDATE schema_migrations SET applied_at = applied_at - 1 WHERE number = 1";
const SQLITE_CHECK: &str = "PRAGMA quick_check(1)";
const POSTGRES_VERSION: &str = "SELECT CAST(current_setting('server_version_num') AS BIGINT) AS version";

impl Db {
    /// The step that the schema is at; nothing if this database is not one of ours, or empty.
    pub async fn schema(&self) -> Result<Option<Schema>> {
        let table = self.one_of(SQLITE_SCHEMA_TABLE, POSTGRES_SCHEMA_TABLE);
        if self.row(table, Vec::new()).await?.is_none() {
            return Ok(None);
        }
        let Some(row) = self.row(SCHEMA, Vec::new()).await? else { return Ok(None) };
        Ok(Some(Schema { number: row.get("number")?, oldest: row.get("oldest")? }))
    }

    /// Commits a change that changes nothing, by the way that every change takes. A standby, a full disk or a writer that
    /// nobody gives back fails it, and nothing that only reads.
    pub async fn probe(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        for statement in [THERE, AND_BACK] {
            tx.execute(statement, Vec::new()).await?;
        }
        tx.commit().await
    }

    /// Whether there is no table in it, of anybody.
    pub async fn is_empty(&self) -> Result<bool> {
        Ok(self.row(self.one_of(SQLITE_ANY_TABLE, POSTGRES_ANY_TABLE), Vec::new()).await?.is_none())
    }

    /// Reads an SQLite database from end to end and fails if its pages do not fit together. PostgreSQL looks after
    /// itself.
    pub async fn check(&self) -> Result<()> {
        if self.engine() == Engine::Postgres {
            return Ok(());
        }
        let rows = self.rows_at_leisure(SQLITE_CHECK, Vec::new()).await?;
        match rows.first().map(|row| row.get::<String>("quick_check")).transpose()?.as_deref() {
            Some("ok") => Ok(()),
            other => Err(Fault::Row(other.unwrap_or("the check says nothing").to_owned())),
        }
    }

    /// The major version of a PostgreSQL server; nothing on SQLite.
    pub async fn server_version(&self) -> Result<Option<i64>> {
        if self.engine() == Engine::Sqlite {
            return Ok(None);
        }
        let row = self.row(POSTGRES_VERSION, Vec::new()).await?;
        Ok(row.map(|row| row.get::<i64>("version")).transpose()?.map(|version| version / 10_000))
    }

    fn one_of(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.engine() {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        }
    }
}
