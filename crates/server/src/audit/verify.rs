use std::{collections::BTreeSet, pin::pin};

use chain::{Finding, Hash, Heads, Report, Verification};
use futures_util::{future::maybe_done, poll};
use seal::Vault;
use store::{Db, Result, Row, args};

use super::stored::{Stored, hash_or_nothing, name_after, opener_of_any, text};

/// How many rows are read at once.
pub(super) const AT_ONCE: i64 = 1_000;

const NOTE: &str = "SELECT chain, sequence, hash FROM audit_chains WHERE chain = $1";
const DELETED: &str = "
    SELECT 1 AS one FROM audit_entries WHERE chain = $1 AND target = $1 AND event = $2 AND sequence <= $3 LIMIT 1";
const NEXT_NOTED: &str = "SELECT chain FROM audit_chains WHERE chain > $1 ORDER BY chain LIMIT 1";
// A chain whose note was taken away is still found by its entries.
const NEXT_FOUND: &str = "SELECT chain FROM audit_entries WHERE chain > $1 ORDER BY chain LIMIT 1";
const ALL_NOTED: &str = "SELECT DISTINCT chain FROM audit_chains WHERE chain > $1 ORDER BY chain LIMIT $2";
const ALL_FOUND: &str = "SELECT DISTINCT chain FROM audit_entries WHERE chain > $1 ORDER BY chain LIMIT $2";
pub(super) const ENTRIES: &str = "
    SELECT id, chain, sequence, at, actor_kind, actor_id, event, target, request_id, commitment, hash, details
    FROM audit_entries LEFT JOIN audit_details ON entry_id = id
    WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

/// Looks at every chain of the database, against these heads. What is recorded meanwhile may be looked at or not.
pub async fn verify(db: &Db, vault: &Vault, heads: Heads) -> Result<Report> {
    let mut verification = Verification::against(heads);
    let (mut after, mut no_names) = (String::new(), BTreeSet::new());
    while let Some(chain) = next_chain(db, &after, &mut no_names).await? {
        verification.begin(&chain);
        look_at(db, vault, &mut verification, &chain).await?;
        after = chain;
    }
    for name in no_names {
        verification.found(Finding::NoName { name });
    }
    Ok(verification.finish())
}

/// The next chain by its name, and what stands before it as a name and is none.
async fn next_chain(db: &Db, after: &str, no_names: &mut BTreeSet<String>) -> Result<Option<String>> {
    let mut next: Option<String> = None;
    for (one, all) in [(NEXT_NOTED, ALL_NOTED), (NEXT_FOUND, ALL_FOUND)] {
        let Some(row) = db.row(one, args![after]).await? else { continue };
        let mut name = name_after(&row, "chain", after);
        if name.is_none() {
            let rows = db.rows(all, args![after, AT_ONCE]).await?;
            name = rows.iter().find_map(|row| name_after(row, "chain", after));
            let none = rows.iter().filter(|row| name_after(row, "chain", after).is_none());
            no_names.extend(none.map(|row| text(row, "chain")));
        }
        next = next.into_iter().chain(name).min();
    }
    Ok(next)
}

async fn look_at(db: &Db, vault: &Vault, verification: &mut Verification, chain: &str) -> Result<()> {
    let mut last = i64::MIN;
    loop {
        let found = entries(db, vault, verification, chain, &mut last).await?;
        // Read after them, so that it is not older than they are.
        let note = note(db, chain).await?;
        let grew = note.is_some_and(|(sequence, _)| i64::try_from(sequence).is_ok_and(|noted| noted > last));
        if !grew || !found {
            verification.end_noted(note);
            return Ok(());
        }
    }
}

/// Whether an entry of the chain, up to this one, says that the workspace was deleted. What the table `shredded` says counts for
/// nothing here: whoever takes details away can write into it.
pub(super) async fn says_deleted(db: &Db, chain: &str, until: u64) -> Result<bool> {
    let until = i64::try_from(until).unwrap_or(i64::MAX);
    Ok(chain != chain::HOUSE && db.row(DELETED, args![chain, chain::DELETED, until]).await?.is_some())
}

/// How far a chain is noted to have come; nothing if there is no such note.
pub(super) async fn note(db: &Db, chain: &str) -> Result<Option<(u64, Hash)>> {
    let Some(row) = db.row(NOTE, args![chain]).await? else { return Ok(None) };
    let sequence = u64::try_from(row.get::<i64>("sequence").unwrap_or_default()).unwrap_or_default();
    Ok(Some((sequence, hash_or_nothing(&row, "hash"))))
}

/// Reads on from the last entry to the end. Answers whether there were any.
async fn entries(
    db: &Db,
    vault: &Vault,
    verification: &mut Verification,
    chain: &str,
    last: &mut i64,
) -> Result<bool> {
    let (mut found, mut rows) = (false, page(db, chain, *last).await?);
    while !rows.is_empty() {
        let places = rows.iter().map(|row| row.get::<i64>("sequence").unwrap_or_default());
        let reached = places.max().unwrap_or(*last);
        // SQLite takes what is no whole number too, and finds it again after the number that it is read as.
        found = reached > *last;
        *last = reached.max(*last);
        let opener = opener_of_any(db, vault, &rows).await?;
        // The database is asked for the next before these are looked at, and gathers them meanwhile.
        let mut next = pin!(maybe_done(page(db, chain, *last)));
        let _ = poll!(next.as_mut());
        for row in &rows {
            verification.entry(&Stored::of_row(row, &opener).recorded());
        }
        if !found {
            break;
        }
        next.as_mut().await;
        rows = next.take_output().expect("it is done, and was not taken")?;
    }
    Ok(found)
}

async fn page(db: &Db, chain: &str, after: i64) -> Result<Vec<Row>> {
    db.rows(ENTRIES, args![chain, after, AT_ONCE]).await
}
