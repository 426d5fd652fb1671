use std::collections::HashMap;

use time_and_chance::{Duration, Time};

use super::of_one::within;

/// After a search an identifier that was not found is unknown for so long; after each further one twice as long as before.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// At most.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// How many identifiers are remembered. Each costs a fetch, or came while one was under way.
const MOST: usize = 1_000;

/// Identifiers that were searched for and not found.
#[derive(Default)]
pub(super) struct Missed(HashMap<Box<str>, Search>);

struct Search {
    at: Time,
    pause: Duration,
}

impl Missed {
    /// Whether it was searched for so lately that another search would not find it either.
    pub(super) fn has(&self, identifier: &str, when: Time) -> bool {
        self.0.get(identifier).is_some_and(|search| within(search.pause, search.at, when))
    }

    /// Notes that a search did not find it, however many waited for that search.
    pub(super) fn note(&mut self, identifier: &str, when: Time) {
        if self.has(identifier, when) {
            return;
        }
        if let Some(search) = self.0.get_mut(identifier) {
            *search = Search { at: when, pause: (search.pause * 2).min(LONGEST_PAUSE) };
            return;
        }
        if self.0.len() >= MOST {
            self.forget_oldest();
        }
        self.0.insert(identifier.into(), Search { at: when, pause: FIRST_PAUSE });
    }

    fn forget_oldest(&mut self) {
        let oldest =
            self.0.iter().min_by_key(|(_, search)| search.at).map(|(identifier, _)| identifier.clone());
        if let Some(oldest) = oldest {
            self.0.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Time = Time::from_micros(1_795_442_520_000_000);

    #[test]
    fn pauses_double_up_to_ten_minutes() {
        let (mut missed, mut when) = (Missed::default(), NOON);
        for seconds in [10, 20, 40, 80, 160, 320, 600, 600] {
            missed.note("a", when);
            missed.note("a", when);
            when = when.plus(Duration::from_secs(seconds));
            assert!(missed.has("a", when.minus(Duration::from_micros(1))));
            assert!(!missed.has("a", when), "{seconds} s");
        }
        assert!(!missed.has("b", NOON));
    }

    #[test]
    fn of_very_many_the_latest_are_remembered() {
        let mut missed = Missed::default();
        for number in 0..3_000_u64 {
            missed.note(&number.to_string(), NOON.plus(Duration::from_micros(number)));
        }
        assert_eq!(missed.0.len(), MOST);
        assert!(missed.has("2999", NOON.plus(Duration::from_secs(1))));
        assert!(!missed.has("0", NOON.plus(Duration::from_secs(1))));
    }
}
