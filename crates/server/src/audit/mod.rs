//! # audit: every change, who, from where, why
//!
//! An entry is written in the change's own transaction, by the verb that makes the change: there is none without the
//! other. Details are JSON of ids and plain facts; never a secret.

mod list;
pub mod ocsf;
mod record;
mod routes;

pub use list::{AuditPage, list, newest};
pub use record::{Actor, Entry, record};
pub use routes::routes;

use crate::ids;

/// The kind of an entry's id.
pub struct AuditEntry;

impl time_and_chance::Kind for AuditEntry {
    const PREFIX: &'static str = "aud";
}

ids::described!(AuditEntry, "AuditId", "An audit entry's id.", "aud_01M6DRMRH02R00K6AGV0VFCXEC");

/// An entry's id.
pub type AuditId = time_and_chance::Id<AuditEntry>;
