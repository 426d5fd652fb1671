use ::jobs::{Claimed, JobId, Outcome, Task as _, Terms};
use chain::SignedHead;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use store::{Db, Result, args};
use time_and_chance::{Duration, Time};

use super::{
    super::webhook::NotTaken,
    Destination,
    read::{Kept, heads_after},
};
use crate::{
    app::App,
    jobs::{Pace, goes_on},
    telemetry,
};

/// Deliver what destinations have not had yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliverHeads {}

impl ::jobs::Task for DeliverHeads {
    const KIND: &'static str = "deliver_heads";
}

/// What delivering needs.
#[derive(Clone)]
pub struct Porter {
    /// The database.
    pub db: Db,
    /// The way out.
    pub client: outgoing::Client,
    /// Where to.
    pub destinations: Vec<Destination>,
}

/// Who is busy with a destination has it for this long: as long as a job has.
const LEASE: Duration = Duration::from_mins(1);
/// How long somebody waits who finds another busy with a destination.
const BUSY: Duration = Duration::from_secs(30);

const BEGIN: &str = "
    INSERT INTO audit_deliveries (destination, delivered) VALUES ($1, 0) ON CONFLICT (destination) DO NOTHING";
// One at a time, so that heads arrive in their order. What lies further ahead than it can was written before the clock
// was put back.
const CLAIM: &str = "
    UPDATE audit_deliveries SET claimed_until = $3
    WHERE destination = $1 AND (claimed_until IS NULL OR claimed_until <= $2 OR claimed_until > $3)
    RETURNING delivered";
const DELIVERED: &str =
    "UPDATE audit_deliveries SET delivered = $3 WHERE destination = $1 AND claimed_until = $2";
const LEAVE: &str = "
    UPDATE audit_deliveries SET claimed_until = NULL WHERE destination = $1 AND claimed_until = $2";
// One that says to be of the future tells nothing about how long ago there was one.
const NEWEST: &str = "
    SELECT at FROM audit_heads WHERE number > 0 AND number <= 9223372036854775807 AND at <= $1
    ORDER BY number DESC LIMIT 1";
// While there is no head, as long as something could have been in one.
const FIRST_ENTRY: &str = "SELECT at FROM audit_entries WHERE id > '' AND at <= $1 ORDER BY id LIMIT 1";
// What is noted as delivered and is more than there is counts as nothing. On SQLite a text is greater than every number.
const NEWEST_NUMBER: &str = "
    SELECT COALESCE(MAX(number), 0) AS number FROM audit_heads WHERE number > 0 AND number <= 9223372036854775807";
const WAITING: &str = "
    SELECT at FROM audit_heads
    WHERE number > (
        SELECT COALESCE(MAX(delivered), 0) FROM audit_deliveries
        WHERE destination = $1 AND delivered > 0 AND delivered <= (
            SELECT MAX(number) FROM audit_heads WHERE number > 0 AND number <= 9223372036854775807))
    ORDER BY number LIMIT 1";

/// Brings each destination up to the newest head. All jobs ask for the same, whenever they were enqueued: what one cannot do is left
/// to the latest, and only that goes on.
pub async fn deliver_heads(porter: Porter, when: Time, jobs: Vec<Claimed<DeliverHeads>>) -> Vec<Outcome> {
    let all = porter.destinations.iter().map(|destination| porter.deliver_to(destination, when));
    let outcomes = join_all(all).await;
    let failed = outcomes.into_iter().find(|outcome| *outcome != Outcome::Done);
    let latest = jobs.iter().map(|job| &job.id).max();
    let outcome = match (failed, latest) {
        (Some(failed), Some(latest)) => porter.left_to_later(failed, latest).await,
        (Some(failed), None) => failed,
        (None, _) => porter.all_is_delivered().await,
    };
    let of = |job: &Claimed<DeliverHeads>| {
        if Some(&job.id) == latest { outcome.clone() } else { Outcome::Done }
    };
    jobs.iter().map(of).collect()
}

impl Porter {
    /// What becomes of a job that did not get to its end: a later one, which there is every hour, has all of its patience yet.
    async fn left_to_later(&self, outcome: Outcome, job: &JobId) -> Outcome {
        // What goes on at once is not to wait for the pauses of a later one.
        let goes_on = outcome == goes_on();
        let is_later =
            !goes_on && ::jobs::is_there_a_later(&self.db, DeliverHeads::KIND, job).await.unwrap_or_default();
        if is_later { Outcome::Done } else { outcome }
    }

    /// Nothing is left to do for any job, given up or not.
    async fn all_is_delivered(&self) -> Outcome {
        let ended = ::jobs::end_parked(&self.db, DeliverHeads::KIND).await;
        ended.map_or_else(|fault| Outcome::retry(fault.to_string()), |()| Outcome::Done)
    }

