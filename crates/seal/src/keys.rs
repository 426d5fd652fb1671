//! Data keys: one for each workspace, one for each person, one for the house and one for the index.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use aws_lc_rs::hmac;
use store::{Row, Tx, args};
use time_and_chance::{Chance, Time};
use zeroize::Zeroizing;

use crate::{
    Fault, Place, Private, Root, RootId, Sealed,
    xaes::{KEY_LEN, Key, NONCE_LEN},
};

/// Whose data key it is, when it is nobody's: what belongs to no workspace and no person.
pub const HOUSE: &str = "house";
/// The subject of the key of the blind index.
pub const INDEX: &str = "index";

/// A data key, unwrapped.
pub struct DataKey {
    pub(crate) id: i64,
    pub(crate) subject: String,
    key: Key,
    /// Only of the key of the index.
    index: Option<hmac::Key>,
}

/// A row of `data_keys`.
pub(crate) struct Wrapped {
    pub id: i64,
    pub subject: String,
    pub generation: i64,
    pub root: RootId,
    pub bytes: Vec<u8>,
    pub created_at: Time,
}

/// A wrapped key: its nonce, the 32 bytes, the tag.
const WRAPPED_LEN: usize = NONCE_LEN + KEY_LEN + 16;

impl Wrapped {
    pub fn of_row(row: &Row) -> store::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            subject: row.get("subject")?,
            generation: row.get("generation")?,
            root: RootId::trusted(row.get("root_id")?),
            bytes: row.get("wrapped")?,
            created_at: row.get("created_at")?,
        })
    }

    /// A new key of a subject, wrapped.
    pub fn new(root: &Root, chance: &dyn Chance, when: Time, subject: &str, generation: i64) -> Self {
        let (mut plain, mut id) = (Zeroizing::new([0; KEY_LEN]), [0; 8]);
        chance.fill(&mut *plain);
        chance.fill(&mut id);
        // 63 bits, so that it is no negative number for whoever looks at the table.
        let id = i64::from_be_bytes(id) & i64::MAX;
        let bytes = wrap(root, chance, id, subject, generation, &plain);
        Self { id, subject: subject.to_owned(), generation, root: root.id().clone(), bytes, created_at: when }
    }

    fn plain(&self, root: &Root) -> Result<Zeroizing<[u8; KEY_LEN]>, Fault> {
        let fault = Fault::DataKey(self.id);
        let whole: &[u8; WRAPPED_LEN] = self.bytes.as_slice().try_into().map_err(|_| fault.clone())?;
        let (nonce, rest) = whole.split_at(NONCE_LEN);
        let nonce = nonce.try_into().expect("it is as long as a nonce");
        let bound = bound(self.id, &self.subject, self.generation);
        let plain = root.key().decrypt(nonce, &bound, rest).map_err(|_| fault.clone())?;
        Ok(Zeroizing::new(plain.as_slice().try_into().map_err(|_| fault)?))
    }

    pub fn open(&self, root: &Root) -> Result<DataKey, Fault> {
        let plain = self.plain(root)?;
        let index = (self.subject == INDEX).then(|| hmac::Key::new(hmac::HMAC_SHA256, &*plain));
        let (id, subject) = (self.id, self.subject.clone());
        Ok(DataKey { id, subject, key: Key::new(&plain), index })
    }

    /// The same key under another root.
    pub fn rewrapped(&self, from: &Root, to: &Root, chance: &dyn Chance) -> Result<Self, Fault> {
        let plain = self.plain(from)?;
        let bytes = wrap(to, chance, self.id, &self.subject, self.generation, &plain);
        Ok(Self { root: to.id().clone(), bytes, subject: self.subject.clone(), ..*self })
    }

    pub fn args(&self) -> Vec<store::Arg> {
        args![
            self.id,
            &self.subject,
            self.generation,
            self.root.as_str(),
            self.bytes.as_slice(),
            self.created_at
        ]
    }
}

fn wrap(
    root: &Root,
    chance: &dyn Chance,
    id: i64,
    subject: &str,
    generation: i64,
    plain: &[u8; KEY_LEN],
) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    chance.fill(&mut nonce);
    let mut bytes = Vec::with_capacity(WRAPPED_LEN);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(plain);
    root.key().encrypt(&nonce, &bound(id, subject, generation), &mut bytes, NONCE_LEN);
    bytes
}

/// A wrapped key opens only as the key that it is.
fn bound(id: i64, subject: &str, generation: i64) -> Vec<u8> {
    let mut bytes = b"bailiwick data key 1".to_vec();
    bytes.extend_from_slice(&id.to_be_bytes());
    bytes.extend_from_slice(&generation.to_be_bytes());
    bytes.extend_from_slice(subject.as_bytes());
    bytes
}

