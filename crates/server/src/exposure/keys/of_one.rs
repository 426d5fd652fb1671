use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use time_and_chance::{Clock, Time};
use tokio::sync::watch;

use super::{
    Endpoint, KeyFault,
    fetch::{Answered, Failed, fetch},
    stored::{self, Fetched},
};
use crate::exposure::signature::{Partner, PublicKey};

/// After this a set is refreshed when it is used.
const FRESH: Duration = Duration::from_hours(1);
/// After a fetch, unknown identifiers are unknown for this long.
const PAUSE: Duration = Duration::from_secs(10);
/// The same without an access token, with which GitHub allows 60 requests an hour: strangers who make up identifiers are
/// not to use them up before a new key's first message comes.
const PAUSE_WITHOUT_TOKEN: Duration = Duration::from_mins(2);
const GITHUB: &str = "https://api.github.com/";
/// After a fetch that failed, no other begins for this long.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// After a fetch that failed, a set that serves is not refreshed for this long: an endpoint that limits its callers is not
/// to be pressed for what nobody waits for.
const PAUSE_AFTER_FAILED_REFRESH: Duration = Duration::from_mins(1);
/// Searches that a request waits for at most. Two is what it takes: one finds another node's set, one asks the endpoint.
const ROUNDS: usize = 4;
/// Which part of the patience a search gives to the database before it asks the endpoint: a second of five.
const DATABASE_SHARE: u32 = 5;

/// The keys of one partner.
pub(super) struct KeysOfOne {
    partner: Partner,
    endpoint: Endpoint,
    around: Arc<Around>,
    state: Mutex<State>,
}

/// What a search needs, the same for all partners.
pub(super) struct Around {
    pub(super) db: store::Db,
    pub(super) client: outgoing::Client,
    pub(super) clock: Arc<dyn Clock>,
    /// How long a request waits, and a fetch takes, at most.
    pub(super) patience: Duration,
}

/// Locked for a look or a change only, never across a wait.
#[derive(Default)]
struct State {
    known: Option<Fetched>,
    failed_at: Option<Time>,
    search: Option<Search>,
}

/// Closes when the search has ended, however it did.
type Search = watch::Receiver<()>;

/// What to do about an identifier.
enum Next {
    Serve(Arc<PublicKey>),
    Wait(Search),
    Refuse(KeyFault),
}

impl KeysOfOne {
    /// How long unknown identifiers are unknown after a fetch.
    fn pause(&self) -> Duration {
        let is_limited = self.endpoint.access_token.is_none() && self.endpoint.url.starts_with(GITHUB);
        if is_limited { PAUSE_WITHOUT_TOKEN } else { PAUSE }
    }

    pub(super) fn new(partner: Partner, endpoint: Endpoint, around: Arc<Around>) -> Self {
        Self { partner, endpoint, around, state: Mutex::default() }
    }

    pub(super) fn partner(&self) -> Partner {
        self.partner
    }

    /// The key of this identifier, searched for if need be.
    pub(super) async fn key(self: &Arc<Self>, identifier: &str) -> Result<Arc<PublicKey>, KeyFault> {
        let searched = async {
            for _ in 0..ROUNDS {
                match self.next(identifier) {
                    Next::Serve(key) => return Ok(key),
                    Next::Refuse(fault) => return Err(fault),
                    // Nothing is ever sent: this waits for the end. Then the rules are asked again, as the set may have
                    // come from the database and still lack the key.
                    Next::Wait(mut search) => drop(search.changed().await),
                }
            }
            Err(KeyFault::Unavailable)
        };
        tokio::time::timeout(self.around.patience, searched).await.unwrap_or(Err(KeyFault::Unavailable))
    }

    fn next(self: &Arc<Self>, identifier: &str) -> Next {
        let when = self.around.clock.now();
        let mut state = self.state();
        if let Some(key) = state.known.as_ref().and_then(|known| known.keys.get(identifier)) {
            if state.is_due(when) {
                self.search(&mut state);
            }
            return Next::Serve(key);
        }
        if let Some(search) = state.search_under_way() {
            return Next::Wait(search);
        }
        if state.has_just_failed(when) {
            return Next::Refuse(KeyFault::Unavailable);
        }
        if state.was_just_fetched(self.pause(), when) {
            return Next::Refuse(KeyFault::Unknown);
        }
        Next::Wait(self.search(&mut state))
    }

