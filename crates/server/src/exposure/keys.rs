//! The partners' public keys: in memory, in the database, at the partner's endpoint.
//!
//! The rules:
//!
//! 1. A key in memory serves at once. A set older than an hour is refreshed in the background, not in a request's way.
//! 2. A key that memory lacks is looked for in the database, where another node or an earlier run may have put it, and
//!    then at the endpoint. However many requests wait, there is one such search at a time; it runs in a task of its own,
//!    and nobody waits longer for it than five seconds.
//! 3. Anyone can name a key that doesn't exist. An identifier that a search did not find is unknown, without another
//!    search, for ten seconds; each further search in vain doubles that, up to ten minutes. One that was not searched for
//!    gets its search, however lately another caused one: it may be the key that the partner has just begun to use.
//!    Such searches share a budget: ten fetches at once, then one every five seconds; without an access token, one every
//!    four minutes. Once it is spent, an identifier that was not searched for is not unknown: nobody can say, so it is to
//!    be sent again. Refreshes do not count. Within five seconds of a fetch that failed, nobody waits for the next.
//! 4. An endpoint that is down, slow or answers nonsense takes nothing away: the last good set stays, across restarts, and
//!    its refresh is tried again after a minute.
//! 5. `ETag` and `If-None-Match`: an unchanged set is not sent again. (GitHub does not count such a request against an
//!    access token's rate limit. Without a token it allows 60 requests an hour, of which rule 3 leaves some.)
//!
//! Sources: GitHub, "Secret scanning partner program" (keys, rate limits) and "Best practices for using the REST API"
//! (conditional requests); GitLab, "Automatic response to leaked secrets" (keys and their rotation).

use std::{fmt, sync::Arc, time::Duration};

use time_and_chance::Clock;

use super::signature::{Partner, PublicKey};
use crate::config::Hidden;

mod budget;
mod fetch;
mod missed;
mod of_one;
mod stored;
#[cfg(test)]
mod tests;

use of_one::{Around, KeysOfOne};

/// How long a request waits for a key at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a partner's keys are.
#[derive(Clone)]
pub struct Endpoint {
    /// The absolute URL of its list of keys.
    pub url: String,
    /// An access token for it, which raises the partner's rate limit.
    pub access_token: Option<Hidden>,
}

/// Hides the access token.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// No endpoint is set for this partner: nobody has enrolled with it.
    #[error("not enrolled with this partner")]
    NotEnrolled,
    /// The partner lists no such key.
    #[error("the partner lists no such key")]
    Unknown,
    /// Nobody can say: the key is not known yet, and the partner does not answer or may not be asked at the moment.
    #[error("the partner's keys are out of reach")]
    Unavailable,
}

/// The keys of all partners. Clones share them.
#[derive(Clone)]
pub struct PartnerKeys(Arc<[Arc<KeysOfOne>]>);

impl PartnerKeys {
    /// The keys of the partners that have an endpoint. Nothing is fetched before the first message.
    pub fn new(
        db: store::Db,
        client: outgoing::Client,
        clock: Arc<dyn Clock>,
        endpoints: impl IntoIterator<Item = (Partner, Endpoint)>,
    ) -> Self {
        Self::around(Around { db, client, clock, patience: PATIENCE }, endpoints)
    }

    fn around(around: Around, endpoints: impl IntoIterator<Item = (Partner, Endpoint)>) -> Self {
        let around = Arc::new(around);
        let keys = |(partner, endpoint)| Arc::new(KeysOfOne::new(partner, endpoint, Arc::clone(&around)));
        Self(endpoints.into_iter().map(keys).collect())
    }

    /// The partner's key of this identifier.
    pub async fn key(&self, partner: Partner, identifier: &str) -> Result<Arc<PublicKey>, KeyFault> {
        let keys = self.0.iter().find(|keys| keys.partner() == partner).ok_or(KeyFault::NotEnrolled)?;
        keys.key(identifier).await
    }
}

/// Shows whose keys these are.
impl fmt::Debug for PartnerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|keys| keys.partner())).finish()
    }
}
