use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use time_and_chance::Chance;
use zeroize::Zeroizing;

use crate::{Digest, SecretText};

/// The secret in a mailed link, or in a cookie: 32 random bytes, 43 characters in base64url (RFC 4648, section 5).
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct LinkSecret(Zeroizing<[u8; Self::LEN]>);

impl LinkSecret {
    /// Its length in bytes.
    pub const LEN: usize = 32;
    /// Its length in characters.
    pub const TEXT_LEN: usize = 43;

    /// A new one.
    pub fn new(chance: &dyn Chance) -> Self {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        chance.fill(&mut *bytes);
        Self(bytes)
    }

    /// The one that this text is. There is one spelling: 43 characters, no padding, no bits left over.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::TEXT_LEN {
            return None;
        }
        let bytes = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Its text, for the link or the cookie.
    pub fn text(&self) -> SecretText {
        SecretText::new(BASE64_URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// Its bytes, for a [`MailCode`](crate::MailCode) to be bound to.
    pub fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// What is stored of it, and what it is found by: SHA-256 of the bytes. Nobody guesses 256 bits.
    pub fn digest(&self) -> Digest {
        Digest::of(&*self.0)
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret")
    }
}
