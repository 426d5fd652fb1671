use std::{future::Future, pin::Pin, sync::Arc};

use seal::Vault;
use store::{Db, Result};
use time_and_chance::{Chance, Clock, Duration, Time};
use tokio::sync::{Notify, watch};

use crate::{Claimed, Outcome, Task, claim::claim, settle::settle};

/// How a kind of task is worked off.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How many are taken at once.
    pub batch: i64,
    /// How long a batch may take; what is not settled by then is anybody's again.
    pub lease: Duration,
    /// How long a task is tried before it is parked.
    pub patience: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        // Somewhat over a day: a mail server that is down from one evening to the next is waited for.
        Self { batch: 100, lease: Duration::from_mins(1), patience: Duration::from_hours(26) }
    }
}

type Work =
    dyn Fn(Time, Vec<Claimed<String>>) -> Pin<Box<dyn Future<Output = Vec<Outcome>> + Send>> + Send + Sync;

struct Kind {
    name: &'static str,
    terms: Terms,
    work: Box<Work>,
    wake: Notify,
}

/// The kinds of tasks there are, and who works them off.
#[derive(Clone)]
pub struct Queue {
    db: Db,
    vault: Vault,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    kinds: Arc<Vec<Kind>>,
}

/// How long a worker waits before it looks again on its own: other nodes' tasks and retries make no noise here.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Queue {
    /// A queue that works off nothing yet.
    pub fn new(db: Db, vault: Vault, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        Self { db, vault, clock, chance, kinds: Arc::default() }
    }

    /// Adds a kind and what does it: `work` gets the time and a batch, and answers an outcome for each, in order.
    ///
    /// # Panics
    /// When the queue is already shared.
    #[must_use]
    pub fn on<T, F>(
        mut self,
        terms: Terms,
        work: impl Fn(Time, Vec<Claimed<T>>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        T: Task,
        F: Future<Output = Vec<Outcome>> + Send + 'static,
    {
        let work = Box::new(move |when, raw: Vec<Claimed<String>>| {
            let read: Vec<_> = raw.into_iter().map(read::<T>).collect();
            let (good, places): (Vec<_>, Vec<_>) = split(read);
            let answers = work(when, good);
            Box::pin(async move { merge(places, answers.await) }) as Pin<Box<dyn Future<Output = _> + Send>>
        });
        let kind = Kind { name: T::KIND, terms, work, wake: Notify::new() };
        Arc::get_mut(&mut self.kinds).expect("kinds are added before the queue is shared").push(kind);
        self
    }

    /// The names of its kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.iter().map(|kind| kind.name)
    }

    /// Tells the workers of this process that there is something to do. Call it after the commit.
    pub fn nudge(&self) {
        for kind in self.kinds.iter() {
            kind.wake.notify_one();
        }
    }

    /// Does everything that is due, and what that makes due, and answers how many tries that were.
    pub async fn work_off(&self) -> Result<usize> {
        let mut tries = 0;
        loop {
            let before = tries;
            for kind in self.kinds.iter() {
                tries += self.work_off_kind(kind, None).await?;
            }
            if tries == before {
                return Ok(tries);
            }
        }
    }

    /// Works until `stop` says so, then finishes the batches that were begun.
    pub async fn serve(self, stop: watch::Receiver<bool>) {
        let workers: Vec<_> = (0..self.kinds.len())
            .map(|at| tokio::spawn(Self::serve_kind(self.clone(), at, stop.clone())))
            .collect();
        for worker in workers {
            if let Err(error) = worker.await {
                tracing::error!(%error, "a job worker ended by panic");
            }
        }
    }

    async fn serve_kind(self, at: usize, mut stop: watch::Receiver<bool>) {
        let kind = &self.kinds[at];
        while !*stop.borrow() {
            match self.work_off_kind(kind, Some(&stop)).await {
                Ok(0) => {}
                // What was done may have asked for more: a letter that was written is to be sent.
                Ok(_) => self.nudge(),
                Err(fault) => tracing::warn!(kind = kind.name, %fault, "the queue is out of reach"),
            }
            tokio::select! {
                _ = tokio::time::timeout(LOOK_AGAIN, kind.wake.notified()) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Batch after batch until nothing is due, or until `stop` says so: what isn't begun waits for the next start.
    async fn work_off_kind(&self, kind: &Kind, stop: Option<&watch::Receiver<bool>>) -> Result<usize> {
        let mut tries = 0;
        loop {
            if stop.is_some_and(|stop| *stop.borrow()) {
                return Ok(tries);
            }
            let when = self.clock.now();
            let jobs =
                claim(&self.db, &self.vault, kind.name, when, kind.terms.lease, kind.terms.batch).await?;
            if jobs.is_empty() {
                return Ok(tries);
            }
            tries += jobs.len();
            let outcomes = self.run(kind, when, &jobs).await;
            let batch: Vec<_> = jobs.into_iter().zip(outcomes).collect();
            let (until, chance) = (when.plus(kind.terms.lease), &*self.chance);
            let settled =
                settle(&self.db, self.clock.now(), until, kind.terms.patience, chance, &batch).await?;
            metrics::counter!("bailiwick_jobs_done_total", "kind" => kind.name).increment(settled.done);
            metrics::counter!("bailiwick_jobs_retried_total", "kind" => kind.name).increment(settled.retried);
        }
    }

    /// A batch that takes nearly as long as its lease is broken off: another worker may soon begin it anew. One that
    /// panics is tried again like any other that failed.
    async fn run(&self, kind: &Kind, when: Time, jobs: &[Claimed<String>]) -> Vec<Outcome> {
        let all = |why: &str| vec![Outcome::retry(why); jobs.len()];
        let mut task = tokio::spawn((kind.work)(when, jobs.to_vec()));
        match tokio::time::timeout(kind.terms.lease.mul_f32(0.9), &mut task).await {
            Ok(Ok(outcomes)) => outcomes,
            Ok(Err(_)) => all("the job panicked"),
            Err(_) => {
                task.abort();
                all("took longer than its lease")
            }
        }
    }
}

fn read<T: Task>(job: Claimed<String>) -> Option<Claimed<T>> {
    let task = serde_json::from_str(&job.task).ok()?;
    Some(Claimed {
        id: job.id,
        attempt: job.attempt,
        created_at: job.created_at,
        first_tried_at: job.first_tried_at,
        task,
    })
}

/// Those that could be read, and for each place whether it could.
fn split<T>(read: Vec<Option<T>>) -> (Vec<T>, Vec<bool>) {
    let places = read.iter().map(Option::is_some).collect();
    (read.into_iter().flatten().collect(), places)
}

fn merge(places: Vec<bool>, answers: Vec<Outcome>) -> Vec<Outcome> {
    let mut answers = answers.into_iter();
    // During an upgrade a node of the newer version may know it.
    let unread = || Outcome::retry("its payload is not of the form that this version knows");
    let missing = || Outcome::retry("the worker gave no answer");
    places.into_iter().map(|ok| if ok { answers.next().unwrap_or_else(missing) } else { unread() }).collect()
}
