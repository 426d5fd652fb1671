use store::{Arg, Db, Fault, Result, args};
use time_and_chance::Time;

use super::super::stored::name_after;

/// How many are noted in one transaction.
const AT_ONCE: i64 = 100;

const UNNOTED: &str = "
    SELECT chain FROM audit_chains WHERE chain > $1 AND unstreamed_since IS NULL AND sequence > streamed
    ORDER BY chain LIMIT $2";
const NOTE: &str = "
    UPDATE audit_chains SET unstreamed_since = $1
    WHERE chain IN ({each $}) AND unstreamed_since IS NULL AND sequence > streamed";

/// Notes of chains that they wait where whoever appended did not: a node of a version before the stream, which may run beside
/// this one during an upgrade. Answers how many those are.
pub async fn note_unnoted(db: &Db, when: Time) -> Result<u64> {
    let (mut noted, mut after) = (0, String::new());
    loop {
        let rows = db.rows(UNNOTED, args![&after, AT_ONCE]).await?;
        let chains = rows.iter().map(|row| row.get("chain")).collect::<Result<Vec<String>>>()?;
        let Some(last) = rows.last() else { return Ok(noted) };
        // Otherwise it would come again and again.
        after = name_after(last, "chain", &after)
            .ok_or_else(|| Fault::Row("audit_chains: a name that is no text".to_owned()))?;
        let mut tx = db.begin().await?;
        noted += tx
            .execute_each(NOTE, &[Arg::from(when)], chains.iter().map(|chain| args![chain]).collect())
            .await?;
        tx.commit().await?;
    }
}
