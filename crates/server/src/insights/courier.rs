use std::sync::{Arc, Mutex, PoisonError};

use outgoing::Client;
use seal::Vault;
use store::Db;
use time_and_chance::{Clock, Duration, Time};

use crate::config::Hidden;

/// Where events are sent.
#[derive(Clone)]
pub struct Endpoint {
    /// The whole URL, such as `https://api.segment.io/v1/batch`: the setting's, with `/v1/batch` added.
    pub url: String,
    /// The write key.
    pub write_key: Hidden,
}

/// What sending events needs, and what this node knows of the endpoint. Clones know the same.
#[derive(Clone)]
pub struct Courier {
    /// The database.
    pub db: Db,
    /// The keyring.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The way out.
    pub client: Client,
    /// Where to, if the settings say so.
    pub endpoint: Option<Endpoint>,
    /// How long a try goes on to begin further requests.
    pub pace: Duration,
    /// The pause that the endpoint has asked for.
    pub pause: Pause,
}

/// However long an endpoint asks to be left alone, it is asked again after this.
const LONGEST: Duration = Duration::from_hours(1);

/// Until when an endpoint wants no request, whichever events it would carry.
#[derive(Clone, Default)]
pub struct Pause(Arc<Mutex<Option<Time>>>);

impl Pause {
    /// Begins one, and answers how long it is.
    pub(super) fn begin(&self, when: Time, wanted: Duration) -> Duration {
        let length = wanted.min(LONGEST);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(when.plus(length));
        length
    }

    /// How much of it is left, if something is.
    pub(super) fn left(&self, when: Time) -> Option<Duration> {
        let until = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let left = until.since(when);
        // More than the longest is left only if the clock was put back.
        (!left.is_zero() && left <= LONGEST).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Time = Time::from_micros(1_795_442_520_000_000);

    #[test]
    fn a_pause_lasts_as_long_as_it_was_asked_for_and_an_hour_at_most() {
        let pause = Pause::default();
        assert_eq!(pause.left(NOON), None);
        let minute = Duration::from_mins(1);
        assert_eq!(pause.begin(NOON, minute * 2), minute * 2);
        assert_eq!(pause.clone().left(NOON.plus(minute)), Some(minute));
        assert_eq!(pause.left(NOON.plus(minute * 2)), None);
        assert_eq!(pause.begin(NOON, Duration::MAX), minute * 60);
        assert_eq!(pause.left(NOON.minus(minute)), None, "the clock was put back");
    }
}
