use serde_json::Value;
use store::{Result, Tx, args};

use super::{BatchId, DeliverEvents};
use crate::{app::Now, ids::WorkspaceId};

/// The kind of a track event's id.
pub struct TrackEvent;

impl time_and_chance::Kind for TrackEvent {
    const PREFIX: &'static str = "evt";
}

/// A track event's id, and its `messageId`.
pub type TrackId = time_and_chance::Id<TrackEvent>;

/// Something for the product's own analytics.
#[derive(Debug)]
pub struct Track {
    /// The workspace it is about, if one.
    pub workspace: Option<WorkspaceId>,
    /// Its name: object and past participle, in title case.
    pub event: &'static str,
    /// What there is to know; never a secret.
    pub properties: Value,
}

const STORE: &str = "
    INSERT INTO track_events (id, batch_id, workspace_id, at, event, properties) VALUES {each ($, $, $, $, $, $)}";

/// Stores events, and has them sent if there is somewhere to send them.
pub async fn track(tx: &mut Tx, now: Now<'_>, send: bool, events: &[Track]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let batch = BatchId::new(now.when, now.chance);
    let ids = TrackId::several(now.when, now.chance);
    let rows = ids.zip(events).map(|(id, event)| {
        args![&id, &batch, event.workspace.as_ref(), now.when, event.event, event.properties.to_string()]
    });
    tx.execute_each(STORE, &[], rows.collect()).await?;
    if send {
        jobs::enqueue(tx, now.when, now.chance, &[DeliverEvents { batch }]).await?;
    }
    Ok(())
}
