use store::{Db, Result, args};
use time_and_chance::{Chance, Duration, Time};

use crate::{Claimed, JobId, Outcome};

// A job whose lease ran out may be another worker's by now: only the holder of the claim may settle it.
const DONE: &str = "DELETE FROM jobs WHERE claimed_until = $1 AND id IN ({each $})";
const END_PARKED: &str = "DELETE FROM jobs WHERE kind = $1 AND parked_at IS NOT NULL";
const RETRY: &str = "
    UPDATE jobs SET claimed_until = NULL, run_at = $3, last_error = $4 WHERE id = $1 AND claimed_until = $2";
const PARK: &str = "
    UPDATE jobs SET claimed_until = NULL, parked_at = $3, last_error = $4 WHERE id = $1 AND claimed_until = $2";

/// What became of a batch, for the metrics.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Settled {
    pub done: u64,
    pub retried: u64,
}

/// Writes down what became of a batch that is claimed until `claimed_until`. A job that has been tried for longer than
/// `patience` is parked instead of tried again.
pub(crate) async fn settle(
    db: &Db,
    when: Time,
    claimed_until: Time,
    patience: Duration,
    chance: &dyn Chance,
    batch: &[(Claimed<String>, Outcome)],
) -> Result<Settled> {
    let mut settled = Settled::default();
    let mut done: Vec<&JobId> = Vec::new();
    let mut tx = db.begin().await?;
    for (job, outcome) in batch {
        match outcome {
            Outcome::Done => done.push(&job.id),
            Outcome::Retry { why, after } if when.since(job.first_tried_at) < patience => {
                settled.retried += 1;
                let pause = after.unwrap_or_else(|| pause(job.attempt, chance));
                tx.execute(RETRY, args![&job.id, claimed_until, when.plus(pause), why]).await?;
            }
            Outcome::Retry { why, .. } | Outcome::GiveUp { why } => {
                tracing::error!(job = %job.id, attempts = job.attempt, why, "job parked");
                tx.execute(PARK, args![&job.id, claimed_until, when, why]).await?;
            }
        }
    }
    settled.done = done.len() as u64;
    tx.execute_each(DONE, &[claimed_until.into()], done.into_iter().map(|id| args![id]).collect()).await?;
    tx.commit().await?;
    Ok(settled)
}

/// Ends those jobs of a kind that were given up: what they asked for has been done by another.
pub async fn end_parked(db: &Db, kind: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.execute(END_PARKED, args![kind]).await?;
    tx.commit().await
}

/// 5 seconds, doubling from try to try up to half an hour, and up to a quarter more so that many don't come at once.
fn pause(attempt: i64, chance: &dyn Chance) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 10) - 1).unwrap_or(0);
    let seconds = (5 << doublings).min(1800);
    let spread = chance.number() % (u128::from(seconds as u32) * 250);
    Duration::from_secs(seconds) + Duration::from_millis(u64::try_from(spread).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use time_and_chance::SeededChance;

    use super::*;

    #[test]
    fn pauses_grow_and_end_at_half_an_hour() {
        let chance = SeededChance::new(1);
        let pauses: Vec<u64> = (1..=12).map(|attempt| pause(attempt, &chance).as_secs()).collect();
        assert!((5..=6).contains(&pauses[0]), "{pauses:?}");
        assert!((1800..=2250).contains(&pauses[11]), "{pauses:?}");
    }
}
