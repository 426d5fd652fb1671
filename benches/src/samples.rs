use std::{fmt, time::Duration};

/// How long something took, time after time.
#[derive(Debug, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// One more.
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The median.
    pub fn median(&self) -> Duration {
        self.at(50)
    }

    /// How many times as long as the other, by the medians.
    pub fn times(&self, other: &Self) -> f64 {
        self.median().as_secs_f64() / other.median().as_secs_f64()
    }

    /// How long 99 of 100 took at most.
    pub fn p99(&self) -> Duration {
        self.at(99)
    }

    /// The slowest.
    pub fn most(&self) -> Duration {
        self.at(100)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn at(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted[(sorted.len() - 1) * percent / 100]
    }
}

/// The median, and between which two values eight of ten lie.
impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = [10, 50, 90].map(|percent| self.at(percent));
        write!(f, "{} ({} to {})", short(median), short(low), short(high))
    }
}

/// With the unit that suits it.
pub fn short(took: Duration) -> String {
    let micros = took.as_secs_f64() * 1e6;
    match micros {
        ..1_000.0 => format!("{micros:.0} µs"),
        ..10_000.0 => format!("{:.1} ms", micros / 1e3),
        ..1_000_000.0 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.1} s", micros / 1e6),
    }
}

/// The median of rates.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
