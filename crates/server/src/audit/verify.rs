use chain::{Hash, Heads, Report, Verification};
use seal::Vault;
use store::{Db, Result, args};

use super::stored::{Stored, hash_in, opener};

/// How many rows are read at once.
pub(super) const AT_ONCE: i64 = 1_000;

const NOTE: &str = "SELECT chain, sequence, hash FROM audit_chains WHERE chain = $1";
const SHREDDED: &str = "SELECT 1 AS one FROM shredded WHERE subject = $1";
const NEXT_NOTED: &str = "SELECT chain FROM audit_chains WHERE chain > $1 ORDER BY chain LIMIT 1";
// A chain whose note was taken away is still found by its entries.
const NEXT_FOUND: &str = "SELECT chain FROM audit_entries WHERE chain > $1 ORDER BY chain LIMIT 1";
pub(super) const ENTRIES: &str = "
    SELECT id, chain, sequence, at, actor_kind, actor_id, event, target, request_id, commitment, hash, details
    FROM audit_entries LEFT JOIN audit_details ON entry_id = id
    WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

/// Looks at every chain of the database, against these heads. What is recorded meanwhile may be looked at or not.
pub async fn verify(db: &Db, vault: &Vault, heads: Heads) -> Result<Report> {
    let mut verification = Verification::against(heads);
    let mut after = String::new();
    while let Some(chain) = next_chain(db, &after).await? {
        verification.begin(&chain);
        look_at(db, vault, &mut verification, &chain).await?;
        after = chain;
    }
    Ok(verification.finish())
}

/// The next chain by its name.
async fn next_chain(db: &Db, after: &str) -> Result<Option<String>> {
    let mut next = Vec::new();
    for statement in [NEXT_NOTED, NEXT_FOUND] {
        next.extend(db.row(statement, args![after]).await?.map(|row| row.get("chain")).transpose()?);
    }
    Ok(next.into_iter().min())
}

async fn look_at(db: &Db, vault: &Vault, verification: &mut Verification, chain: &str) -> Result<()> {
    let mut last = i64::MIN;
    loop {
        let found = entries(db, vault, verification, chain, &mut last).await?;
        // Read after them, so that it is not older than they are.
        let note = note(db, chain).await?;
        let grew = note.is_some_and(|(sequence, _)| i64::try_from(sequence).is_ok_and(|noted| noted > last));
        if !grew || !found {
            verification.end_noted(note, was_shredded(db, chain).await?);
            return Ok(());
        }
    }
}

/// Whether the chain's details were shredded, as the database knows it.
pub(super) async fn was_shredded(db: &Db, chain: &str) -> Result<bool> {
    Ok(db.row(SHREDDED, args![chain]).await?.is_some())
}

/// How far a chain is noted to have come; nothing if there is no such note.
pub(super) async fn note(db: &Db, chain: &str) -> Result<Option<(u64, Hash)>> {
    let Some(row) = db.row(NOTE, args![chain]).await? else { return Ok(None) };
    let sequence = u64::try_from(row.get::<i64>("sequence")?).unwrap_or_default();
    Ok(Some((sequence, hash_in(&row, "hash")?)))
}

/// Reads on from the last entry to the end. Answers whether there were any.
async fn entries(
    db: &Db,
    vault: &Vault,
    verification: &mut Verification,
    chain: &str,
    last: &mut i64,
) -> Result<bool> {
    let mut found = false;
    loop {
        let rows = db.rows(ENTRIES, args![chain, *last, AT_ONCE]).await?;
        let opener = opener(db, vault, &rows).await?;
        for row in &rows {
            let stored = Stored::of_row(row, &opener)?;
            *last = stored.sequence;
            verification.entry(&stored.recorded());
        }
        found |= !rows.is_empty();
        if rows.is_empty() {
            return Ok(found);
        }
    }
}
