use std::{io, path::PathBuf};

use store::{Engine, Fault, SchemaFault};

use super::engine_name;

/// Why there is no backup, or why none was restored: one sentence for whoever runs the command.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// The backup's name is taken.
    #[error("{} exists already, and a backup is not written over anything: choose another name", .0.display())]
    Exists(PathBuf),
    /// A file or folder cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is nothing to back up.
    #[error("the database that the settings name holds no Bailiwick yet: there is nothing to back up")]
    NothingThere,
    /// The file is something else.
    #[error("{} is not a backup that Bailiwick made", .0.display())]
    NotABackup(PathBuf),
    /// The file is of the other engine.
    #[error(
        "this is a backup of {}, but the settings name {}: a backup goes back into the engine it was made of",
        engine_name(*found), engine_name(*wanted)
    )]
    OtherEngine {
        /// What the backup was made of.
        found: Engine,
        /// What the settings name.
        wanted: Engine,
    },
    /// The file is not as it was when it was made.
    #[error("the backup is damaged, and nothing was restored: {0}")]
    Damaged(String),
    /// The backup's schema excludes this version.
    #[error(
        "this backup was made by a newer version (schema {found}) that excludes versions before schema {oldest}; this \
         one knows schema {known}, and nothing was restored: restore it with a newer version"
    )]
    Excluded {
        /// The backup's schema.
        found: i64,
        /// The oldest step whose binary may use it.
        oldest: i64,
        /// The newest step that this binary knows.
        known: i64,
    },
    /// The place is taken.
    #[error("a backup is restored into an empty place only, and {0}")]
    NotEmpty(String),
    /// A program of PostgreSQL's is not there.
    #[error(
        "{0} is not installed, or not in PATH: it comes with PostgreSQL's client programs (on Debian: postgresql-client)"
    )]
    NoProgram(&'static str),
    /// A program of PostgreSQL's is too old for the server.
    #[error(
        "{name} is of version {version}, but the PostgreSQL server is of version {server}: install {name} {server}"
    )]
    OldProgram {
        /// Its name.
        name: &'static str,
        /// Its major version.
        version: i64,
        /// The server's.
        server: i64,
    },
    /// A program of PostgreSQL's failed.
    #[error("{name} failed: {said}")]
    Program {
        /// Its name.
        name: &'static str,
        /// What it said, in one line.
        said: String,
    },
    /// The database.
    #[error("{0}")]
    Database(#[from] Fault),
    /// What was shredded is still readable in what was restored, or numbers of heads would be given again.
    #[error(
        "what the heads say of the time after the backup could not be brought into what was restored: {0}. An SQLite database is not \
         there yet. A PostgreSQL database is, and what was shredded since may still be readable in it: start no server on it, and take \
         it away. Mend this, and restore anew"
    )]
    NotShredded(String),
    /// The heads are of another database.
    #[error(
        "these are the heads of another database: none of the keys in the backup has signed the newest of them. Start no server on \
         what was restored; take it away, and restore anew with the right ones"
    )]
    OtherHeads,
    /// All of the backup is restored, but its schema is as it was.
    #[error(
        "the backup is restored, but its schema could not be brought up to date, which the next start tries again: {0}"
    )]
    NotMigrated(String),
    /// Its schema cannot be brought up to date.
    #[error("nothing was restored, as its schema could not be brought up to date: {0}")]
    NotBroughtUp(String),
}

impl BackupFault {
    /// For `map_err` of what is done to a file.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |error| Self::File { path, error }
    }

    /// Of the two reasons why a schema cannot be used, the backup's own in words of a backup.
    pub(super) fn of_schema(fault: SchemaFault) -> Self {
        match fault {
            SchemaFault::TooOld { found, oldest, known } => Self::Excluded { found, oldest, known },
            SchemaFault::Database(fault) => Self::Database(fault),
        }
    }
}
