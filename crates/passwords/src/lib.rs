//! Passwords: hashed, checked without holding up the rest, judged, and looked for in known breaches.
//!
//! - A [`Password`] is the text as it was received. [`hash`] makes a [`Stored`] of it by a [`Scheme`], [`check`] compares the
//!   two, and [`spend`] takes as long for nobody, so that the time tells nothing about who is known.
//! - The [`Backroom`] has threads of its own for that, and refuses what it cannot do soon.
//! - [`strength`] judges a password that somebody is about to choose, and [`breaches`] says whether others know it already.
//!
//! No database and no network: whoever asks a service about breaches brings its answer here.

mod backroom;
pub mod breaches;
mod fault;
pub mod fuzzing;
mod hash;
mod password;
mod scheme;
mod spend;
mod stored;
pub mod strength;

pub use backroom::{Backroom, Busy};
pub use fault::{BadScheme, BadStored, TooLong};
pub use hash::{check, hash};
pub use password::Password;
pub use scheme::Scheme;
pub use spend::spend;
pub use stored::Stored;
