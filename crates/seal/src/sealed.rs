use std::fmt;

use store::{Arg, Column, Row};
use time_and_chance::Chance;

use crate::{
    Fault, Place, Private,
    xaes::{Key, NONCE_LEN, TAG_LEN},
};

/// A field as the database holds it.
///
/// One byte of version, 8 bytes of key id (big-endian), 24 bytes of nonce, then the text as long as it is, and 16 bytes of
/// tag. What the tag covers besides the text: version, key id, table, column, row and workspace.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

const VERSION: u8 = 1;
const HEADER_LEN: usize = 1 + size_of::<i64>();
const TEXT_BEGINS: usize = HEADER_LEN + NONCE_LEN;

/// How many bytes a sealed field has more than its text.
pub const OVERHEAD: usize = TEXT_BEGINS + TAG_LEN;

/// Why bytes are no sealed field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadHeader {
    /// There are fewer than any sealed field has.
    #[error("it is cut short")]
    CutShort,
    /// They begin with a version that this program does not know.
    #[error("it is of version {0}, which this program does not know")]
    Version(u8),
}

impl Sealed {
    /// Reads what a column holds.
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, BadHeader> {
        match bytes.first() {
            Some(&VERSION) if bytes.len() >= OVERHEAD => Ok(Self(bytes)),
            Some(&VERSION) | None => Err(BadHeader::CutShort),
            Some(&other) => Err(BadHeader::Version(other)),
        }
    }

    /// As a column holds it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Which data key it was sealed with.
    pub fn key_id(&self) -> i64 {
        let bytes = self.0[1..HEADER_LEN].try_into().expect("eight bytes are eight bytes");
        i64::from_be_bytes(bytes)
    }

    pub(crate) fn seal(key: &Key, id: i64, chance: &dyn Chance, place: Place<'_>, text: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + OVERHEAD);
        bytes.push(VERSION);
        bytes.extend_from_slice(&id.to_be_bytes());
        let mut nonce = [0; NONCE_LEN];
        chance.fill(&mut nonce);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(text);
        let bound = place.bound_to(&bytes[..HEADER_LEN]);
        key.encrypt(&nonce, &bound, &mut bytes, TEXT_BEGINS);
        Self(bytes)
    }

    pub(crate) fn open(&self, key: &Key, place: Place<'_>) -> Result<Vec<u8>, Fault> {
        let nonce = self.0[HEADER_LEN..TEXT_BEGINS].try_into().expect("a nonce is as long as a nonce");
        let bound = place.bound_to(&self.0[..HEADER_LEN]);
        let opened = key.decrypt(nonce, &bound, &self.0[TEXT_BEGINS..]);
        opened.map(|mut text| std::mem::take(&mut *text)).map_err(|_| Fault::does_not_open(place))
    }

    pub(crate) fn open_text(&self, key: &Key, place: Place<'_>) -> Result<Private, Fault> {
        let text = String::from_utf8(self.open(key, place)?).map_err(|_| Fault::does_not_open(place))?;
        Ok(text.into())
    }
}

/// Shows the key and the length.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(key {}, {} bytes)", self.key_id(), self.0.len())
    }
}

impl From<Sealed> for Arg {
    fn from(sealed: Sealed) -> Self {
        sealed.0.into()
    }
}

impl From<&Sealed> for Arg {
    fn from(sealed: &Sealed) -> Self {
        sealed.0.as_slice().into()
    }
}

impl store::Absent for Sealed {
    const NULL: Arg = Arg::Bytes(None);
}

impl Column for Sealed {
    fn of(row: &Row, name: &str) -> store::Result<Self> {
        let bad = |why| store::Fault::Row(format!("column {name} holds no sealed field: {why}"));
        Self::of_bytes(row.get(name)?).map_err(bad)
    }
}

impl store::Nullable for Sealed {}
