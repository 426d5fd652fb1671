//! # exposure: a token that is found in public is dead within seconds
//!
//! - A partner reports leaks in a signed message. Nothing of it is read before its signature holds over the raw bytes.
//! - Each item is judged alone, by the digest of what it contains, whatever type the partner gives it.
//! - A live token is revoked, or warned of, by its workspace's policy; what was ever ours is a true positive; the rest is
//!   a false alarm, and told so.
//! - In one transaction: the sightings, the change of the tokens, the audit, the mails and track events to be sent.
//! - A second report of a dead token adds a sighting and changes nothing else.
//! - What waits is merged into one transaction, and statements grow by hundreds of items, not by item.
//! - Only this capability writes the tables `reports`, `sightings` and `partner_keys`.

mod authentic;
mod deadlines;
mod decide;
mod intake;
mod keys;
mod letters;
mod list;
mod message;
mod pages;
mod room;
mod routes;
mod self_managed;
mod signature;
mod take;
mod tell;
mod writer;

#[doc(hidden)]
pub mod fuzzing;

pub use deadlines::{TellEnded, end_warnings, tell_ended};
pub use decide::Outcome;
pub use intake::{Intake, Office};
pub use keys::{Endpoint, KeyFault, PartnerKeys};
pub use list::{Sighting, SightingPage, list, revoked_since, sightings_of};
pub use message::{Item, Label, Message, Shape};
pub use pages::pages;
pub use room::Room;
pub use routes::routes;
pub use signature::Partner;
#[cfg(test)]
pub(crate) use signature::{KeySet, verify};
pub use tell::{TellOwners, tell_owners};
pub use writer::Writer;

use std::sync::Arc;

use store::Db;
use time_and_chance::Clock;

use crate::config::ExposureSettings;

/// The keys of the partners that the settings name.
pub fn partner_keys(
    db: Db,
    client: outgoing::Client,
    clock: Arc<dyn Clock>,
    settings: &ExposureSettings,
) -> PartnerKeys {
    let access_token = settings.github_access_token.clone();
    let github = Endpoint { url: settings.github_keys_url.clone(), access_token };
    let gitlab =
        settings.gitlab_keys_url.clone().map(|url| (Partner::Gitlab, Endpoint { url, access_token: None }));
    PartnerKeys::new(db, client, clock, std::iter::once((Partner::Github, github)).chain(gitlab))
}
