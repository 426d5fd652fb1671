use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use serde::Serialize;
use store::{Db, Engine, Fault, Schema};
use time_and_chance::{OsChance, Time};

use super::{
    BackupFault, Outside,
    create::sqlite_path,
    engine, engine_name, file, open,
    outside::{self, Applied},
    postgres::Client,
};
use crate::{
    app::{StartFault, keyring_source, make_private_folder},
    audit,
    config::Settings,
    schema, signin,
};

/// What was restored.
#[derive(Debug, Serialize)]
pub struct Restored {
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// The step that the backup's schema was at. It is brought up to this version's.
    pub schema: i64,
    /// When the last change that is in it was made. What was done later is not in it.
    pub last_change: Option<Time>,
    /// How many jobs wait in it; the server does them as soon as it starts.
    pub jobs: i64,
    /// How many workspaces were deleted in it, because they had been deleted after it was made.
    pub deleted_again: usize,
    /// What the heads name as shredded though nobody can have deleted it. It was left alone.
    pub left_alone: Vec<String>,
    /// People whom the heads name as shredded and whom a workspace of the backup knows that was not deleted: they had been merged into
    /// another, and are two people again.
    pub known_again: Vec<String>,
    /// The number of the first head after the restore, which says that there was one; nothing without heads from outside.
    pub head: Option<u64>,
}

/// Restores the backup `from` into the place that the settings name, which must be empty. What fails leaves it so.
pub async fn restore(settings: &Settings, when: Time, from: &Path) -> Result<Restored, BackupFault> {
    restore_after(settings, when, from, &Outside::default()).await
}

/// The same with what is known outside of the time after the backup was made: without what was shredded, and with heads that follow
/// those that were given away.
pub async fn restore_after(
    settings: &Settings,
    when: Time,
    from: &Path,
    outside: &Outside,
) -> Result<Restored, BackupFault> {
    let order = Order { settings, when, from, outside };
    let (found, wanted) = (file::engine_of(from)?, engine(settings));
    if found != wanted {
        return Err(BackupFault::OtherEngine { found, wanted });
    }
    match wanted {
        Engine::Sqlite => into_file(order).await,
        Engine::Postgres => into_server(order).await,
    }
}

/// What is to be restored, and how.
#[derive(Clone, Copy)]
struct Order<'a> {
    settings: &'a Settings,
    when: Time,
    from: &'a Path,
    outside: &'a Outside,
}

/// All of it happens to a copy beside the place, which gets its name last.
async fn into_file(order: Order<'_>) -> Result<Restored, BackupFault> {
    let Order { settings, from, .. } = order;
    let to = sqlite_path(settings);
    let to = to.as_path();
    must_be_free(to)?;
    let folder = file::folder(to);
    make_private_folder(&folder).map_err(BackupFault::file(&folder))?;
    let unfinished = file::unfinished_folder(to)?;
    let copy = unfinished.path().join("bailiwick.db");
    tokio::fs::copy(from, &copy).await.map_err(BackupFault::file(from))?;
    // Whoever could read the backup need not read what becomes of it.
    std::fs::set_permissions(&copy, Permissions::from_mode(0o600)).map_err(BackupFault::file(&copy))?;

    let url = format!("sqlite:{}", copy.display());
    let db = open(&url).await.map_err(damaged)?;
    let restored = in_copy(&db, order).await;
    db.close().await;
    let restored = restored?;
    let copy = tempfile::TempPath::try_from_path(&copy).map_err(BackupFault::file(&copy))?;
    file::finish(copy, to, || taken(to))?;
    Ok(restored)
}

async fn in_copy(db: &Db, order: Order<'_>) -> Result<Restored, BackupFault> {
    let Order { settings, when, from, .. } = order;
    db.check().await.map_err(damaged)?;
    let schema =
        db.schema().await.map_err(damaged)?.ok_or_else(|| BackupFault::NotABackup(from.to_owned()))?;
    schema.admits(schema::STEPS).map_err(BackupFault::of_schema)?;
    bring_up(settings, db, when, schema)
        .await
        .map_err(|fault| BackupFault::NotBroughtUp(fault.to_string()))?;
    go_on(db, schema.number, order).await
}

/// `pg_restore` does it in one transaction.
async fn into_server(order: Order<'_>) -> Result<Restored, BackupFault> {
    let db = open(&order.settings.migrating_url()).await?;
    let restored = in_server(&db, order).await;
    db.close().await;
    restored
}

async fn in_server(db: &Db, order: Order<'_>) -> Result<Restored, BackupFault> {
    let Order { settings, when, from, .. } = order;
    if !db.is_empty().await? {
        return Err(BackupFault::NotEmpty("the database has tables in it".to_owned()));
    }
    let client = Client::of(&settings.migrating_url())?;
    let schema = client.schema_of(from).await?.ok_or_else(|| BackupFault::NotABackup(from.to_owned()))?;
    schema.admits(schema::STEPS).map_err(BackupFault::of_schema)?;
    client.restore(from).await?;
    bring_up(settings, db, when, schema)
        .await
        .map_err(|fault| BackupFault::NotMigrated(fault.to_string()))?;
    go_on(db, schema.number, order).await
}

/// Brings an older schema up to date, with the keyring that this takes. One that is up to date needs no key to be restored.
async fn bring_up(settings: &Settings, db: &Db, when: Time, found: Schema) -> Result<(), StartFault> {
    if schema::STEPS.last().is_some_and(|newest| found.number < newest.number) {
        let source = keyring_source(settings).await?;
        schema::bring_up(db, when, &OsChance, source).await?;
    }
    Ok(())
}

/// Makes a database that came out of a backup one of the present.
async fn go_on(db: &Db, schema: i64, order: Order<'_>) -> Result<Restored, BackupFault> {
    let last_change = audit::newest(db).await?;
    let Applied { deleted, left_alone, known_again, head } =
        outside::apply(db, order.settings, order.when, order.outside).await?;
    let mut tx = db.begin().await?;
    jobs::restored(&mut tx).await?;
    signin::restored(&mut tx, order.when).await?;
    tx.commit().await?;
    let waiting = jobs::tally(db).await?.iter().map(|kind| kind.waiting).sum();
    let engine = engine_name(db.engine());
    Ok(Restored {
        engine,
        schema,
        last_change,
        jobs: waiting,
        deleted_again: deleted,
        left_alone,
        known_again,
        head,
    })
}

// SQLite would play a journal that was left from a former database into the restored one.
fn must_be_free(path: &Path) -> Result<(), BackupFault> {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let files = ["", "-wal", "-shm", "-journal"].map(beside);
    files.iter().find(|file| file.exists()).map_or(Ok(()), |file| Err(taken(file)))
}

fn taken(path: &Path) -> BackupFault {
    BackupFault::NotEmpty(format!("{} is there", path.display()))
}

fn damaged(fault: Fault) -> BackupFault {
    if fault.is_passing() { BackupFault::Database(fault) } else { BackupFault::Damaged(fault.to_string()) }
}