    async fn deliver_to(&self, destination: &Destination, when: Time) -> Outcome {
        let (name, until) = (destination.name(), when.plus(LEASE));
        let outcome = async {
            let Some(delivered) = self.claim(destination, &name, when, until).await? else {
                let why = format!("another delivers to the {}", destination.kind());
                return Ok(Outcome::Retry { why, after: Some(BUSY) });
            };
            let outcome = self.catch_up(destination, when, &name, until, delivered).await;
            self.write(LEAVE, args![&name, until]).await?;
            outcome
        };
        outcome.await.unwrap_or_else(|fault: store::Fault| Outcome::retry(fault.to_string()))
    }

    /// The number of the head that it has had last; nothing while another is busy with it.
    async fn claim(
        &self,
        destination: &Destination,
        name: &str,
        when: Time,
        until: Time,
    ) -> Result<Option<i64>> {
        let mut tx = self.db.begin().await?;
        tx.execute(BEGIN, args![name]).await?;
        let claimed = tx.row(CLAIM, args![name, when, until]).await?;
        let newest = tx.row(NEWEST_NUMBER, args![]).await?;
        tx.commit().await?;
        let Some(claimed) = claimed else { return Ok(None) };
        let delivered: i64 = claimed.get("delivered")?;
        let newest: i64 = newest.map_or(Ok(0), |row| row.get("number"))?;
        if delivered <= newest {
            return Ok(Some(delivered.max(0)));
        }
        // We count no further than there are heads: whoever wrote that wants none to get outside.
        tracing::error!(
            destination = destination.kind(),
            delivered,
            newest,
            "more heads of the audit are noted as delivered than there are: all are delivered anew"
        );
        Ok(Some(0))
    }

    async fn catch_up(
        &self,
        destination: &Destination,
        when: Time,
        name: &str,
        until: Time,
        mut delivered: i64,
    ) -> Result<Outcome> {
        let mut pace = Pace::of(Pace::length(Terms { lease: LEASE, ..Terms::default() }));
        loop {
            let heads = heads_after(&self.db, delivered).await?;
            if heads.is_empty() {
                return Ok(Outcome::Done);
            }
            for head in heads {
                if !pace.allows_a_step() {
                    return Ok(goes_on());
                }
                if head.number <= delivered {
                    // It would come again and again: SQLite has what is no number behind all numbers.
                    tracing::error!(
                        destination = destination.kind(),
                        head = delivered,
                        "what stands after a head of the audit has no number, and is not delivered"
                    );
                    return Ok(Outcome::retry("a head has no number: it was written by hand"));
                }
                if let Err(not_taken) = self.hand_over(destination, when, &head).await {
                    let NotTaken { why, wait, .. } = not_taken;
                    tracing::warn!(
                        destination = destination.kind(),
                        head = head.number,
                        why,
                        "a head of the audit could not be delivered"
                    );
                    let why = format!("head {} to the {}: {why}", head.number, destination.kind());
                    return Ok(Outcome::Retry { why, after: wait });
                }
                delivered = head.number;
                if self.write(DELIVERED, args![name, until, delivered]).await? == 0 {
                    // It took too long, and is another's by now.
                    return Ok(Outcome::Retry { why: "the claim ran out".to_owned(), after: Some(BUSY) });
                }
                metrics::counter!(telemetry::HEADS_DELIVERED, "destination" => destination.kind())
                    .increment(1);
            }
        }
    }

    async fn hand_over(
        &self,
        destination: &Destination,
        when: Time,
        kept: &Kept,
    ) -> std::result::Result<(), NotTaken> {
        let Ok(head) = SignedHead::parse(&kept.line) else {
            return Err(NotTaken::because("what the database has is no head: it was changed"));
        };
        destination.take(&self.client, when, &head).await
    }

    async fn write(&self, statement: &'static str, args: Vec<store::Arg>) -> Result<u64> {
        let mut tx = self.db.begin().await?;
        let changed = tx.execute(statement, args).await?;
        tx.commit().await?;
        Ok(changed)
    }
}

/// Sets how old the newest head is, and how long the oldest has waited for each destination. When the database is away, the rest is
/// still told.
pub async fn gauge_heads(app: &App) {
    let when = app.clock.now();
    for since in [NEWEST, FIRST_ENTRY] {
        let Ok(row) = app.db.row(since, args![when]).await else { return };
        if let Some(at) = row.and_then(|row| row.get::<Time>("at").ok()) {
            metrics::gauge!(telemetry::HEAD_AGE).set(when.since(at).as_secs_f64());
            break;
        }
    }
    for destination in Destination::all(&app.settings.audit) {
        let Ok(row) = app.db.row(WAITING, args![destination.name()]).await else { return };
        let waits = row.and_then(|row| row.get::<Time>("at").ok()).map(|at| when.since(at).as_secs_f64());
        metrics::gauge!(telemetry::HEADS_OLDEST, "destination" => destination.kind())
            .set(waits.unwrap_or_default());
    }
}
