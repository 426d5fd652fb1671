//! What is known outside of the time after a backup was made: what was shredded then is shredded in what comes out of it, and heads
//! that were given away are followed by further ones, not made again.

use std::sync::Arc;

use chain::SignedHead;
use store::{Db, args};
use time_and_chance::{FixedClock, OsChance, Time};

use super::BackupFault;
use crate::{
    app::{App, World, bring_up},
    audit::{self, TakeOver},
    config::Settings,
    ids::{PersonId, WorkspaceId},
    permissions::Authority,
    web::Stop,
    workspaces,
};

/// The heads that were delivered outside.
#[derive(Debug, Default)]
pub struct Outside {
    /// What they name as shredded.
    pub shredded: Vec<String>,
    /// They themselves, each genuine.
    pub heads: Vec<SignedHead>,
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// How many workspaces were there, and were deleted.
    pub deleted: usize,
    /// What heads name that nobody can have deleted.
    pub left_alone: Vec<String>,
    /// People whom heads name, and whom a workspace that goes on knows.
    pub known_again: Vec<String>,
    /// The number of the head that says that the database was restored, if there were heads before it.
    pub head: Option<u64>,
}

/// Brings what is known outside into a database that came out of a backup.
pub(super) async fn apply(
    db: &Db,
    settings: &Settings,
    when: Time,
    outside: &Outside,
) -> Result<Applied, BackupFault> {
    if outside.shredded.is_empty() && outside.heads.is_empty() {
        return Ok(Applied::default());
    }
    let app = app_on(db, settings, when).await?;
    let applied = shred_again(&app, when, &outside.shredded).await?;
    let head = audit::take_over_heads(&app, &outside.heads).await.map_err(|fault| match fault {
        TakeOver::Another => BackupFault::OtherHeads,
        TakeOver::Database(fault) => BackupFault::NotShredded(fault.to_string()),
    })?;
    Ok(Applied { head, ..applied })
}

const IS_LIVE: &str = "SELECT 1 AS one FROM workspaces WHERE id = $1 AND deleted_at IS NULL";

/// Deletes these workspaces, then shreds these people. What is neither, or cannot be deleted, nobody has shredded, whoever wrote it
/// down: it is left alone, as what it seals would be lost. So is a person whom a workspace of the backup knows: who has been merged
/// into another since then is two people again.
async fn shred_again(app: &App, when: Time, subjects: &[String]) -> Result<Applied, BackupFault> {
    let mut applied = Applied::default();
    // Who was in them is in no other any more, once all of them are deleted.
    for subject in subjects {
        if let Ok(workspace) = subject.parse::<WorkspaceId>() {
            delete_again(app, when, &workspace, &mut applied).await?;
        }
    }
    for subject in subjects {
        if subject.parse::<PersonId>().is_ok() {
            let mut tx = app.db.begin().await?;
            let known = workspaces::shred_unknown(app, &mut tx, app.now(), vec![subject.clone()]).await?;
            tx.commit().await?;
            applied.known_again.extend(known);
        } else if subject.parse::<WorkspaceId>().is_err() {
            applied.left_alone.push(subject.clone());
        }
    }
    Ok(applied)
}

async fn delete_again(
    app: &App,
    when: Time,
    workspace: &WorkspaceId,
    applied: &mut Applied,
) -> Result<(), BackupFault> {
    match workspaces::delete(app, &Authority::on_this_machine(), workspace).await {
        Ok(()) => applied.deleted += 1,
        // It is the operator's own.
        Err(Stop::Refused(_)) if app.db.row(IS_LIVE, args![workspace]).await?.is_some() => {
            applied.left_alone.push(workspace.to_string());
        }
        // It was deleted before the backup, or made after it.
        Err(Stop::Refused(_)) => {
            let mut tx = app.db.begin().await?;
            app.vault.shred(&mut tx, when, workspace.as_str()).await?;
            tx.commit().await?;
        }
        Err(Stop::Fault(fault)) => return Err(BackupFault::NotShredded(fault.to_string())),
    }
    Ok(())
}

/// What deletes is on record, and what is on record is sealed: that takes the keyring.
async fn app_on(db: &Db, settings: &Settings, when: Time) -> Result<App, BackupFault> {
    let not_shredded = |why: crate::app::StartFault| BackupFault::NotShredded(why.to_string());
    let mut settings = settings.clone();
    settings.database.migrate_url = None;
    let world = || World { clock: Arc::new(FixedClock::at(when)), chance: Arc::new(OsChance) };
    let opened = bring_up(&settings, &world(), db.clone()).await.map_err(not_shredded)?;
    let public_url = settings.public_url(settings.server.listen);
    App::new(settings, public_url, opened, world()).await.map_err(not_shredded)
}
