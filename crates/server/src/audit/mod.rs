//! # audit: every change, who, from where, why
//!
//! An entry is written in the change's own transaction, by the verb that makes the change: there is none without the
//! other. Details are JSON of ids and plain facts; never a secret.

mod list;
mod record;
mod routes;

pub use list::{AuditPage, list, newest};
pub use record::{Actor, Entry, record};
pub use routes::routes;

/// The kind of an entry's id.
pub struct AuditEntry;

impl time_and_chance::Kind for AuditEntry {
    const PREFIX: &'static str = "aud";
}

/// An entry's id.
pub type AuditId = time_and_chance::Id<AuditEntry>;
