use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use time_and_chance::{Duration, Time};

/// How long a chain waits behind the others until its entries are looked at again.
const AGAIN: Duration = Duration::from_mins(1);

/// The chains of which entries could not be read a moment ago. A node keeps them in memory: what the database has of a chain goes on
/// to say since when it really waits.
#[derive(Default)]
pub(super) struct Behind(Mutex<HashMap<String, Time>>);

impl Behind {
    /// Puts a chain behind the others.
    pub fn put(&self, chain: String, when: Time) {
        let mut behind = self.behind();
        behind.retain(|_, since| is_recent(*since, when));
        behind.insert(chain, when);
    }

    /// Whether a chain waits behind the others.
    pub fn has(&self, chain: &str, when: Time) -> bool {
        self.behind().get(chain).is_some_and(|since| is_recent(*since, when))
    }

    fn behind(&self) -> MutexGuard<'_, HashMap<String, Time>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was put back is no reason to wait.
fn is_recent(since: Time, when: Time) -> bool {
    since <= when && when.since(since) < AGAIN
}
