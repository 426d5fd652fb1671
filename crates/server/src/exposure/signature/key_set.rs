use std::{collections::HashMap, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{MOST_IDENTIFIER_BYTES, PublicKey};

/// The most listed keys that are looked at. GitHub has been seen with two.
const MOST_KEYS: usize = 100;

/// The usable keys of a partner, by identifier.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: HashMap<String, Arc<PublicKey>>,
    left_out: usize,
}

/// The text is not what a keys endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of public keys")]
pub struct NotKeys;

#[derive(Deserialize)]
struct Listing<'a> {
    #[serde(borrow)]
    public_keys: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Listed {
    key_identifier: String,
    key: String,
}

impl KeySet {
    /// Reads a keys endpoint's answer: `{"public_keys": [{"key_identifier": …, "key": PEM, "is_current": …}, …]}`.
    ///
    /// Members that nobody knows are passed over. A listed key that cannot be used is left out, and counted, because a
    /// partner that begins to use another curve beside the old one must not silence itself. Every key counts, current or
    /// not; of two with one identifier, the first.
    pub fn parse(answer: &[u8]) -> Result<Self, NotKeys> {
        let answer = std::str::from_utf8(answer).map_err(|_| NotKeys)?;
        let listing: Listing<'_> = serde_json::from_str(answer).map_err(|_| NotKeys)?;
        let mut set =
            Self { left_out: listing.public_keys.len().saturating_sub(MOST_KEYS), ..Self::default() };
        for raw in listing.public_keys.iter().take(MOST_KEYS) {
            match usable(raw) {
                Some((identifier, key)) => drop(set.keys.entry(identifier).or_insert_with(|| Arc::new(key))),
                None => set.left_out += 1,
            }
        }
        Ok(set)
    }

    /// The key of this identifier.
    pub fn get(&self, identifier: &str) -> Option<Arc<PublicKey>> {
        self.keys.get(identifier).cloned()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many of the listed ones could not be used.
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

fn usable(raw: &RawValue) -> Option<(String, PublicKey)> {
    let listed: Listed = serde_json::from_str(raw.get()).ok()?;
    let fits = (1..=MOST_IDENTIFIER_BYTES).contains(&listed.key_identifier.len());
    let key = PublicKey::from_pem(&listed.key).ok()?;
    fits.then_some((listed.key_identifier, key))
}
