use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time_and_chance::Chance;
use webauthn_rs_core::proto::{AuthenticationResult, Credential};

/// Whose a passkey is, as devices keep it: 16 random bytes that say nothing of the person (WebAuthn level 2, section 14.6.1).
/// A person has one for all passkeys.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserHandle([u8; Self::LEN]);

impl UserHandle {
    /// Its length in bytes.
    pub const LEN: usize = 16;

    /// A new one.
    pub fn new(chance: &dyn Chance) -> Self {
        let mut bytes = [0; Self::LEN];
        chance.fill(&mut bytes);
        Self(bytes)
    }

    /// The one that these bytes are; nothing of another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for UserHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserHandle")
    }
}

impl Serialize for UserHandle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for UserHandle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(String::deserialize(deserializer)?);
        bytes
            .ok()
            .and_then(|bytes| Self::from_bytes(&bytes))
            .ok_or_else(|| de::Error::custom("no user handle"))
    }
}

/// A passkey as the server knows it: its id, its public key, whose it is, how often it was used. Nothing in it signs in, but
/// it tells which device a person has, so it is kept sealed. `Debug` shows nothing.
#[derive(Clone, Serialize, Deserialize)]
pub struct Passkey {
    user_handle: UserHandle,
    pub(super) credential: Credential,
}

/// Bytes that are no passkey, or one of a version that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what was kept as a passkey is none")]
pub struct BadPasskey;

impl Passkey {
    pub(super) fn new(user_handle: UserHandle, credential: Credential) -> Self {
        Self { user_handle, credential }
    }

    /// The one that [`to_json`](Self::to_json) wrote.
    pub fn from_json(json: &[u8]) -> Result<Self, BadPasskey> {
        serde_json::from_slice(json).map_err(|_| BadPasskey)
    }

    /// JSON, to be kept sealed.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and lists can be written")
    }

    /// What the device calls it: 1 to 1,023 bytes, unique on this site. The caller keeps it, or its digest, to find the
    /// passkey by, and lets nobody register it again.
    pub fn credential_id(&self) -> &[u8] {
        &self.credential.cred_id
    }

    /// Whose it is.
    pub fn user_handle(&self) -> &UserHandle {
        &self.user_handle
    }

    /// How often it was used, by its own count; zero for ever if it does not count, as those that are synced do not.
    pub fn counter(&self) -> u32 {
        self.credential.counter
    }

    /// Whether it is kept elsewhere too, by a password manager or the maker of the device.
    pub fn is_synced(&self) -> bool {
        self.credential.backup_state
    }

    /// The same after it was used, and whether anything of it is other than before.
    pub(super) fn after(mut self, used: &AuthenticationResult) -> (Self, bool) {
        let of = |one: &Credential| (one.counter, one.backup_eligible, one.backup_state);
        let before = of(&self.credential);
        self.credential.counter = used.counter();
        self.credential.backup_eligible = used.backup_eligible();
        self.credential.backup_state = used.backup_state();
        let changed = of(&self.credential) != before;
        (self, changed)
    }
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkey")
    }
}
