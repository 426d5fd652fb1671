use std::time::{Duration, Instant};

use ::jobs::{Outcome, Terms};

/// How long a try goes on to begin further steps. It then ends by itself, well within its lease, and what it did not come
/// to goes on with the next: a batch of any size gets to its end, and nothing of it is done twice.
#[derive(Debug)]
pub struct Pace {
    until: Instant,
    begun: bool,
}

impl Pace {
    /// Of a try that begins now.
    pub fn of(length: Duration) -> Self {
        Self { until: Instant::now() + length, begun: false }
    }

    /// How long a try of such a batch goes on: a step that was begun at the last moment still has half of the lease.
    pub fn length(terms: Terms) -> Duration {
        terms.lease / 2
    }

    /// Whether a further step may begin. The first always may, so that every try gets on.
    pub fn allows_a_step(&mut self) -> bool {
        !std::mem::replace(&mut self.begun, true) || Instant::now() < self.until
    }
}

/// What becomes of a task that a try did not come to the end of.
pub fn goes_on() -> Outcome {
    Outcome::Retry { why: "it goes on with the next try".to_owned(), after: Some(Duration::ZERO) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_try_takes_a_step_and_goes_on_until_its_time_is_over() {
        let mut over = Pace::of(Duration::ZERO);
        assert!(over.allows_a_step());
        assert!(!over.allows_a_step());
        let mut long = Pace::of(Duration::from_hours(1));
        assert!((0..10).all(|_| long.allows_a_step()));
    }
}
