use store::{Result, Tx, args};

use crate::ids::PersonId;

const HOLD: &str = "SELECT id FROM tokens WHERE creator_id = $1 ORDER BY id {lock}";
const CHANGE: &str = "UPDATE tokens SET creator_id = $2 WHERE creator_id = $1";

/// Gives the tokens of a person to the one whom that person turned out to be. It reads the whole table, as nothing else
/// asks for all of a person's tokens, and is rare enough for that.
pub async fn creator_became(tx: &mut Tx, before: &PersonId, now: &PersonId) -> Result<()> {
    if tx.rows(HOLD, args![before]).await?.is_empty() {
        return Ok(());
    }
    tx.execute(CHANGE, args![before, now]).await.map(drop)
}
