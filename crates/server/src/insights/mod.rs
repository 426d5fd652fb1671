//! # insights: a track event per sighting
//!
//! - A track event is stored in our own table, in the transaction of what it tells of.
//! - With an endpoint in the settings it is also sent there, in batches within the limits of Segment's HTTP API. Its id is
//!   the `messageId`, so that what is sent twice counts once.
//! - A batch is no more than one request carries, so that each try gets some of them out. An endpoint that asks for a pause
//!   gets no request of this node until that is over.
//! - Only this capability writes the table `track_events`.

mod courier;
mod deliver;
mod track;

pub use courier::{Courier, Endpoint, Pause};
pub use deliver::{deliver, terms};
pub use track::{Track, track};

use serde::{Deserialize, Serialize};

/// The kind of a batch's id.
pub struct Batch;

impl time_and_chance::Kind for Batch {
    const PREFIX: &'static str = "bat";
}

/// The id of events that were stored together and are sent together.
pub type BatchId = time_and_chance::Id<Batch>;

/// Send the events of a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliverEvents {
    /// Which batch.
    pub batch: BatchId,
}

impl jobs::Task for DeliverEvents {
    const KIND: &'static str = "deliver_events";
}
