//! Where reports are merged: whatever waits while a transaction runs is the next transaction. So a single report waits
//! for nothing, and sixty-four at once cost little more than one.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use seal::Vault;
use store::{Db, Fault, Result};
use time_and_chance::{Chance, Clock, Time};
use token_format::Prefixes;
use tokio::sync::oneshot;

use super::{Label, Message, Partner, take};
use crate::{app::Now, config::Policy, telemetry, web::Origin};

/// What taking a report needs.
pub struct Office {
    /// The database.
    pub db: Db,
    /// The keyring.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The dice.
    pub chance: Arc<dyn Chance>,
    /// The prefixes of our tokens.
    pub prefixes: Prefixes,
    /// What happens to a leaked token whose workspace chose nothing.
    pub policy: Policy,
    /// Whether track events are sent anywhere.
    pub tracks: bool,
    /// Who is told that there is something to do.
    pub queue: jobs::Queue,
}

/// An authentic report.
pub struct Report {
    /// Whose.
    pub partner: Partner,
    /// What it says.
    pub message: Message,
    /// When it came.
    pub received_at: Time,
    /// Where from. It is merged with others' and taken by none of their requests.
    pub origin: Option<Arc<Origin>>,
}

struct Waiting {
    report: Report,
    answer: oneshot::Sender<Result<Vec<Label>>>,
}

/// Takes reports, several in one transaction. Clones are the same one.
#[derive(Clone)]
pub struct Intake(Arc<Inside>);

struct Inside {
    office: Office,
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

/// How many items are merged at most; one report may have more.
const MOST_ITEMS: usize = 2_000;
/// How many reports wait at most, while the database is slow. Further ones are sent away, to be sent again.
const MOST_WAITING: usize = 5_000;
/// How often a transaction that gave way to another is tried again.
const TRIES: usize = 10;
/// How long a report that is tried alone waits for a token that somebody holds. It has been waited for once, with the
/// others, and they are not to wait for it again.
const ALONE: Duration = Duration::from_millis(500);

impl Intake {
    /// An intake.
    pub fn new(office: Office) -> Self {
        Self(Arc::new(Inside { office, waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }))
    }

    /// Takes a report: answers the label of each item, in order, once everything about it is committed.
    pub async fn take(&self, report: Report) -> Result<Vec<Label>> {
        let (answer, committed) = oneshot::channel();
        {
            let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() >= MOST_WAITING {
                return Err(Fault::Away("too many reports wait already".to_owned()));
            }
            waiting.push(Waiting { report, answer });
        }
        // In a task of its own: a partner that hangs up must not take others' reports with it.
        let inside = Arc::clone(&self.0);
        tokio::spawn(async move { inside.take_turn().await });
        committed.await.unwrap_or_else(|_| Err(Fault::Away("the report's transaction broke off".to_owned())))
    }
}

impl Inside {
    async fn take_turn(&self) {
        let _turn = self.turn.lock().await;
        let batch = self.next_batch();
        if batch.is_empty() {
            return;
        }
        let (reports, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|one| (one.report, one.answer)).unzip();
        for (answer, labels) in answers.into_iter().zip(self.office.take_all(&reports).await) {
            // Whoever has hung up has their report taken all the same.
            let _ = answer.send(labels);
        }
        self.office.queue.nudge();
    }

    fn next_batch(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut items = 0;
        let fits = waiting.iter().take_while(|one| {
            items += one.report.message.items.len();
            items <= MOST_ITEMS
        });
        let most = fits.count().max(1).min(waiting.len());
        waiting.drain(..most).collect()
    }
}

impl Office {
    /// Takes reports together; when that fails for a reason of one of them, each alone, so that it spoils no other.
    async fn take_all(&self, reports: &[Report]) -> Vec<Result<Vec<Label>>> {
        match self.take_together(reports, None).await {
            Ok(labels) => labels.into_iter().map(Ok).collect(),
            Err(fault) if reports.len() > 1 && !fault.is_away() => {
                let mut answers = Vec::with_capacity(reports.len());
                for report in reports {
                    let one = self.take_together(std::slice::from_ref(report), Some(ALONE)).await;
                    answers.push(one.map(|mut labels| labels.pop().unwrap_or_default()));
                }
                answers
            }
            Err(fault) => reports.iter().map(|_| Err(fault.clone())).collect(),
        }
    }

    async fn take_together(&self, reports: &[Report], rows: Option<Duration>) -> Result<Vec<Vec<Label>>> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_take(reports, rows).await {
                Err(fault) if fault.may_be_retried() && tries < TRIES => {
                    metrics::counter!(telemetry::REPORTS_RETRIED).increment(1);
                }
                Err(fault) => return Err(fault),
                Ok(labels) => {
                    self.note_time(reports);
                    return Ok(labels);
                }
            }
        }
    }

    async fn try_to_take(&self, reports: &[Report], rows: Option<Duration>) -> Result<Vec<Vec<Label>>> {
        let mut tx = self.db.begin().await?;
        if let Some(most) = rows {
            tx.wait_for_rows(most).await?;
        }
        let now = Now { when: self.clock.now(), chance: &*self.chance, vault: &self.vault };
        take::take(tx, self, now, reports).await
    }

    fn note_time(&self, reports: &[Report]) {
        let committed = self.clock.now();
        for report in reports {
            metrics::counter!(telemetry::REPORTS, "partner" => report.partner.as_str()).increment(1);
            metrics::histogram!(telemetry::REPORT_SECONDS)
                .record(committed.since(report.received_at).as_secs_f64());
        }
    }
}
