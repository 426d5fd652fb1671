//! # audit: every change, who, from where, why
//!
//! - An entry is written in the change's own transaction, by the verb that makes the change: there is none without the
//!   other.
//! - Each workspace has a chain of its own, and what belongs to none is in `house`. An entry covers the one before it, so
//!   none can be changed, taken out or moved without it showing (`crates/chain`).
//! - The chain covers a salted commitment to the details. These lie apart, so that they can be sealed anew or erased, and the
//!   chain still holds. They are JSON of ids and plain facts; never a secret.
//! - A chain's row is locked from an entry's writing to the commit: it is the last thing that a transaction locks, and
//!   several are locked in the order of their names.
//! - Refused attempts of a valid key are on record too, a few a minute; those of nobody are only counted.

mod actor;
mod adopt;
mod append;
mod details;
mod export;
mod format;
mod heads;
mod list;
pub mod ocsf;
mod record;
mod refused;
mod routes;
mod stored;
mod stream;
mod verify;
mod webhook;

pub use actor::Actor;
pub use adopt::adopt;
pub use export::{ExportFault, Exported, export};
pub use heads::{
    DeliverHeads, Destination, Porter, TakeOver, deliver_heads, gauge_heads, head_naming, known_heads,
    make_heads, public_keys, take_over_heads,
};
pub use list::{AuditPage, Filter, Listed, list, newest};
pub use record::{Entry, From, record, record_from};
pub use refused::{Refusals, Refused, record_refused};
pub use routes::routes;
pub use stream::{Stream, Turn, deliver_entries, note_unnoted, oldest_undelivered};
pub use verify::verify;

use crate::ids::{self, WorkspaceId};

/// The kind of an entry's id.
pub struct AuditEntry;

impl time_and_chance::Kind for AuditEntry {
    const PREFIX: &'static str = "aud";
}

ids::described!(AuditEntry, "AuditId", "An audit entry's id.", "aud_01M6DRMRH02R00K6AGV0VFCXEC");

/// An entry's id.
pub type AuditId = time_and_chance::Id<AuditEntry>;

/// The tables that are only ever read and appended to.
pub const APPEND_ONLY: [&str; 2] = ["audit_entries", "audit_heads"];

/// The chain of what belongs to no workspace.
pub const HOUSE: &str = chain::HOUSE;

/// The chain of a workspace.
fn chain_of(workspace: Option<&WorkspaceId>) -> &str {
    workspace.map_or(HOUSE, WorkspaceId::as_str)
}
