use store::{Db, Result, args};
use time_and_chance::{Duration, Time};

/// Something that comes round: on many nodes exactly one takes each turn.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Its name, such as `deadlines`.
    pub name: &'static str,
    /// How long from turn to turn.
    pub every: Duration,
    /// What it does, in words that go on from its name.
    pub does: &'static str,
}

const NEXT: &str = "SELECT next_at FROM schedules WHERE name = $1";
const FIRST: &str = "INSERT INTO schedules (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
const TAKE: &str = "UPDATE schedules SET next_at = $3 WHERE name = $1 AND next_at <= $2";

const AGAIN: &str = "UPDATE schedules SET next_at = $2 WHERE name = $1 AND next_at > $2";

/// Gives back a turn that came to nothing: it is due again from `when` on, and not only when the next one would be.
pub async fn due_again(db: &Db, when: Time, schedule: Schedule) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.execute(AGAIN, args![schedule.name, when]).await?;
    tx.commit().await
}

/// Takes the turn that is due, if one is and no other node was quicker. Turns that were missed are one turn.
pub async fn claim_turn(db: &Db, when: Time, schedule: Schedule) -> Result<bool> {
    let next = db.row(NEXT, args![schedule.name]).await?.map(|row| row.get::<Time>("next_at")).transpose()?;
    if next.is_some_and(|next| next > when) {
        return Ok(false);
    }
    let mut tx = db.begin().await?;
    tx.execute(FIRST, args![schedule.name, when]).await?;
    let taken = tx.execute(TAKE, args![schedule.name, when, when.plus(schedule.every)]).await?;
    tx.commit().await?;
    Ok(taken == 1)
}
