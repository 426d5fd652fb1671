//! Bringing people into a workspace: a link that is mailed, good once and for seven days.

mod accept;
mod list;
mod send;

pub use accept::{accept, accept_anew};
pub use list::{Invitation, ListedInvitation, find, list};
pub use send::{Refusal, again, invite, withdraw};

use time_and_chance::Duration;

/// How long an invitation holds.
const LASTS: Duration = Duration::from_hours(7 * 24);
/// How many may be open in a workspace at once.
const MOST: usize = 100;
