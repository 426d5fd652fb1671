//! Who is in: a browser that holds the secret of a session.

mod begin;
mod end;
mod find;
mod list;

pub use begin::{Begun, Means, begin, begin_in};
pub use end::{Ending, end, end_others, end_others_in};
pub use find::{Found, Fresh, Kind, NotFresh, Session, find, find_by_id};
pub use list::{ListedSession, in_words, list};

use time_and_chance::Duration;

/// How long a session lasts, from its sign-in or its last renewal, whether it is used or not.
pub const LASTS: Duration = Duration::from_hours(14 * 24);
/// How long a browser keeps its cookie: longer than the session, so that whoever comes back too late is told why they are out.
pub const COOKIE_KEPT: Duration = Duration::from_hours(15 * 24);
/// How long after a proof whoever sits there need not prove themselves again before something sensitive.
pub const FRESH: Duration = Duration::from_mins(10);
/// How long a browser in which somebody has signed in is remembered.
pub const BROWSER_KNOWN: Duration = Duration::from_hours(180 * 24);
