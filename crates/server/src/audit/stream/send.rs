//! One request to the receiver, in the form of payload that Standard Webhooks recommends.

use serde_json::json;
use time_and_chance::Clock;

use super::{super::webhook::NotTaken, Stream, batch::Batch};

impl Stream {
    /// Sends these entries.
    pub(super) async fn send(&self, clock: &dyn Clock, batch: &Batch) -> Result<(), NotTaken> {
        let body = json!({
            "type": "audit.entries", "timestamp": batch.newest(), "data": {"entries": batch.entries()},
        });
        let body = serde_json::to_vec(&body).expect("entries are plain data");
        self.receiver.deliver(&self.client, clock.now(), &batch.id(), body).await
    }
}
