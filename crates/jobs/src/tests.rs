use std::{collections::HashSet, sync::Arc};

use seal::{Root, Source, Vault};
use serde::Deserialize;
use store::{Db, Migration, Options};
use tempfile::TempDir;
use test_database::Database;
use time_and_chance::{Clock as _, Duration, FixedClock, SeededChance, Time};

use super::*;
use crate::{claim::claim, settle::settle};

const STEPS: &[Migration] = &[
    step(1, include_str!("../../../migrations/0001_house.sql")),
    step(2, include_str!("../../../migrations/0002_seen_prefixes_and_indexes.sql")),
    step(3, include_str!("../../../migrations/0003_sealing.sql")),
    step(4, include_str!("../../../migrations/0004_readable_columns_gone.sql")),
];

const fn step(number: i64, sql: &'static str) -> Migration {
    Migration { number, name: "a step", oldest: 1, sql }
}

const LEASE: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_hours(1);

#[derive(Debug, Serialize, Deserialize)]
struct Knock {
    number: usize,
}

impl Task for Knock {
    const KIND: &'static str = "knock";
}

struct World {
    db: Db,
    vault: Vault,
    clock: FixedClock,
    chance: Arc<SeededChance>,
    database: Database,
    _folder: TempDir,
}

/// A keyring of the test's own.
async fn vault(db: &Db, when: Time, chance: &SeededChance) -> Vault {
    let source = Source::Given(vec![Root::new(chance)]);
    let mut prepared = seal::prepare(db, seal::Tables::Earlier, source, chance).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let vault = prepared.establish(&mut tx, when).await.unwrap();
    tx.commit().await.unwrap();
    vault
}

impl World {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let database = Database::fresh(folder.path());
        let db = Db::open(&database.url, Options::default()).await.unwrap();
        let clock = FixedClock::at("2026-11-23T12:00:00Z".parse().unwrap());
        store::migrate(&db, clock.now(), STEPS).await.unwrap();
        let chance = Arc::new(SeededChance::new(1));
        let vault = vault(&db, clock.now(), &chance).await;
        Self { db, vault, clock, chance, database, _folder: folder }
    }

    /// Another worker's way to the same database.
    async fn other(&self) -> Db {
        Db::open(&self.database.url, Options::default()).await.unwrap()
    }

    async fn enqueue(&self, count: usize) {
        let mut tx = self.db.begin().await.unwrap();
        let knocks: Vec<_> = (0..count).map(|number| Knock { number }).collect();
        enqueue(&mut tx, &self.vault, self.clock.now(), &*self.chance, &knocks).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn claim(&self) -> Vec<Claimed<String>> {
        claim(&self.db, &self.vault, Knock::KIND, self.clock.now(), LEASE, 100).await.unwrap()
    }

    async fn settle(&self, claimed_at: Time, jobs: &[Claimed<String>], outcome: &Outcome) {
        let batch: Vec<_> = jobs.iter().map(|job| (job.clone(), outcome.clone())).collect();
        let until = claimed_at.plus(LEASE);
        settle(&self.db, self.clock.now(), until, PATIENCE, &*self.chance, &batch).await.unwrap();
    }

    async fn listed(&self) -> Vec<Listed> {
        list(&self.db, None, 100).await.unwrap()
    }

    /// A queue that does every knock so.
    fn queue(&self, outcome: impl Fn() -> Outcome + Send + Sync + 'static) -> Queue {
        let (terms, outcome) = (Terms { patience: PATIENCE, ..Terms::default() }, Arc::new(outcome));
        Queue::new(
            self.db.clone(),
            self.vault.clone(),
            Arc::new(self.clock.clone()),
            Arc::clone(&self.chance) as _,
        )
        .on(terms, move |_, jobs: Vec<Claimed<Knock>>| {
            let outcome = Arc::clone(&outcome);
            async move { jobs.iter().map(|_| outcome()).collect() }
        })
    }
}

