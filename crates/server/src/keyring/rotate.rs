//! Rotations begin here, with what does the rest of them enqueued in the same transaction.

use seal::{RootRotation, RotateFault};
use serde_json::json;
use store::{Fault, Tx};
use time_and_chance::Duration;

use super::{ReindexMail, ResealWorkspace, RewrapKeys, leave_nothing_of_it};
use crate::{
    app::{App, Now},
    audit::{self, Entry},
    events::Event,
    ids::WorkspaceId,
    permissions::Authority,
    workspaces,
};

/// Why a key is not rotated.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such workspace.
    #[error("There is no such workspace.")]
    NoWorkspace,
    /// It was begun before.
    #[error("A rotation of it is still under way. `bailiwick keyring show` tells when it is over.")]
    UnderWay,
    /// The root.
    #[error("{0}")]
    Root(#[from] RotateFault),
    /// The database.
    #[error("{0}")]
    Fault(#[from] Fault),
}

/// Puts a new root in the place of the present one, which is destroyed after a while if that is said. Every data key is
/// wrapped anew by the job that this enqueues.
pub async fn rotate_root(
    app: &App,
    by: &Authority,
    destroy_old_after: Option<Duration>,
) -> Result<RootRotation, Refusal> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let rotation =
        seal::begin_root_rotation(now.vault, &mut tx, now.when, now.chance, destroy_old_after).await?;
    let details = json!({
        "from": rotation.from, "to": rotation.to,
        "destroy_after": destroy_old_after.map(|after| now.when.plus(after)),
    });
    note(&mut tx, now, by, Event::RootKeyRotated, &rotation.to, details).await?;
    enqueue(&mut tx, now, RewrapKeys {}).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(rotation)
}

/// Gives a workspace a new data key. What the old one sealed is sealed anew by the job that this enqueues.
pub async fn rotate_workspace(app: &App, by: &Authority, workspace: &WorkspaceId) -> Result<(), Refusal> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, workspace).await? {
        return Err(Refusal::NoWorkspace);
    }
    if !now.vault.new_generation(&mut tx, now.when, now.chance, workspace.as_str()).await? {
        return Err(Refusal::UnderWay);
    }
    note(&mut tx, now, by, Event::WorkspaceKeyRotated, workspace.as_str(), json!({})).await?;
    enqueue(&mut tx, now, ResealWorkspace { workspace: workspace.clone() }).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}

/// Gives the index of mail addresses a new key. Addresses are hashed anew by the job that this enqueues.
pub async fn rotate_index(app: &App, by: &Authority) -> Result<(), Refusal> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    now.vault.index_held(&mut tx, now.when, now.chance).await?;
    if !now.vault.new_generation(&mut tx, now.when, now.chance, seal::INDEX).await? {
        return Err(Refusal::UnderWay);
    }
    note(&mut tx, now, by, Event::IndexKeyRotated, "index", json!({})).await?;
    enqueue(&mut tx, now, ReindexMail {}).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}

/// Destroys retired roots whose time has come, once they wrap nothing any more, and answers how many.
pub async fn destroy_retired_roots(app: &App) -> store::Result<usize> {
    let now = app.now();
    if !seal::is_root_due(&app.db, now.when).await? {
        return Ok(0);
    }
    seal::rewrap(now.vault, &app.db, now.chance, || true).await?;
    let mut tx = app.db.begin().await?;
    let destroyed = seal::destroy_retired_roots(now.vault, &mut tx, now.when).await?;
    let by = audit::Actor::Job("keyring");
    let entries = destroyed.iter().map(|root| Entry {
        workspace: None,
        actor: &by,
        event: Event::RootKeyDestroyed,
        target: root.id.as_str(),
        details: json!({"still_in": root.still_in}),
    });
    audit::record(&mut tx, now, &entries.collect::<Vec<_>>()).await?;
    tx.commit().await?;
    leave_nothing_of_it(&app.db).await;
    Ok(destroyed.len())
}

async fn enqueue<T: ::jobs::Task>(tx: &mut Tx, now: Now<'_>, task: T) -> store::Result<()> {
    ::jobs::enqueue(tx, now.vault, now.when, now.chance, &[task]).await
}

async fn note(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    event: Event,
    target: &str,
    details: serde_json::Value,
) -> store::Result<()> {
    let entry = Entry { workspace: None, actor: by.actor(), event, target, details };
    audit::record(tx, now, &[entry]).await
}
