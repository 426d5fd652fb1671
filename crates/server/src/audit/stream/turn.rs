use store::{Db, Result, args};
use time_and_chance::{Duration, Time};

use super::{
    super::webhook::NotTaken,
    Stream,
    batch::{Batch, EVER, MOST_ENTRIES},
    hold::Hold,
};
use crate::{app::App, jobs::Pace, telemetry};

/// How long a turn goes on to begin requests. Then another may have the next.
const PACE: Duration = Duration::from_secs(5);
/// How long it is waited after a first failure, and at most after many.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_mins(5);

const OLDEST: &str = "
    SELECT unstreamed_since FROM audit_chains WHERE unstreamed_since > $1 ORDER BY unstreamed_since, chain LIMIT 1";

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Everything was delivered that was there.
    Done,
    /// There is more, and it can go on at once.
    GoesOn,
    /// There is more, and it has to wait: for the receiver, or for another node, whose turn it is.
    Waits,
}

/// Since when the oldest entry waits that was not delivered, if there is one.
pub async fn oldest_undelivered(db: &Db) -> Result<Option<Time>> {
    db.row(OLDEST, args![EVER]).await?.map(|row| row.get("unstreamed_since")).transpose()
}

/// Delivers what there is, if it is this node's turn, request after request for some seconds.
pub async fn deliver_entries(app: &App) -> Result<Turn> {
    let Some(stream) = &app.stream else { return Ok(Turn::Done) };
    if oldest_undelivered(&app.db).await?.is_none() {
        return Ok(Turn::Done);
    }
    let Some(mut hold) = Hold::take(&app.db, app.clock.now(), &*app.chance).await? else {
        return Ok(Turn::Waits);
    };
    let ended = turn(app, stream, &mut hold).await;
    let wait = ended.as_ref().map_or(Duration::ZERO, |(_, wait)| *wait);
    // After a fault too, so that nobody waits until the hold is over.
    let let_go = hold.let_go(&app.db, app.clock.now().plus(wait)).await;
    let (turn, _) = ended?;
    let_go.map(|()| turn)
}

/// Request after request. Answers how it ended, and how long to wait before the next.
async fn turn(app: &App, stream: &Stream, hold: &mut Hold) -> Result<(Turn, Duration)> {
    let (mut pace, mut most) = (Pace::of(PACE), MOST_ENTRIES);
    while pace.allows_a_step() {
        let batch = Batch::next(app, stream, most).await?;
        if batch.reached().is_empty() && batch.is_held_up() {
            return Ok((Turn::Waits, FIRST_WAIT));
        }
        if batch.reached().is_empty() {
            return Ok((Turn::Done, Duration::ZERO));
        }
        match send(app, stream, hold, &batch).await {
            Ok(()) => {
                if !hold.delivered(&app.db, app.clock.now(), batch.reached()).await? {
                    return Ok((Turn::Waits, Duration::ZERO));
                }
                // Chains wait that have nothing to deliver: that is no reason to hurry, whatever it comes from.
                if batch.entries().is_empty() {
                    return Ok((Turn::Waits, FIRST_WAIT));
                }
            }
            // A single one that is too much is refused like any other.
            Err(not_taken) if not_taken.is_too_much && batch.entries().len() > 1 => {
                most = batch.entries().len() / 2;
            }
            Err(not_taken) => return Ok((Turn::Waits, wait_after(hold, &not_taken))),
        }
    }
    Ok((Turn::GoesOn, Duration::ZERO))
}

async fn send(app: &App, stream: &Stream, hold: &Hold, batch: &Batch) -> std::result::Result<(), NotTaken> {
    if batch.entries().is_empty() {
        return Ok(());
    }
    stream.send(&*app.clock, batch).await?;
    metrics::counter!(telemetry::AUDIT_STREAMED).increment(batch.entries().len() as u64);
    if hold.tries > 0 {
        tracing::info!(tries = hold.tries, "the audit's receiver takes entries again");
    }
    Ok(())
}

/// Says what went wrong, and how long it is waited for. Never is an entry passed over: a gap in what the receiver has would
/// look like one in the audit.
fn wait_after(hold: &mut Hold, not_taken: &NotTaken) -> Duration {
    let grown = FIRST_WAIT.saturating_mul(1 << hold.tries.clamp(0, 10)).min(LONGEST_WAIT);
    let wait = not_taken.wait.unwrap_or(grown);
    hold.tries += 1;
    metrics::counter!(telemetry::AUDIT_STREAM_FAILURES).increment(1);
    let (tries, why, seconds) = (hold.tries, &not_taken.why, wait.as_secs());
    if not_taken.is_refused {
        tracing::error!(
            tries,
            why,
            seconds,
            "the audit's receiver refuses entries: it gets none until it takes them"
        );
    } else {
        tracing::warn!(tries, why, seconds, "entries of the audit could not be delivered");
    }
    wait
}
