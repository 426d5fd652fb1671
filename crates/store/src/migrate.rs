use time_and_chance::Time;

use crate::{Db, Engine, Fault, Result, Schema, Tx, about::SCHEMA, args, bound::Bound};

/// One step of the schema: a file of `migrations/`.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number; they count up from 1 without a gap.
    pub number: i64,
    /// Its name, such as `0001_house.sql`.
    pub name: &'static str,
    /// The oldest step whose binary may still use the schema once this one is applied. Adding something leaves it as
    /// it was; only a step that takes away what an older binary needs raises it.
    pub oldest: i64,
    /// Its statements, each ended by `;` at the end of a line. One under the comment `-- {postgres}` is for that alone.
    pub sql: &'static str,
}

/// Why a schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFault {
    /// A newer version has changed the schema so that this one may not use it any more.
    #[error(
        "this database was upgraded by a newer version (schema {found}) that excludes versions before schema {oldest}; \
         this one knows schema {known}. Start a newer version."
    )]
    TooOld {
        /// The step the database is at.
        found: i64,
        /// The oldest step whose binary may use it.
        oldest: i64,
        /// The newest step this binary knows.
        known: i64,
    },
    /// The database itself.
    #[error(transparent)]
    Database(#[from] Fault),
}

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (
        number BIGINT PRIMARY KEY,
        name TEXT NOT NULL,
        oldest BIGINT NOT NULL,
        applied_at BIGINT NOT NULL
    )";
const APPLIED: &str =
    "INSERT INTO schema_migrations (number, name, oldest, applied_at) VALUES ($1, $2, $3, $4)";
/// Another node's migration may take longer than a lock is waited for otherwise, and a step as long as its tables are large.
const POSTGRES_PATIENCE: [&str; 2] = ["SET LOCAL lock_timeout = 0", "SET LOCAL statement_timeout = 0"];
/// Any number will do, as long as every node takes the same.
pub(crate) const POSTGRES_LOCK: &str = "SELECT pg_advisory_xact_lock(7201845)";

/// A schema that is being brought up to date, in one transaction. Nodes that start at once wait for one another.
pub struct Migrating {
    tx: Tx,
    when: Time,
    engine: Engine,
    steps: &'static [Migration],
}

impl Migrating {
    /// Begins. A schema that is already further than `steps` is left alone, and used if it allows that.
    pub async fn begin(
        db: &Db,
        when: Time,
        steps: &'static [Migration],
    ) -> std::result::Result<Self, SchemaFault> {
        let mut tx = db.begin_within(Bound::NONE).await?;
        if db.engine() == Engine::Postgres {
            for patience in POSTGRES_PATIENCE {
                tx.execute(patience, Vec::new()).await?;
            }
            tx.rows(POSTGRES_LOCK, Vec::new()).await?;
        }
        tx.execute(TABLE, Vec::new()).await?;
        let schema = match tx.row(SCHEMA, Vec::new()).await? {
            Some(row) => Schema { number: row.get("number")?, oldest: row.get("oldest")? },
            None => Schema { number: 0, oldest: 0 },
        };
        schema.admits(steps)?;
        let missing = steps.iter().position(|step| step.number > schema.number).unwrap_or(steps.len());
        Ok(Self { tx, when, engine: db.engine(), steps: &steps[missing..] })
    }

    /// Applies the next step that is missing, and answers its number; nothing if none is.
    pub async fn step(&mut self) -> Result<Option<i64>> {
        let Some((step, rest)) = self.steps.split_first() else { return Ok(None) };
        for statement in statements(step.sql, self.engine) {
            self.tx.execute(statement, Vec::new()).await?;
        }
        self.tx.execute(APPLIED, args![step.number, step.name, step.oldest, self.when]).await?;
        tracing::info!(step = step.name, "schema step applied");
        self.steps = rest;
        Ok(Some(step.number))
    }

    /// The transaction, for what a step needs beside its statements.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Commits all of it.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await
    }
}

/// Brings the schema up to the last of `steps`, which need nothing beside their statements.
pub async fn migrate(
    db: &Db,
    when: Time,
    steps: &'static [Migration],
) -> std::result::Result<(), SchemaFault> {
    let mut migrating = Migrating::begin(db, when, steps).await?;
    while migrating.step().await?.is_some() {}
    Ok(migrating.commit().await?)
}

/// Stands in a comment before a statement that SQLite has no use for: how a table is laid out, for example.
const POSTGRES_ONLY: &str = "-- {postgres}";

fn statements(sql: &'static str, engine: Engine) -> impl Iterator<Item = &'static str> {
    let is_for = move |statement: &&str| engine == Engine::Postgres || !statement.contains(POSTGRES_ONLY);
    sql.split(";\n").map(str::trim).filter(|statement| has_words(statement)).filter(is_for)
}

fn has_words(statement: &str) -> bool {
    statement.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--"))
}
