use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::json;
use store::{Db, Result};
use time_and_chance::{Duration, Time};

use super::{
    Actor, Entry,
    record::{From, record_from},
};
use crate::{app::Now, events::Event, ids::WorkspaceId, telemetry, web::Origin};

/// Something that was refused to a valid key or token.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The caller's own workspace, in whose audit it stands.
    pub workspace: WorkspaceId,
    /// The caller.
    pub actor: Actor,
    /// What was asked for: the method and the pattern of the route.
    pub request: String,
    /// Of what: the id in the path, or else the caller's own.
    pub target: String,
    /// Why, as the answer said it.
    pub code: &'static str,
    /// Where the request came from.
    pub origin: Option<Arc<Origin>>,
}

/// What was refused lately and is not on record yet. Clones are the same.
///
/// It is noted here by the request and written by the server's next round, so that somebody who is refused again and again
/// holds no lock. What a dying process had noted is lost: a second's worth.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<HashMap<Asked, Tally>>>);

/// Who asked for what.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    by: Option<String>,
    request: String,
}

struct Tally {
    refused: Refused,
    count: u64,
    written: Option<Time>,
}

/// Who asks for the same thing again and again gets one entry in this time.
const APART: Duration = Duration::from_mins(1);
/// So many callers and routes are kept at most. What is refused to others meanwhile is only counted.
const MOST: usize = 10_000;

impl Refusals {
    /// Notes that something was refused.
    pub fn note(&self, refused: Refused) {
        metrics::counter!(telemetry::REFUSALS, "code" => refused.code).increment(1);
        let asked = Asked { by: refused.actor.id().map(str::to_owned), request: refused.request.clone() };
        let mut tallies = self.lock();
        if let Some(tally) = tallies.get_mut(&asked) {
            if tally.count == 0 {
                tally.refused = refused;
            }
            tally.count += 1;
        } else if tallies.len() < MOST {
            tallies.insert(asked, Tally { refused, count: 1, written: None });
        }
    }

    /// Those whose turn it is, with how often they were refused; and forgets who was not refused any more.
    fn due(&self, when: Time) -> Vec<(Asked, Refused, u64)> {
        let mut due = Vec::new();
        self.lock().retain(|asked, tally| {
            let is_turn = tally.written.is_none_or(|written| when.since(written) >= APART);
            if is_turn && tally.count > 0 {
                due.push((asked.clone(), tally.refused.clone(), tally.count));
            }
            !is_turn || tally.count > 0
        });
        due
    }

    fn written(&self, when: Time, written: &[(Asked, Refused, u64)]) {
        let mut tallies = self.lock();
        for (asked, _, count) in written {
            if let Some(tally) = tallies.get_mut(asked) {
                tally.count = tally.count.saturating_sub(*count);
                tally.written = Some(when);
            }
        }
    }

    /// What cannot be written is not tried again before the next entry of its kind would be due.
    fn put_off(&self, when: Time, asked: &Asked) {
        if let Some(tally) = self.lock().get_mut(asked) {
            tally.written = Some(when);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Asked, Tally>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many are written in one transaction.
const AT_ONCE: usize = 500;

/// Writes down what was refused since the last time, in the audit of each caller's own workspace. What cannot be
/// written, as where the workspace's key does not open, is told of and holds up nothing else; where the fault will pass,
/// the rest is left for the next time.
pub async fn record_refused(db: &Db, now: Now<'_>, refusals: &Refusals) -> Result<()> {
    for some in refusals.due(now.when).chunks(AT_ONCE) {
        match write(db, now, some).await {
            Ok(()) => refusals.written(now.when, some),
            Err(fault) if fault.is_passing() => return Err(fault),
            Err(_) => one_by_one(db, now, refusals, some).await?,
        }
    }
    Ok(())
}

/// One of them cannot be written: the others are.
async fn one_by_one(
    db: &Db,
    now: Now<'_>,
    refusals: &Refusals,
    some: &[(Asked, Refused, u64)],
) -> Result<()> {
    for one in some {
        match write(db, now, std::slice::from_ref(one)).await {
            Ok(()) => refusals.written(now.when, std::slice::from_ref(one)),
            Err(fault) if fault.is_passing() => return Err(fault),
            Err(fault) => {
                let (asked, refused, _) = one;
                tracing::error!(workspace = %refused.workspace, %fault, "a refusal cannot be put on record");
                refusals.put_off(now.when, asked);
            }
        }
    }
    Ok(())
}

async fn write(db: &Db, now: Now<'_>, some: &[(Asked, Refused, u64)]) -> Result<()> {
    let entries: Vec<(Entry<'_>, From<'_>)> = some
        .iter()
        .map(|(_, refused, count)| {
            let details = json!({"request": refused.request, "code": refused.code, "count": count});
            let entry = Entry {
                workspace: Some(&refused.workspace),
                actor: &refused.actor,
                event: Event::RequestRefused,
                target: &refused.target,
                details,
            };
            (entry, refused.origin.as_deref())
        })
        .collect();
    let mut tx = db.begin().await?;
    record_from(&mut tx, now, &entries).await?;
    tx.commit().await
}
