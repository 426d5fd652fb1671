//! # backup: what is lost with a machine can be had back
//!
//! - A backup is one file: all of the database, as it stood at one moment, made while the server goes on. SQLite copies
//!   itself; a PostgreSQL is dumped by its own `pg_dump`.
//! - It is whole under its name or not there: written under another name, brought to the disk, then renamed. It is never
//!   written over a file that exists, and only its owner may read it.
//! - It is restored into an empty place only, by a version that its schema admits, and all of it or nothing.
//! - A restored database goes on: its schema is brought up to date, jobs that waited are done, every schedule has its
//!   turn.
//! - With the heads that were delivered outside, what was shredded since is shredded in it too, and its own heads follow theirs.
//! - Files in `data_dir` beside the database (mails that were written to files) are not part of it.

mod create;
mod fault;
mod file;
mod outside;
mod postgres;
mod restore;

pub use create::{Backup, create};
pub use fault::BackupFault;
pub use outside::Outside;
pub use restore::{Restored, restore, restore_after};

use store::{Db, Engine, Options};

use crate::config::Settings;

/// The engine that the settings name.
fn engine(settings: &Settings) -> Engine {
    if settings.database_url().starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres }
}

fn engine_name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

/// Opens a database that must be there, without changing anything about it.
async fn open(url: &str) -> store::Result<Db> {
    Db::open(url, Options { connections: 2, create: false, answer: None, ..Options::default() }).await
}