impl DataKey {
    /// Seals a text for its place.
    pub fn seal(&self, chance: &dyn Chance, place: Place<'_>, text: &Private) -> Sealed {
        self.seal_bytes(chance, place, text.expose().as_bytes())
    }

    /// Seals bytes for their place.
    pub fn seal_bytes(&self, chance: &dyn Chance, place: Place<'_>, bytes: &[u8]) -> Sealed {
        Sealed::seal(&self.key, self.id, chance, place, bytes)
    }

    pub(crate) fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Private, Fault> {
        sealed.open_text(&self.key, place)
    }

    pub(crate) fn open_bytes(&self, place: Place<'_>, sealed: &Sealed) -> Result<Vec<u8>, Fault> {
        sealed.open(&self.key, place)
    }

    pub(crate) fn index(&self) -> &hmac::Key {
        self.index.as_ref().expect("only the key of the index is asked for this")
    }
}

/// The keys of some subjects, to seal with.
#[derive(Default)]
pub struct Keys(pub(crate) HashMap<String, Arc<DataKey>>);

impl Keys {
    /// The key of a subject, unless it was shredded.
    pub fn of(&self, subject: &str) -> Result<&DataKey, Fault> {
        self.0.get(subject).map(|key| &**key).ok_or_else(|| Fault::Shredded(subject.to_owned()))
    }

    /// Whether a subject was shredded, so that nothing is sealed for it any more.
    pub fn lack(&self, subject: &str) -> bool {
        !self.0.contains_key(subject)
    }
}

/// The keys that some fields were sealed with, to open them.
#[derive(Default)]
pub struct Opener {
    pub(crate) keys: HashMap<i64, Arc<DataKey>>,
    /// Those that are there and that nobody can unwrap.
    pub(crate) closed: HashSet<i64>,
}

impl Opener {
    /// The text of a field that stands at this place.
    pub fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Private, Fault> {
        self.key(place, sealed)?.open(place, sealed)
    }

    /// The bytes of a field that stands at this place.
    pub fn open_bytes(&self, place: Place<'_>, sealed: &Sealed) -> Result<Vec<u8>, Fault> {
        self.key(place, sealed)?.open_bytes(place, sealed)
    }

    /// The text of a column of a row; nothing of a NULL.
    pub fn column(&self, row: &Row, name: &str, place: Place<'_>) -> Result<Option<Private>, Fault> {
        sealed(row, name, place)?.map(|sealed| self.open(place, &sealed)).transpose()
    }

    /// A column of a row as it stands there, and the bytes in it; nothing of a NULL.
    pub fn column_bytes(
        &self,
        row: &Row,
        name: &str,
        place: Place<'_>,
    ) -> Result<Option<(Sealed, Vec<u8>)>, Fault> {
        let Some(sealed) = sealed(row, name, place)? else { return Ok(None) };
        let bytes = self.open_bytes(place, &sealed)?;
        Ok(Some((sealed, bytes)))
    }

    /// The text of a column that is never NULL.
    pub fn text(&self, row: &Row, name: &str, place: Place<'_>) -> Result<Private, Fault> {
        self.column(row, name, place)?.ok_or_else(|| Fault::not_sealed(place, &"nothing stands there"))
    }

    /// Whether the field's key is not in the keyring: it was destroyed, or the field names one that never was. Of one that is there,
    /// and does not open, it is not said.
    pub fn lacks(&self, sealed: &Sealed) -> bool {
        let id = sealed.key_id();
        !self.keys.contains_key(&id) && !self.closed.contains(&id)
    }

    fn key(&self, place: Place<'_>, sealed: &Sealed) -> Result<&DataKey, Fault> {
        self.keys.get(&sealed.key_id()).map(|key| &**key).ok_or_else(|| Fault::no_key(place, sealed.key_id()))
    }
}

fn sealed(row: &Row, name: &str, place: Place<'_>) -> Result<Option<Sealed>, Fault> {
    let bytes: Option<Vec<u8>> = row.get(name).map_err(|fault| Fault::not_sealed(place, &fault))?;
    bytes.map(Sealed::of_bytes).transpose().map_err(|bad| Fault::not_sealed(place, &bad))
}

const DESTROY: &str = "DELETE FROM data_keys WHERE subject = $1";
const NOTE: &str = "
    INSERT INTO shredded (subject, at) VALUES ($1, $2) ON CONFLICT (subject) DO NOTHING";

pub(crate) async fn destroy(tx: &mut Tx, when: Time, subject: &str) -> store::Result<()> {
    tx.execute(NOTE, args![subject, when]).await?;
    tx.execute(DESTROY, args![subject]).await?;
    tx.wants_empty_log().await
}
