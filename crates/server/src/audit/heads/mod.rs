//! # heads: what of the audit is given away, so that nobody can change it unnoticed
//!
//! - Every hour there is one head, even when nothing happened: a signed line that names the chains which have grown since
//!   the last, and what was shredded. Heads are numbered without a gap, and two nodes at once make one.
//! - A head is made without a lock on any chain: chains are read page by page, and what is recorded meanwhile is in this
//!   head or in the next. A chain may be named again without having grown; nothing is lost by that.
//! - Each head goes to every destination that the settings name, at least once and in their order. A destination that is
//!   away is waited for, and then gets all that it has missed.
//! - A database that was restored goes on after the heads that were delivered, if whoever restores it has them, and its next head
//!   says what happened.
//! - What signs is made when it is first needed. Its secret half is sealed by the house's key.

mod deliver;
mod destination;
mod file;
mod key;
mod make;
mod read;
mod restored;

pub use deliver::{DeliverHeads, Porter, deliver_heads, gauge_heads};
pub use destination::Destination;
pub use key::public_keys;
pub use make::make_heads;
pub(super) use make::signed;
pub use read::{head_naming, known_heads};
pub use restored::{TakeOver, take_over_heads};
