use time_and_chance::{Duration, Time};

/// Fetches that unknown identifiers may cause: a few at once, and from then on one in every so long.
pub(super) struct Budget {
    most: u32,
    every: Duration,
    /// When all of it will be there again.
    whole_at: Time,
}

impl Budget {
    /// A whole one of `most` fetches, of which one comes back `every` so long.
    pub(super) const fn new(most: u32, every: Duration) -> Self {
        Self { most, every, whole_at: Time::from_micros(0) }
    }

    /// Whether nothing is left of it.
    pub(super) fn is_empty(&mut self, when: Time) -> bool {
        let furthest = when.plus(self.every * self.most);
        // A clock that was put back must not take away more than all of it.
        self.whole_at = self.whole_at.clamp(when, furthest);
        self.whole_at.plus(self.every) > furthest
    }

    /// Takes one fetch out of it.
    pub(super) fn spend(&mut self, when: Time) {
        self.whole_at = self.whole_at.max(when).plus(self.every);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const NOON: Time = Time::from_micros(1_795_442_520_000_000);

    fn spend_all(budget: &mut Budget, when: Time) -> u32 {
        let mut spent = 0;
        while !budget.is_empty(when) {
            budget.spend(when);
            spent += 1;
        }
        spent
    }

    #[test]
    fn it_comes_back_one_by_one_and_never_to_more_than_all() {
        let mut budget = Budget::new(3, MINUTE);
        assert_eq!(spend_all(&mut budget, NOON), 3);
        assert_eq!(spend_all(&mut budget, NOON.plus(MINUTE - Duration::from_micros(1))), 0);
        assert_eq!(spend_all(&mut budget, NOON.plus(MINUTE)), 1);
        assert_eq!(spend_all(&mut budget, NOON.plus(MINUTE * 100)), 3);
    }

    #[test]
    fn a_clock_that_was_put_back_takes_away_no_more_than_all_of_it() {
        let mut budget = Budget::new(3, MINUTE);
        spend_all(&mut budget, NOON.plus(MINUTE * 1_000));
        assert!(budget.is_empty(NOON));
        assert_eq!(spend_all(&mut budget, NOON.plus(MINUTE * 3)), 3);
    }
}
