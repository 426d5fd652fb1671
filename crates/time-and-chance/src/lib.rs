//! Time, clocks, randomness and ids as arguments.
//!
//! Verbs take `when: Time` and `chance: &dyn Chance`; only the edge of the program (a route, a job, a command) asks a
//! [`Clock`]. So a test decides what time it is and what the dice say, and a six-month rule is tested in milliseconds.

mod chance;
mod clock;
mod id;
mod time;

pub use chance::{Chance, OsChance, SeededChance};
pub use clock::{Clock, FixedClock, SystemClock};
pub use id::{Id, Kind, NotAnId};
pub use time::{Duration, NotATime, Time};
