use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use store::Engine;

/// How many tokens are stored unless a figure is about many.
pub const FEW: u64 = 10_000;

/// Measures what README and docs quote.
#[derive(Debug, Parser)]
pub struct Options {
    /// Which figure.
    #[arg(value_enum, default_value = "all")]
    pub which: Which,
    /// On which engine; both if not said, PostgreSQL only where `scripts/with-postgres.sh` started a server.
    #[arg(long, value_enum)]
    pub engine: Option<OneEngine>,
    /// How many runs a median is taken of.
    #[arg(long, default_value_t = 21)]
    pub runs: usize,
    /// How many tokens "many" are.
    #[arg(long, default_value_t = 10_000_000)]
    pub many: u64,
    /// Keep filled databases here (and on the PostgreSQL server), and use those of an earlier run.
    #[arg(long)]
    pub keep: Option<PathBuf>,
    /// The program, where it isn't beside this one.
    #[arg(long)]
    pub program: Option<PathBuf>,
    /// Write the table into this file too.
    #[arg(long)]
    pub markdown: Option<PathBuf>,
}

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// All of them.
    All,
    /// A report of a thousand items.
    Report,
    /// The same with many tokens stored.
    Scale,
    /// Reports of one item, many at once.
    Singles,
    /// Verdicts.
    Verify,
    /// An import of a million.
    Import,
    /// A server that does nothing.
    Idle,
    /// Fields sealed and opened.
    Fields,
    /// A root rotated.
    Rotation,
    /// Verifying a chain of the audit.
    Audit,
    /// Changes in many workspaces at once, each on record.
    Changes,
    /// The filter of known breaches.
    Breaches,
    /// Pages of the console.
    Console,
    /// Checks of passwords, and verdicts meanwhile.
    Passwords,
}

/// An engine, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OneEngine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Which {
    /// What is said while it runs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all figures",
            Self::Report => "reports of 1,000 items",
            Self::Scale => "reports of 1,000 items, with many tokens stored",
            Self::Singles => "reports of one item",
            Self::Verify => "verdicts",
            Self::Import => "an import",
            Self::Idle => "a server that does nothing",
            Self::Fields => "sealed fields",
            Self::Rotation => "a root rotation",
            Self::Audit => "verifying a chain of the audit",
            Self::Changes => "audited changes",
            Self::Breaches => "the filter of known breaches",
            Self::Console => "pages of the console",
            Self::Passwords => "checks of passwords",
        }
    }
}

impl Options {
    /// The engines to measure.
    pub fn engines(&self) -> Vec<Engine> {
        match self.engine {
            None if server().is_some() => vec![Engine::Sqlite, Engine::Postgres],
            Some(OneEngine::Sqlite) | None => vec![Engine::Sqlite],
            Some(OneEngine::Postgres) => vec![Engine::Postgres],
        }
    }

    /// The figures to measure.
    pub fn figures(&self) -> Vec<Which> {
        match self.which {
            Which::All => {
                Which::value_variants().iter().copied().filter(|which| *which != Which::All).collect()
            }
            one => vec![one],
        }
    }
}

/// The PostgreSQL server that `scripts/with-postgres.sh` started.
pub fn server() -> Option<String> {
    std::env::var("BAILIWICK_TEST_DATABASE_URL").ok()
}
