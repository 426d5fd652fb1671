use std::sync::Arc;

use aws_lc_rs::hmac;
use store::{Arg, Tx, args};
use time_and_chance::{Chance, Time};

use crate::{
    Reader, Vault,
    keys::{DataKey, INDEX, Wrapped},
};

/// What sealed fields are found by: a keyed hash of what they say. Equal values have equal hashes, and that is all that
/// the table tells; without the key nobody can try out guesses.
///
/// While the index's key is rotated there are two, and a value is looked for by both.
pub struct Index {
    current: Arc<DataKey>,
    former: Option<Arc<DataKey>>,
}

const KEYS: &str = "
    SELECT id, subject, generation, root_id, wrapped, created_at FROM data_keys
    WHERE subject = $1 ORDER BY generation DESC";
const HOLD: &str = "SELECT id FROM data_keys WHERE subject = $1 {share}";

impl Vault {
    /// The index, to look something up in.
    pub async fn index<'r>(&self, reader: impl Into<Reader<'r>>) -> store::Result<Option<Index>> {
        let mut reader = reader.into();
        let rows = reader.rows(KEYS, args![INDEX]).await?;
        self.index_of(&mut reader, &rows).await
    }

    /// The same, made if there is none.
    pub async fn index_made(&self, tx: &mut Tx, when: Time, chance: &dyn Chance) -> store::Result<Index> {
        if let Some(index) = self.index(&mut *tx).await? {
            return Ok(index);
        }
        self.keys(tx, when, chance, [INDEX]).await?;
        let index = self.index(tx).await?;
        index.ok_or_else(|| store::Fault::Row("the index has no key".to_owned()))
    }

    /// The index, to put something into: it stays the index until the transaction ends. Made if there is none.
    pub async fn index_held(&self, tx: &mut Tx, when: Time, chance: &dyn Chance) -> store::Result<Index> {
        tx.rows(HOLD, args![INDEX]).await?;
        // Read after it is held: a statement that waited for a rotation knows nothing of the key that this has made.
        self.index_made(tx, when, chance).await
    }

    async fn index_of(&self, reader: &mut Reader<'_>, rows: &[store::Row]) -> store::Result<Option<Index>> {
        let mut keys = Vec::with_capacity(2);
        for row in rows.iter().take(2) {
            keys.push(self.unwrapped(reader, &Wrapped::of_row(row)?).await?);
        }
        let mut keys = keys.into_iter();
        Ok(keys.next().map(|current| Index { current, former: keys.next() }))
    }
}

impl Index {
    /// Under what a value is stored from now on.
    pub fn of(&self, value: &str) -> Vec<u8> {
        hash(&self.current, value)
    }

    /// Under what it may still be stored, while the index is rotated.
    pub fn former(&self, value: &str) -> Option<Vec<u8>> {
        self.former.as_ref().map(|key| hash(key, value))
    }

    /// The two under which it is looked for: the same twice, but for a rotation.
    pub fn both(&self, value: &str) -> [Arg; 2] {
        let current = self.of(value);
        let former = self.former(value).unwrap_or_else(|| current.clone());
        [current.into(), former.into()]
    }

    /// Under what a value was stored by this key; nothing if it is none of the index's any more.
    pub fn by(&self, key_id: i64, value: &str) -> Option<Vec<u8>> {
        let known = std::iter::once(&self.current).chain(&self.former);
        known.into_iter().find(|key| key.id == key_id).map(|key| hash(key, value))
    }

    /// Which key it is that [`Self::of`] uses.
    pub fn key_id(&self) -> i64 {
        self.current.id
    }
}

fn hash(key: &DataKey, value: &str) -> Vec<u8> {
    hmac::sign(key.index(), value.as_bytes()).as_ref().to_vec()
}
