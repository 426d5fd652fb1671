//! Entries as they lie in their table.

use chain::{Details, Hash, Recorded};
use seal::{Opener, Sealed, Vault};
use store::{Db, Fault, Result, Row};

use super::details::Salted;

/// A row of entries with its details. It says what stands there, whether or not that fits together.
pub(super) struct Stored {
    pub id: String,
    pub chain: String,
    pub sequence: i64,
    pub at: i64,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub event: String,
    pub target: Option<String>,
    pub request_id: Option<String>,
    pub commitment: Hash,
    pub hash: Hash,
    pub details: Kept,
}

/// What is there of its details.
pub(super) enum Kept {
    Salted(Salted),
    Unreadable,
    Gone,
}

impl Stored {
    /// Reads a row that has all columns of `audit_entries`, and `details`. What is not of its column's kind counts as nothing: it is
    /// found where it stands, and ends nothing else.
    pub fn of_row(row: &Row, opener: &Opener) -> Self {
        let (id, chain) = (text(row, "id"), text(row, "chain"));
        let details = match row.get::<Option<Vec<u8>>>("details").map(|kept| kept.map(Sealed::of_bytes)) {
            Ok(None) => Kept::Gone,
            // Their key was destroyed, and they with it.
            Ok(Some(Ok(sealed))) if opener.lacks(&sealed) => Kept::Gone,
            Ok(Some(Ok(sealed))) => {
                Salted::opened(opener, &sealed, &id, &chain).map_or(Kept::Unreadable, Kept::Salted)
            }
            Err(_) | Ok(Some(Err(_))) => Kept::Unreadable,
        };
        Self {
            id,
            chain,
            sequence: row.get("sequence").unwrap_or_default(),
            at: row.get("at").unwrap_or_default(),
            actor_kind: row.get("actor_kind").unwrap_or_default(),
            actor_id: row.get("actor_id").unwrap_or_default(),
            event: row.get("event").unwrap_or_default(),
            target: row.get("target").unwrap_or_default(),
            request_id: row.get("request_id").unwrap_or_default(),
            commitment: hash_or_nothing(row, "commitment"),
            hash: hash_or_nothing(row, "hash"),
            details,
        }
    }

    /// The same, to be looked at.
    pub fn recorded(&self) -> Recorded<'_> {
        let entry = chain::Entry {
            chain: &self.chain,
            sequence: u64::try_from(self.sequence).unwrap_or_default(),
            id: &self.id,
            at: self.at,
            actor_kind: &self.actor_kind,
            actor_id: self.actor_id.as_deref(),
            event: &self.event,
            target: self.target.as_deref(),
            request_id: self.request_id.as_deref(),
            commitment: self.commitment,
        };
        let details = match &self.details {
            Kept::Salted(salted) => Details::Held { salt: salted.salt(), bytes: salted.bytes() },
            Kept::Unreadable => Details::Unreadable,
            Kept::Gone => Details::Gone,
        };
        Recorded { entry, hash: self.hash, details }
    }
}

/// What opens the details of these rows. What is no sealed field at all is for whoever reads the row to say.
pub(super) async fn opener(db: &Db, vault: &Vault, rows: &[Row]) -> Result<Opener> {
    vault.opener(db, keys_of(rows)).await
}

/// The same for whoever only looks: a key that cannot be had ends nothing, and what it has sealed cannot be read.
pub(super) async fn opener_of_any(db: &Db, vault: &Vault, rows: &[Row]) -> Result<Opener> {
    vault.opener_of_any(db, keys_of(rows)).await
}

fn keys_of(rows: &[Row]) -> impl Iterator<Item = i64> {
    let sealed = |row: &Row| {
        let bytes = row.get::<Option<Vec<u8>>>("details").ok()??;
        Sealed::of_bytes(bytes).ok().map(|sealed| sealed.key_id())
    };
    rows.iter().filter_map(sealed)
}

/// The text in this column, to be looked at. SQLite takes anything in any column: what is no text is read as what comes nearest.
pub(super) fn text(row: &Row, column: &str) -> String {
    row.get(column).unwrap_or_else(|_| {
        String::from_utf8_lossy(&row.get::<Vec<u8>>(column).unwrap_or_default()).into_owned()
    })
}

/// The name in this column, if it can be the next one after this: it is a text, and greater.
///
/// SQLite has what is no text behind all texts. Read as one it may be less, and whoever goes on from there would find it again and
/// again. PostgreSQL takes none, and knows itself what is greater where it is.
pub(super) fn name_after(row: &Row, column: &str, after: &str) -> Option<String> {
    row.get::<String>(column).ok().filter(|name| row.is_typed() || name.as_str() > after)
}

/// The hash in this column, to be looked at. What is none counts as [`Hash::NOTHING`], which is no entry's.
pub(super) fn hash_or_nothing(row: &Row, column: &str) -> Hash {
    let bytes: Option<Vec<u8>> = row.get(column).unwrap_or_default();
    bytes.and_then(|bytes| Hash::from_slice(&bytes)).unwrap_or(Hash::NOTHING)
}

/// The hash in this column, to go on from.
pub(super) fn hash_in(row: &Row, column: &str) -> Result<Hash> {
    let bytes: Vec<u8> = row.get(column)?;
    Hash::from_slice(&bytes).ok_or_else(|| Fault::Row(format!("column {column}: not 32 bytes")))
}
