//! What a new root is for: it wraps the data keys anew that former ones wrap.

use store::{Db, Result, args};
use time_and_chance::Chance;

use crate::{Reader, Vault, keys::Wrapped};

/// How many data keys are wrapped anew in a transaction.
const AT_ONCE: usize = 1_000;
// Whoever shreds one of these meanwhile waits for the commit, and then destroys it in its new form.
const PAGE: &str = "
    SELECT id, subject, generation, root_id, wrapped, created_at FROM data_keys
    WHERE id > $1 AND root_id <> $2 ORDER BY id LIMIT $3 {lock}";
const REWRAP: &str = "
    INSERT INTO data_keys (id, subject, generation, root_id, wrapped, created_at)
    VALUES {each ($, $, $, $, $, $)}
    ON CONFLICT (id) DO UPDATE SET root_id = excluded.root_id, wrapped = excluded.wrapped";

/// Wraps the data keys anew that older roots wrap, some at a time, while `goes_on` says so. Answers how many it did, and
/// whether that were all.
pub async fn rewrap(
    vault: &Vault,
    db: &Db,
    chance: &dyn Chance,
    mut goes_on: impl FnMut() -> bool,
) -> Result<(u64, bool)> {
    let (mut after, mut done) = (-1_i64, 0);
    while goes_on() {
        match rewrap_page(vault, db, chance, after).await {
            Ok(page) => {
                done += page.rewrapped;
                let Some(last) = page.last.filter(|_| page.rows == AT_ONCE) else { return Ok((done, true)) };
                after = last;
            }
            // Somebody shredded keys of the same page in another order.
            Err(fault) if fault.may_be_retried() => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok((done, false))
}

struct Page {
    rows: usize,
    rewrapped: u64,
    last: Option<i64>,
}

async fn rewrap_page(vault: &Vault, db: &Db, chance: &dyn Chance, after: i64) -> Result<Page> {
    let mut tx = db.begin().await?;
    let root = vault.current_root(&mut Reader::Tx(&mut tx)).await?;
    let most = i64::try_from(AT_ONCE).expect("it is small");
    let rows = tx.rows(PAGE, args![after, root.id().as_str(), most]).await?;
    let mut page = Page { rows: rows.len(), rewrapped: 0, last: None };
    let mut rewrapped = Vec::with_capacity(rows.len());
    for row in &rows {
        let wrapped = Wrapped::of_row(row)?;
        let from = vault.root_of(&mut Reader::Tx(&mut tx), &wrapped.root).await?;
        page.last = Some(wrapped.id);
        match wrapped.rewrapped(&from, &root, chance) {
            Ok(anew) => rewrapped.push(anew.args()),
            // It holds up its own root's destruction, and no other key.
            Err(fault) => tracing::error!(%fault, "a data key cannot be wrapped anew"),
        }
    }
    page.rewrapped = rewrapped.len() as u64;
    tx.execute_each(REWRAP, &[], rewrapped).await?;
    tx.commit().await?;
    Ok(page)
}
