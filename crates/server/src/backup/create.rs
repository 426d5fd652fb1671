use std::path::{Path, PathBuf};

use serde::Serialize;
use store::{Db, Engine};

use super::{BackupFault, engine, engine_name, file, open, postgres::Client};
use crate::config::Settings;

/// A backup that was made.
#[derive(Debug, Serialize)]
pub struct Backup {
    /// Where it is.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// The step that the schema was at.
    pub schema: i64,
}

/// Copies all of the database, as it is at one moment, into the new file `to`. A running server goes on meanwhile, and
/// neither the schema nor anything else is changed.
pub async fn create(settings: &Settings, to: &Path) -> Result<Backup, BackupFault> {
    if to.exists() {
        return Err(BackupFault::Exists(to.to_owned()));
    }
    let engine = engine(settings);
    if engine == Engine::Sqlite && !sqlite_path(settings).exists() {
        return Err(BackupFault::NothingThere);
    }
    let db = open(&settings.database_url()).await?;
    let made = write(settings, &db, to).await;
    db.close().await;
    let (bytes, schema) = made?;
    Ok(Backup { file: to.to_owned(), bytes, engine: engine_name(engine), schema })
}

async fn write(settings: &Settings, db: &Db, to: &Path) -> Result<(u64, i64), BackupFault> {
    let schema = db.schema().await?.ok_or(BackupFault::NothingThere)?;
    let unfinished = file::unfinished(to)?.into_temp_path();
    match db.server_version().await? {
        // SQLite takes an empty file for a new one.
        None => db.copy_into(&unfinished).await?,
        Some(server) => Client::of(&settings.database_url())?.dump(server, &unfinished).await?,
    }
    let bytes = file::finish(unfinished, to, || BackupFault::Exists(to.to_owned()))?;
    Ok((bytes, schema.number))
}

/// Where the settings keep an SQLite database.
pub(super) fn sqlite_path(settings: &Settings) -> PathBuf {
    settings.database_url().trim_start_matches("sqlite:").into()
}