    /// Begins a search in a task of its own, so that it goes on when the request that began it is gone.
    fn search(self: &Arc<Self>, state: &mut State) -> Search {
        let (under_way, search) = watch::channel(());
        state.search = Some(search.clone());
        let keys = Arc::clone(self);
        tokio::spawn(async move {
            let to_save = keys.look_and_fetch().await;
            // Who waits goes on before the database has it.
            drop(under_way);
            if let Some(fetched) = to_save {
                keys.save(&fetched).await;
            }
        });
        search
    }

    /// Takes the database's set if it is newer, else the endpoint's. Answers what the database should have.
    async fn look_and_fetch(&self) -> Option<Fetched> {
        if self.take_newer_stored().await {
            return None;
        }
        let known = self.state().known.clone();
        let when = self.around.clock.now();
        let answered = fetch(&self.around.client, &self.endpoint, known, self.around.patience, when).await;
        self.count(&answered);
        let mut state = self.state();
        match answered {
            Ok(Answered::Anew(fetched) | Answered::Unchanged(fetched)) => {
                state.failed_at = None;
                state.known = Some(fetched.clone());
                Some(fetched)
            }
            Err(error) => {
                state.failed_at = Some(self.around.clock.now());
                drop(state);
                tracing::warn!(partner = self.partner.as_str(), %error, "the partner's keys could not be fetched");
                None
            }
        }
    }

    async fn take_newer_stored(&self) -> bool {
        let loading = stored::load(&self.around.db, self.partner, &self.endpoint.url);
        let stored = match tokio::time::timeout(self.around.patience / DATABASE_SHARE, loading).await {
            Ok(Ok(stored)) => stored,
            Ok(Err(error)) => {
                tracing::warn!(partner = self.partner.as_str(), %error, "the partner's stored keys could not be read");
                None
            }
            Err(_) => None,
        };
        let mut state = self.state();
        let newer = stored.filter(|stored| state.known.as_ref().is_none_or(|known| known.at < stored.at));
        let found = newer.is_some();
        if found {
            state.known = newer;
        }
        found
    }

    async fn save(&self, fetched: &Fetched) {
        if let Err(error) = stored::save(&self.around.db, self.partner, &self.endpoint.url, fetched).await {
            // They are in memory; the next refresh saves them.
            tracing::warn!(partner = self.partner.as_str(), %error, "the partner's keys could not be stored");
        }
    }

    fn count(&self, answered: &Result<Answered, Failed>) {
        let result = match answered {
            Ok(Answered::Anew(fetched)) => {
                let (keys, left_out) = (fetched.keys.len(), fetched.keys.left_out());
                tracing::info!(
                    partner = self.partner.as_str(),
                    keys,
                    left_out,
                    "the partner's keys were fetched"
                );
                "ok"
            }
            Ok(Answered::Unchanged(_)) => "not_modified",
            Err(_) => "failed",
        };
        metrics::counter!("bailiwick_key_refreshes_total", "partner" => self.partner.as_str(), "result" => result)
            .increment(1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn search_under_way(&self) -> Option<Search> {
        // An error says that the task has let go of its end: it is over, or it panicked.
        self.search.clone().filter(|search| search.has_changed().is_ok())
    }

    fn is_due(&self, when: Time) -> bool {
        let is_fresh = self.known.as_ref().is_some_and(|known| within(FRESH, known.at, when));
        let has_failed = self.failed_at.is_some_and(|at| within(PAUSE_AFTER_FAILED_REFRESH, at, when));
        !is_fresh && !has_failed && self.search_under_way().is_none()
    }

    fn has_just_failed(&self, when: Time) -> bool {
        self.failed_at.is_some_and(|at| within(PAUSE_AFTER_FAILURE, at, when))
    }

    fn was_just_fetched(&self, pause: Duration, when: Time) -> bool {
        self.known.as_ref().is_some_and(|known| within(pause, known.at, when))
    }
}

/// Whether `at` lies less than `span` back. What lies ahead does not: a clock that was put back must not stop the refresh.
fn within(span: Duration, at: Time, when: Time) -> bool {
    at <= when && when.since(at) < span
}
