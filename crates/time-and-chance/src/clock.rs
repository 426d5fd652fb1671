use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{Duration, Time};

/// What tells the time at the edge of the program.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Time;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now(&self) -> Time {
        Time::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

/// A clock that stands still until it is moved. Clones share their hands.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// A clock that stands at `when`.
    pub fn at(when: Time) -> Self {
        Self(Arc::new(AtomicI64::new(when.micros())))
    }

    /// Moves the hands forward.
    pub fn pass(&self, while_: Duration) {
        self.0.store(self.now().plus(while_).micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Time {
        Time::from_micros(self.0.load(Ordering::SeqCst))
    }
}
