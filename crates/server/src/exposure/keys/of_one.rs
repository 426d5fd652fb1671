use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use time_and_chance::{Clock, Time};
use tokio::sync::watch;

use super::{
    Endpoint, KeyFault,
    budget::Budget,
    fetch::{Answered, Failed, fetch},
    missed::Missed,
    stored::{self, Fetched},
};
use crate::exposure::signature::{Partner, PublicKey};

/// After this a set is refreshed when it is used.
const FRESH: Duration = Duration::from_hours(1);
/// Fetches that unknown identifiers may cause at once.
const MOST_AT_ONCE: u32 = 10;
/// After those, one every so long.
const ONE_MORE: Duration = Duration::from_secs(5);
/// The same without an access token, with which GitHub allows 60 requests an hour to all that come from one address:
/// fifteen an hour leave enough for the refreshes, and for a second node.
const ONE_MORE_WITHOUT_TOKEN: Duration = Duration::from_mins(4);
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
struct State {
    known: Option<Fetched>,
    /// How often the endpoint has answered.
    fetches: u64,
    failed_at: Option<Time>,
    search: Option<Search>,
    missed: Missed,
    budget: Budget,
}

/// Closes when the search has ended, however it did.
type Search = watch::Receiver<()>;

/// Why keys are searched for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Refresh,
    UnknownIdentifier,
}

/// What to do about an identifier.
enum Next {
    Serve(Arc<PublicKey>),
    Wait(Search),
    Refuse(KeyFault),
}

impl KeysOfOne {
    pub(super) fn new(partner: Partner, endpoint: Endpoint, around: Arc<Around>) -> Self {
        let one_more = if endpoint.access_token.is_some() { ONE_MORE } else { ONE_MORE_WITHOUT_TOKEN };
        let state = State::new(Budget::new(MOST_AT_ONCE, one_more));
        Self { partner, endpoint, around, state: Mutex::new(state) }
    }

    pub(super) fn partner(&self) -> Partner {
        self.partner
    }

    /// The key of this identifier, searched for if need be.
    pub(super) async fn key(self: &Arc<Self>, identifier: &str) -> Result<Arc<PublicKey>, KeyFault> {
        let searched = async {
            let fetches_before = self.state().fetches;
            for _ in 0..ROUNDS {
                match self.next(identifier, fetches_before) {
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

    fn next(self: &Arc<Self>, identifier: &str, fetches_before: u64) -> Next {
        let when = self.around.clock.now();
        let mut state = self.state();
        if let Some(key) = state.known.as_ref().and_then(|known| known.keys.get(identifier)) {
            if state.is_due(when) {
                self.search(&mut state, Cause::Refresh);
            }
            return Next::Serve(key);
        }
        if let Some(search) = state.search_under_way() {
            return Next::Wait(search);
        }
        if state.fetches > fetches_before {
            // The endpoint has answered while this waited, and not named it.
            state.missed.note(identifier, when);
        }
        if state.missed.has(identifier, when) {
            return Next::Refuse(KeyFault::Unknown);
        }
        if state.has_just_failed(when) || state.budget.is_empty(when) {
            return Next::Refuse(KeyFault::Unavailable);
        }
        Next::Wait(self.search(&mut state, Cause::UnknownIdentifier))
    }

    /// Begins a search in a task of its own, so that it goes on when the request that began it is gone.
    fn search(self: &Arc<Self>, state: &mut State, cause: Cause) -> Search {
        let (under_way, search) = watch::channel(());
        state.search = Some(search.clone());
        let keys = Arc::clone(self);
        tokio::spawn(async move {
            let to_save = keys.look_and_fetch(cause).await;
            // Who waits goes on before the database has it.
            drop(under_way);
            if let Some(fetched) = to_save {
                keys.save(&fetched).await;
            }
        });
        search
    }

    /// Takes the database's set if it is newer, else the endpoint's. Answers what the database should have.
    async fn look_and_fetch(&self, cause: Cause) -> Option<Fetched> {
        if self.take_newer_stored().await {
            return None;
        }
        let when = self.around.clock.now();
        let known = self.state().begin_fetch(cause, when);
        let answered = fetch(&self.around.client, &self.endpoint, known, self.around.patience, when).await;
        self.count(&answered);
        let mut state = self.state();
        match answered {
            Ok(Answered::Anew(fetched) | Answered::Unchanged(fetched)) => {
                state.failed_at = None;
                state.fetches += 1;
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
    fn new(budget: Budget) -> Self {
        Self { known: None, fetches: 0, failed_at: None, search: None, missed: Missed::default(), budget }
    }

    /// Notes that the endpoint is asked now, and answers what is known before.
    fn begin_fetch(&mut self, cause: Cause, when: Time) -> Option<Fetched> {
        if cause == Cause::UnknownIdentifier {
            self.budget.spend(when);
        }
        self.known.clone()
    }

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
}

/// Whether `at` lies less than `span` back. What lies ahead does not: a clock that was put back must not stop the refresh.
pub(super) fn within(span: Duration, at: Time, when: Time) -> bool {
    at <= when && when.since(at) < span
}
