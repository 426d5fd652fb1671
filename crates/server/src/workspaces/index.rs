//! What people are found by is hashed anew when the index gets a new key.

use store::{Result, Row, Tx, args};

const HASHED_WITH: &str = "
    SELECT id, mail FROM people WHERE index_key = $1 AND id > $2 ORDER BY id LIMIT $3 {lock}";
const PUT: &str = "UPDATE people SET mail_index = $2, index_key = $3 WHERE id = $1";

/// The next of the people after an id whose addresses are hashed with this key, locked.
pub async fn people_hashed_with(tx: &mut Tx, key: i64, after: &str, most: usize) -> Result<Vec<Row>> {
    tx.rows(HASHED_WITH, args![key, after, i64::try_from(most).unwrap_or(i64::MAX)]).await
}

/// Stores the hash of a person's address.
pub async fn reindex(tx: &mut Tx, person: &str, hash: Vec<u8>, key: i64) -> Result<()> {
    tx.execute(PUT, args![person, hash, key]).await.map(drop)
}
