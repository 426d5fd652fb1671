use std::io::{self, Write};

use chain::{entry_line, header_line};
use seal::Vault;
use serde::Serialize;
use store::{Db, args};

use super::{
    heads::{head_naming, signed},
    stored::{Kept, Stored, opener},
    verify::{AT_ONCE, ENTRIES, note, says_deleted},
};

/// What was exported.
#[derive(Debug, Serialize)]
pub struct Exported {
    /// Of which chain.
    pub chain: String,
    /// How many entries.
    pub entries: u64,
    /// The number of the head that it brings along, if one names the chain.
    pub head: Option<u64>,
}

/// Why there is no whole export.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    /// The database.
    #[error(transparent)]
    Database(#[from] store::Fault),
    /// Where it was to be written.
    #[error("the export cannot be written: {0}")]
    Writing(#[from] io::Error),
    /// An entry that is not there, though it is noted that the chain has it. Whoever checks the export would find that.
    #[error(
        "{chain}: entry {sequence} is not there, and {entries} are noted: there is no whole export. `bailiwick audit verify` says \
         what else does not fit together."
    )]
    Missing {
        /// Of this chain.
        chain: String,
        /// The entry's place.
        sequence: u64,
        /// How many there are by the chain's note.
        entries: u64,
    },
    /// Details that are not there or cannot be read, though nothing that would be exported says that the workspace was deleted. Whoever
    /// checks the export would find that.
    #[error(
        "{chain}: the details of entry {sequence} are not there or cannot be read, and no entry says that the workspace was deleted: \
         nothing is exported. `bailiwick audit verify` says what else does not fit together."
    )]
    Details {
        /// Of this chain.
        chain: String,
        /// The entry's place.
        sequence: i64,
    },
}

/// Writes a chain, as far as it has come, for somebody who checks it without this database: with its details, their salts,
/// and what the newest head that names it says about it. Nothing if there is no such chain.
pub async fn export(
    db: &Db,
    vault: &Vault,
    chain: &str,
    to: &mut (dyn Write + Send),
) -> Result<Option<Exported>, ExportFault> {
    // Before the note, so that the head covers no more than what is written.
    let head = head_naming(db, chain).await?.and_then(|head| head.excerpt(chain));
    let Some((entries, _)) = note(db, chain).await? else { return Ok(None) };
    let exported =
        Exported { chain: chain.to_owned(), entries, head: head.as_ref().map(chain::Excerpt::number) };
    writeln!(to, "{}", header_line(chain, entries, exported.head))?;
    if let Some(head) = head {
        writeln!(to, "{}", head.to_line())?;
    }
    let (mut next, mut is_deleted) = (1, false);
    // What is recorded meanwhile is for the next export.
    while next <= entries {
        let rows = db.rows(ENTRIES, args![chain, signed(next - 1)?, AT_ONCE]).await?;
        let opener = opener(db, vault, &rows).await?;
        for row in &rows {
            if next > entries {
                break;
            }
            let stored = Stored::of_row(row, &opener);
            if stored.sequence != signed(next)? {
                return Err(missing(chain, next, entries));
            }
            let is_whole =
                matches!(&stored.details, Kept::Salted(held) if str::from_utf8(held.bytes()).is_ok());
            if !is_whole && !is_deleted {
                is_deleted = says_deleted(db, chain, entries).await?;
                if !is_deleted {
                    let sequence = stored.sequence;
                    return Err(ExportFault::Details { chain: chain.to_owned(), sequence });
                }
            }
            writeln!(to, "{}", entry_line(&stored.recorded()))?;
            next += 1;
        }
        if rows.is_empty() {
            return Err(missing(chain, next, entries));
        }
    }
    to.flush()?;
    Ok(Some(exported))
}

fn missing(chain: &str, sequence: u64, entries: u64) -> ExportFault {
    ExportFault::Missing { chain: chain.to_owned(), sequence, entries }
}
