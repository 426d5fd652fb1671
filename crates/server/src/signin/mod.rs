//! # signin: nobody gets in with one factor
//!
//! - A person has one sign-in, whatever workspaces they are in: a password, and always a second factor. That is a mailed link or
//!   code, until they have an authenticator or a passkey; a passkey alone is two. Recovery codes are for the day on which all is lost.
//! - An *attempt* is somebody on their way in; it has a cookie of its own and opens nothing. A *session* lasts 14 days, used or not;
//!   its secret is replaced whenever somebody proves who they are. The database has digests of both.
//! - What is sensitive takes a proof that is at most ten minutes old, as an argument: [`Fresh`].
//! - Failures are counted per person and factor and per network, for all nodes. They never lock the right factors out (see
//!   [`failures`]).
//! - What was mailed is used by a click that posts, in the browser that asked for it: whoever only looks at a link changes nothing.
//! - An address that nobody has is answered like one that somebody has, after as much work.
//! - Only this capability writes its tables.

pub mod attempt;
mod browser;
pub mod factor;
mod failures;
mod gone;
pub mod invitation;
pub mod join;
pub mod jwt;
mod letters;
pub mod link;
mod pages;
pub mod password;
pub mod product;
mod restored;
mod routes;
pub mod session;
mod tidy;

use failures::{may_ask, may_ask_for_guidance, may_ask_for_passkey};
pub use gone::{forget, signs_in};
pub use pages::pages;
pub use restored::restored;
pub use routes::routes;
pub use session::{Fresh, Session};
pub use tidy::tidy;

/// The digest that something is found by which an authenticator calls it by.
fn digest_of(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().to_vec()
}
