//! A queue in the database.
//!
//! A [`Task`] is enqueued in the caller's own transaction, so that it exists exactly if the change does. A worker claims
//! a batch of one kind for a while (the lease), does it, and says of each whether it is done, is to be tried again, or
//! is given up. What a dying process had claimed is free again when its lease ends. Each task is therefore done at least
//! once; what must happen once has to guard itself. What waits is sealed.

mod claim;
mod enqueue;
mod inspect;
mod queue;
mod restored;
mod schedule;
mod settle;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use claim::Claimed;
pub use enqueue::enqueue;
pub use inspect::{Listed, State, Tally, is_there_a_later, list, retry_now, tally};
pub use queue::{Queue, Terms};
pub use restored::restored;
pub use schedule::{Schedule, claim_turn, due_again};
pub use settle::end_parked;

use seal::Field;
use serde::{Serialize, de::DeserializeOwned};

/// What is to be done, sealed.
pub const PAYLOAD: Field = Field::new("jobs", "payload");

/// What is to be done, as it lies in the queue: JSON under the kind's name. Holds ids, never secrets or addresses.
pub trait Task: Serialize + DeserializeOwned + Send + 'static {
    /// The kind's name, such as `send_mail`.
    const KIND: &'static str;
}

/// What became of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and leaves the queue.
    Done,
    /// It did not work out, and may later: after the given pause, or one that grows from try to try.
    Retry {
        /// Why, in words that may stand in a log.
        why: String,
        /// How long to wait, if somebody said so.
        after: Option<Duration>,
    },
    /// It will never work: it is parked where an operator sees it.
    GiveUp {
        /// Why, in words that may stand in a log.
        why: String,
    },
}

impl Outcome {
    /// Try again after a pause that grows from try to try.
    pub fn retry(why: impl Into<String>) -> Self {
        Self::Retry { why: why.into(), after: None }
    }

    /// Park it.
    pub fn give_up(why: impl Into<String>) -> Self {
        Self::GiveUp { why: why.into() }
    }
}

/// The kind of a job's id.
pub struct Job;

impl time_and_chance::Kind for Job {
    const PREFIX: &'static str = "job";
}

/// A job's id.
pub type JobId = time_and_chance::Id<Job>;
