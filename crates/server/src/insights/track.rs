use serde_json::Value;
use store::{Result, Tx, args};

use super::{BatchId, DeliverEvents};
use crate::{
    app::Now,
    columns::{TRACK_PROPERTIES, subject_of},
    ids::WorkspaceId,
};

/// The kind of a track event's id.
pub struct TrackEvent;

impl time_and_chance::Kind for TrackEvent {
    const PREFIX: &'static str = "evt";
}

/// A track event's id, and its `messageId`.
pub type TrackId = time_and_chance::Id<TrackEvent>;

/// Something for the product's own analytics.
pub struct Track {
    /// The workspace it is about, if one.
    pub workspace: Option<WorkspaceId>,
    /// Its name: object and past participle, in title case.
    pub event: &'static str,
    /// What there is to know; never a secret.
    pub properties: Value,
}

impl Track {
    /// Whose key seals it.
    fn subject(&self) -> &str {
        subject_of(self.workspace.as_ref().map(WorkspaceId::as_str))
    }
}

const STORE: &str = "
    INSERT INTO track_events (id, batch_id, workspace_id, at, event, properties) VALUES {each ($, $, $, $, $, $)}";

/// A batch is sent in one request: a try that gets that far has got somewhere.
const MOST_EVENTS: usize = 1_000;
const MOST_BYTES: usize = 400_000;
/// As many bytes as stand around an event's properties.
const FRAME: usize = 256;

/// Stores events, and has them sent if there is somewhere to send them.
pub async fn track(tx: &mut Tx, now: Now<'_>, send: bool, events: &[Track]) -> Result<()> {
    let mut batches: Vec<BatchId> = Vec::new();
    let (mut count, mut bytes) = (0, 0);
    let keys = now.keys(tx, events.iter().map(Track::subject)).await?;
    let mut rows = Vec::with_capacity(events.len());
    for (id, event) in TrackId::several(now.when, now.chance).zip(events) {
        let properties = event.properties.to_string();
        (count, bytes) = (count + 1, bytes + properties.len() + FRAME);
        if batches.is_empty() || count > MOST_EVENTS || bytes > MOST_BYTES {
            batches.push(BatchId::new(now.when, now.chance));
            (count, bytes) = (1, properties.len() + FRAME);
        }
        // Of a workspace that was shredded nothing is stored that could be read again.
        let Ok(key) = keys.of(event.subject()) else { continue };
        let workspace = event.workspace.as_ref();
        let place = TRACK_PROPERTIES.of(id.as_str(), workspace.map_or("", WorkspaceId::as_str));
        let sealed = key.seal_bytes(now.chance, place, properties.as_bytes());
        rows.push(args![&id, batches.last(), workspace, now.when, event.event, sealed]);
    }
    tx.execute_later(STORE, &[], rows).await?;
    let tasks: Vec<_> = batches.into_iter().filter(|_| send).map(|batch| DeliverEvents { batch }).collect();
    jobs::enqueue(tx, now.vault, now.when, now.chance, &tasks).await
}
