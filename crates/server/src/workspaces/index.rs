//! What people are found by is hashed anew when the index gets a new key.

use store::{Result, Row, Tx, args};

const OTHERS: &str = "
    SELECT id, mail FROM people WHERE index_key <> $1 ORDER BY index_key LIMIT $2 {lock}";
const PUT: &str = "
    UPDATE people SET mail_index = v.column2, index_key = $1
    FROM (VALUES {each ($, $)}) AS v WHERE people.id = v.column1";

/// Some of the people whose addresses are hashed with another key, locked.
pub async fn people_of_other_index(tx: &mut Tx, key: i64, most: usize) -> Result<Vec<Row>> {
    tx.rows(OTHERS, args![key, i64::try_from(most).unwrap_or(i64::MAX)]).await
}

/// Stores the new hashes.
pub async fn reindex(tx: &mut Tx, key: i64, hashed: &[(String, Vec<u8>)]) -> Result<()> {
    let rows = hashed.iter().map(|(id, hash)| args![id, hash.as_slice()]);
    tx.execute_each(PUT, &[key.into()], rows.collect()).await.map(drop)
}