fn ids(jobs: &[Claimed<String>]) -> HashSet<JobId> {
    jobs.iter().map(|job| job.id.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_at_once_claim_each_job_once() {
    let world = World::new().await;
    let other = world.other().await;
    let when = world.clock.now();
    for _ in 0..20 {
        world.enqueue(10).await;
        let mut claimed = HashSet::new();
        while claimed.len() < 10 {
            let (here, there) = tokio::join!(
                claim(&world.db, &world.vault, Knock::KIND, when, LEASE, 7),
                claim(&other, &world.vault, Knock::KIND, when, LEASE, 7)
            );
            for jobs in [here.unwrap(), there.unwrap()] {
                let fresh = ids(&jobs).into_iter().filter(|id| claimed.insert(id.clone())).count();
                assert_eq!(fresh, jobs.len(), "a job was claimed twice");
                assert!(jobs.iter().all(|job| job.attempt == 1));
            }
        }
    }
}

#[tokio::test]
async fn a_lease_that_ran_out_is_anybodys() {
    let world = World::new().await;
    let begun = world.clock.now();
    world.enqueue(1).await;
    assert_eq!(world.claim().await.len(), 1);
    world.clock.pass(LEASE - Duration::from_secs(1));
    assert!(world.claim().await.is_empty());
    world.clock.pass(Duration::from_secs(1));
    let again = world.claim().await;
    assert_eq!((again[0].attempt, again[0].first_tried_at), (2, begun));
}

#[tokio::test]
async fn who_lost_the_claim_cannot_settle() {
    let world = World::new().await;
    let first_at = world.clock.now();
    world.enqueue(1).await;
    let first = world.claim().await;
    world.clock.pass(LEASE);
    let second_at = world.clock.now();
    let second = world.claim().await;
    for outcome in [Outcome::Done, Outcome::retry("late"), Outcome::give_up("late")] {
        world.settle(first_at, &first, &outcome).await;
        let left = world.listed().await;
        assert_eq!((left.len(), left[0].state, left[0].last_error.as_deref()), (1, State::Waiting, None));
        assert!(world.claim().await.is_empty(), "it is the second's still");
    }
    world.settle(second_at, &second, &Outcome::Done).await;
    assert!(world.listed().await.is_empty());
}

#[tokio::test]
async fn what_is_tried_again_waits_for_its_pause() {
    let world = World::new().await;
    world.enqueue(1).await;
    let queue = world.queue(|| Outcome::retry("nobody is in"));
    assert_eq!(queue.work_off().await.unwrap(), 1);
    world.clock.pass(Duration::from_millis(4_999));
    assert_eq!(queue.work_off().await.unwrap(), 0);
    world.clock.pass(Duration::from_millis(1_251));
    assert_eq!(queue.work_off().await.unwrap(), 1);
    let waiting = &world.listed().await[0];
    assert_eq!((waiting.attempts, waiting.last_error.as_deref()), (2, Some("nobody is in")));
}

#[tokio::test]
async fn a_pause_that_somebody_asked_for_is_kept() {
    let world = World::new().await;
    world.enqueue(1).await;
    let asked = || Outcome::Retry { why: "too many".to_owned(), after: Some(Duration::from_secs(90)) };
    let queue = world.queue(asked);
    assert_eq!(queue.work_off().await.unwrap(), 1);
    world.clock.pass(Duration::from_secs(89));
    assert_eq!(queue.work_off().await.unwrap(), 0);
    world.clock.pass(Duration::from_secs(1));
    assert_eq!(queue.work_off().await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_tried_for_its_patience_is_parked_until_somebody_wants_it_tried_again() {
    let world = World::new().await;
    world.enqueue(1).await;
    let queue = world.queue(|| Outcome::retry("nobody is in"));
    queue.work_off().await.unwrap();
    world.clock.pass(PATIENCE - Duration::from_millis(1));
    queue.work_off().await.unwrap();
    assert_eq!(world.listed().await[0].state, State::Waiting);
    world.clock.pass(PATIENCE);
    queue.work_off().await.unwrap();
    let parked = &world.listed().await[0];
    assert_eq!((parked.state, parked.attempts), (State::Parked, 3));
    assert_eq!(tally(&world.db).await.unwrap()[0].parked, 1);
    world.clock.pass(Duration::from_hours(24));
    assert_eq!(queue.work_off().await.unwrap(), 0);

    let mut tx = world.db.begin().await.unwrap();
    assert!(retry_now(&mut tx, world.clock.now(), &parked.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(queue.work_off().await.unwrap(), 1);
    assert_eq!(world.listed().await[0].state, State::Waiting);
}

#[tokio::test]
async fn what_is_given_up_is_parked_at_once_and_what_is_done_is_gone() {
    let world = World::new().await;
    world.enqueue(1).await;
    world.queue(|| Outcome::give_up("no such door")).work_off().await.unwrap();
    let parked = &world.listed().await[0];
    assert_eq!((parked.state, parked.last_error.as_deref()), (State::Parked, Some("no such door")));
    world.enqueue(3).await;
    assert_eq!(world.queue(|| Outcome::Done).work_off().await.unwrap(), 3);
    assert_eq!(world.listed().await.len(), 1);
}

#[tokio::test]
async fn a_batch_that_panics_is_tried_again() {
    let world = World::new().await;
    world.enqueue(2).await;
    assert_eq!(world.queue(|| panic!("a mistake")).work_off().await.unwrap(), 2);
    for job in world.listed().await {
        assert_eq!((job.state, job.last_error.as_deref()), (State::Waiting, Some("the job panicked")));
    }
}

#[tokio::test]
async fn a_change_that_is_not_made_asks_for_nothing() {
    let world = World::new().await;
    let mut tx = world.db.begin().await.unwrap();
    enqueue(&mut tx, &world.vault, world.clock.now(), &*world.chance, &[Knock { number: 0 }]).await.unwrap();
    drop(tx);
    assert!(world.listed().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_take_each_turn_of_a_schedule_once() {
    let world = World::new().await;
    let other = world.other().await;
    let schedule = Schedule { name: "round", every: Duration::from_secs(20), does: "nothing" };
    // At the end five turns were missed, which are one.
    for pause in [0, 20, 20, 100] {
        world.clock.pass(Duration::from_secs(pause));
        let when = world.clock.now();
        let (here, there) =
            tokio::join!(claim_turn(&world.db, when, schedule), claim_turn(&other, when, schedule));
        assert!(here.unwrap() != there.unwrap(), "one of the two takes it");
        assert!(!claim_turn(&world.db, when.plus(Duration::from_secs(19)), schedule).await.unwrap());
    }
}

#[tokio::test]
async fn a_turn_that_came_to_nothing_is_due_again_and_none_is_put_off() {
    let world = World::new().await;
    let (start, hour) = (world.clock.now(), Duration::from_hours(1));
    let schedule = Schedule { name: "round", every: hour, does: "nothing" };
    let later = |seconds: u64| start.plus(Duration::from_secs(seconds));
    assert!(claim_turn(&world.db, start, schedule).await.unwrap());
    assert!(!claim_turn(&world.db, later(10), schedule).await.unwrap());
    due_again(&world.db, later(10), schedule).await.unwrap();
    assert!(!claim_turn(&world.db, later(9), schedule).await.unwrap());
    assert!(claim_turn(&world.db, later(10), schedule).await.unwrap());
    // Its time has come by itself meanwhile.
    due_again(&world.db, later(10).plus(hour).plus(hour), schedule).await.unwrap();
    assert!(claim_turn(&world.db, later(10).plus(hour), schedule).await.unwrap());
}
