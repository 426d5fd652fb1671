//! The end of a former root.

use store::{Db, Result, Tx, args};
use time_and_chance::{Duration, Time};

use crate::{Reader, RootId, Source, SourceFault, Vault, file, roots};

const DUE: &str = "
    SELECT id, wrapped_by FROM root_keys WHERE destroyed_at IS NULL AND retired_at <= $2 AND destroy_after <= $1";
/// A transaction that began before a rotation was committed is over by then: nothing is wrapped by the former root any more.
const SETTLED: Duration = Duration::from_mins(5);
const STILL_WRAPS: &str = "SELECT 1 AS one FROM data_keys WHERE root_id = $1 LIMIT 1";
const DESTROYED: &str = "
    UPDATE root_keys SET destroyed_at = $2, wrapped = NULL WHERE id = $1 AND destroyed_at IS NULL";

/// Whether the time of a retired root has come. [`crate::rewrap`] first takes from it what a transaction may have given it
/// that began before the rotation.
pub async fn is_root_due(db: &Db, when: Time) -> Result<bool> {
    Ok(!db.rows(DUE, args![when, when.minus(SETTLED)]).await?.is_empty())
}

/// A root that was destroyed.
pub struct DestroyedRoot {
    /// Its name.
    pub id: RootId,
    /// Where it may still be, out of our reach: in a variable; or wrapped in backups, by a key of a key service.
    pub still_in: Option<String>,
}

/// Destroys the retired roots whose time has come and that wrap nothing any more, and answers which. What was shredded
/// while they were in use cannot be read in a backup of then either, from now on. Roots in a variable are only forgotten by
/// the database: whoever sets the variable takes them out of there. Those that a key service has wrapped are in backups, until
/// its key is deleted.
pub async fn destroy_retired_roots(vault: &Vault, tx: &mut Tx, when: Time) -> Result<Vec<DestroyedRoot>> {
    roots::hold(tx).await?;
    let mut due = Vec::new();
    for row in tx.rows(DUE, args![when, when.minus(SETTLED)]).await? {
        let id: RootId = RootId::trusted(row.get("id")?);
        if tx.row(STILL_WRAPS, args![id.as_str()]).await?.is_none() {
            let wrapped_by: Option<String> = row.get("wrapped_by")?;
            let still_in = still_in(vault.source(), wrapped_by.as_deref());
            due.push(DestroyedRoot { id, still_in });
        }
    }
    if due.is_empty() {
        return Ok(Vec::new());
    }
    if let Source::File(path) = vault.source() {
        let current = roots::current(&mut Reader::Tx(tx)).await?;
        file::change(path, &current, |roots| roots.retain(|root| due.iter().all(|due| due.id != *root.id())))
            .map_err(|fault: SourceFault| store::Fault::Away(fault.to_string()))?;
    }
    for root in &due {
        tx.execute(DESTROYED, args![root.id.as_str(), when]).await?;
        vault.forget_root(root.id.as_str());
    }
    tx.wants_empty_log().await?;
    Ok(due)
}

fn still_in(source: &Source, wrapped_by: Option<&str>) -> Option<String> {
    match source {
        Source::Env(_) => Some(format!("{source:?}")),
        Source::Service(_) => {
            Some(format!("backups, wrapped by {}", wrapped_by.unwrap_or("the key of then")))
        }
        Source::File(_) | Source::Given(_) => None,
    }
}
