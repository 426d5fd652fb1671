//! Which node delivers, and when it is tried again.

use std::collections::BTreeMap;

use chain::Hash;
use store::{Db, Result, Tx, args};
use time_and_chance::{Chance, Duration, Time};

use super::{super::webhook::LONGEST, batch::Reached};

/// How long a node may go without a word before another takes over. A request takes much less.
const HOLD: Duration = Duration::from_mins(2);

const STANDS: &str = "SELECT held_until, next_at FROM audit_stream WHERE id = 1";
const FIRST: &str = "
    INSERT INTO audit_stream (id, holder, held_until, tries, next_at) VALUES (1, '', 0, 0, 0)
    ON CONFLICT (id) DO NOTHING";
// What lies further ahead than it can was written before the clock was put back.
const TAKE: &str = "
    UPDATE audit_stream SET holder = $1, held_until = $3
    WHERE id = 1 AND (held_until <= $2 OR held_until > $3) AND (next_at <= $2 OR next_at > $4)
    RETURNING tries";
const KEEP: &str = "UPDATE audit_stream SET held_until = $2, tries = 0 WHERE id = 1 AND holder = $1";
const LET_GO: &str = "
    UPDATE audit_stream SET held_until = 0, tries = $2, next_at = $3 WHERE id = 1 AND holder = $1";
// All of them are there. What is no number, and SQLite takes as more than every number, is none: what follows it would be sent
// again and again. An entry that was appended meanwhile keeps its chain waiting: the row's own sequence tells, under the
// row's lock.
const DELIVERED: &str = "
    INSERT INTO audit_chains (chain, sequence, hash, streamed, unstreamed_since) VALUES {each ($, 0, $, $, $)}
    ON CONFLICT (chain) DO UPDATE SET streamed = excluded.streamed, unstreamed_since =
        CASE WHEN audit_chains.sequence > excluded.streamed THEN excluded.unstreamed_since ELSE NULL END
    WHERE NOT (audit_chains.streamed > excluded.streamed AND audit_chains.streamed <= 9223372036854775807)";

/// This node's turn. It ends by itself if the node says nothing for a while.
pub(super) struct Hold {
    holder: String,
    /// How often it was tried in vain.
    pub tries: i64,
}

impl Hold {
    /// Takes the turn, unless another node has it or the receiver is to be left alone.
    pub async fn take(db: &Db, when: Time, chance: &dyn Chance) -> Result<Option<Self>> {
        if let Some(row) = db.row(STANDS, Vec::new()).await? {
            let is_ahead = |until: Time, most: Duration| until > when && until <= when.plus(most);
            if is_ahead(row.get("held_until")?, HOLD) || is_ahead(row.get("next_at")?, LONGEST) {
                return Ok(None);
            }
        }
        let holder = format!("{:032x}", chance.number());
        let mut tx = db.begin().await?;
        tx.execute(FIRST, Vec::new()).await?;
        let args = args![&holder, when, when.plus(HOLD), when.plus(LONGEST)];
        let taken = tx.row(TAKE, args).await?;
        let tries = taken.map(|row| row.get("tries")).transpose()?;
        tx.commit().await?;
        Ok(tries.map(|tries| Self { holder, tries }))
    }

    /// Notes what was delivered. Answers whether the turn is still this node's.
    pub async fn delivered(
        &mut self,
        db: &Db,
        when: Time,
        reached: &BTreeMap<String, Reached>,
    ) -> Result<bool> {
        self.tries = 0;
        let mut tx = db.begin().await?;
        let is_kept = tx.execute(KEEP, args![&self.holder, when.plus(HOLD)]).await? == 1;
        note(&mut tx, reached).await?;
        tx.commit().await?;
        Ok(is_kept)
    }

    /// Ends the turn: the next may begin at once, or not before `next_at` after a failure.
    pub async fn let_go(self, db: &Db, next_at: Time) -> Result<()> {
        let mut tx = db.begin().await?;
        tx.execute(LET_GO, args![&self.holder, self.tries, next_at]).await?;
        tx.commit().await
    }
}

/// Chains are locked last, and in the order of their names.
async fn note(tx: &mut Tx, reached: &BTreeMap<String, Reached>) -> Result<()> {
    let row =
        |(chain, to): (&String, &Reached)| args![chain, Hash::NOTHING.as_bytes(), to.sequence, to.since];
    tx.execute_each(DELIVERED, &[], reached.iter().map(row).collect()).await.map(drop)
}
