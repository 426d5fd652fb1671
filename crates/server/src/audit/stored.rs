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
    pub fn of_row(row: &Row, opener: &Opener) -> Result<Self> {
        let (id, chain): (String, String) = (row.get("id")?, row.get("chain")?);
        let details = match row.get::<Option<Vec<u8>>>("details").map(|kept| kept.map(Sealed::of_bytes)) {
            Ok(None) => Kept::Gone,
            // Their key was destroyed, and they with it.
            Ok(Some(Ok(sealed))) if opener.lacks(&sealed) => Kept::Gone,
            Ok(Some(Ok(sealed))) => {
                Salted::opened(opener, &sealed, &id, &chain).map_or(Kept::Unreadable, Kept::Salted)
            }
            Err(_) | Ok(Some(Err(_))) => Kept::Unreadable,
        };
        Ok(Self {
            id,
            chain,
            sequence: row.get("sequence")?,
            at: row.get("at").unwrap_or_default(),
            actor_kind: row.get("actor_kind").unwrap_or_default(),
            actor_id: row.get("actor_id").unwrap_or_default(),
            event: row.get("event").unwrap_or_default(),
            target: row.get("target").unwrap_or_default(),
            request_id: row.get("request_id").unwrap_or_default(),
            commitment: hash_or_nothing(row, "commitment"),
            hash: hash_or_nothing(row, "hash"),
            details,
        })
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
    let sealed = |row: &Row| {
        let bytes = row.get::<Option<Vec<u8>>>("details").ok()??;
        Sealed::of_bytes(bytes).ok().map(|sealed| sealed.key_id())
    };
    vault.opener(db, rows.iter().filter_map(sealed)).await
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
