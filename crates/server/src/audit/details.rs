//! How details lie in their table: the salt of their commitment, and then they themselves.

use chain::{Hash, SALT_LEN, commit};
use seal::{DataKey, Opener, Sealed};
use serde_json::{Value, json};
use time_and_chance::Chance;

use crate::{columns::AUDIT_DETAILS, web::Origin};

/// Details with a salt, as they are kept.
pub(super) struct Salted(Vec<u8>);

impl Salted {
    /// Salts details, and commits to them.
    pub fn new(chance: &dyn Chance, details: &str) -> (Self, Hash) {
        let mut salt = [0; SALT_LEN];
        chance.fill(&mut salt);
        let commitment = commit(&salt, details.as_bytes());
        (Self([&salt, details.as_bytes()].concat()), commitment)
    }

    /// What goes into the column of this entry's row.
    pub fn sealed(&self, key: &DataKey, chance: &dyn Chance, entry: &str, chain: &str) -> Sealed {
        key.seal_bytes(chance, AUDIT_DETAILS.of(entry, chain), &self.0)
    }

    /// What came out of the column of this entry's row; nothing if it cannot be read.
    pub fn opened(opener: &Opener, sealed: &Sealed, entry: &str, chain: &str) -> Option<Self> {
        let bytes = opener.open_bytes(AUDIT_DETAILS.of(entry, chain), sealed).ok()?;
        (bytes.len() >= SALT_LEN).then_some(Self(bytes))
    }

    /// The salt.
    pub fn salt(&self) -> &[u8] {
        &self.0[..SALT_LEN]
    }

    /// The bytes that were committed to.
    pub fn bytes(&self) -> &[u8] {
        &self.0[SALT_LEN..]
    }

    /// The details, to be shown.
    pub fn shown(&self) -> Value {
        serde_json::from_slice(self.bytes()).unwrap_or(Value::Null)
    }
}

/// The details' text, with where the request came from, which is as much somebody's own as they are.
pub(super) fn with_origin(details: &Value, origin: Option<&Origin>) -> String {
    let from = origin.and_then(|origin| match (origin.address, &origin.user_agent) {
        (None, None) => None,
        (ip, user_agent) => Some(json!({"ip": ip, "user_agent": user_agent})),
    });
    match (details, from) {
        (Value::Object(members), Some(from)) => {
            let mut members = members.clone();
            members.insert("from".to_owned(), from);
            Value::Object(members).to_string()
        }
        (details, _) => details.to_string(),
    }
}
