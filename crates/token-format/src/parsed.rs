use std::fmt;

use crate::{BODY_LEN, Digest, Prefix, Secret};

/// Characters of a [`Hint`].
pub const HINT_LEN: usize = 5;

/// Which of the three shapes a token has; see the [crate's specification](crate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 64 letters and digits without a prefix.
    V1,
    /// A known prefix, 64 letters and digits, and no valid checksum: an old token, or a look-alike.
    V2,
    /// A known prefix, and the last six of the 64 are the checksum of those before.
    V3,
}

impl Version {
    /// 1, 2 or 3.
    pub const fn number(self) -> u8 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }
}

/// A token that was found in a text. That it has the right shape says nothing about whether it was ever issued.
#[derive(Debug)]
pub struct Parsed {
    secret: Secret,
    version: Version,
    prefix: Option<Prefix>,
}

impl Parsed {
    pub(crate) fn new(body: &str, version: Version, prefix: Option<&Prefix>) -> Self {
        let text = prefix.map_or_else(|| body.to_owned(), |prefix| format!("{prefix}_{body}"));
        Self { secret: Secret::new(text), version, prefix: prefix.cloned() }
    }

    /// The exact text of the token, without what surrounded it.
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// As [`Parsed::secret`], for keeps.
    pub fn into_secret(self) -> Secret {
        self.secret
    }

    /// The shape it has.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The known prefix it begins with, which may be an operator's; none in version 1.
    pub const fn prefix(&self) -> Option<&Prefix> {
        self.prefix.as_ref()
    }

    /// Whether it begins with an operator's prefix.
    pub fn operator(&self) -> bool {
        self.prefix.as_ref().is_some_and(Prefix::is_operator)
    }

    /// Whether it carries a checksum that is right. Where only version 3 was ever issued under a prefix, a token of that
    /// prefix without it needs no look-up.
    pub const fn checksum_ok(&self) -> bool {
        matches!(self.version, Version::V3)
    }

    /// SHA-256 of the exact text, prefix included.
    pub fn digest(&self) -> Digest {
        Digest::of(self.secret.expose())
    }

    /// The 64 characters after the prefix. As secret as the token.
    pub fn body(&self) -> &str {
        let text = self.secret.expose();
        &text[text.len() - BODY_LEN..]
    }

    /// The part of it that is safe to show.
    pub fn hint(&self) -> Hint {
        Hint::of(self.body())
    }
}

/// The first five characters of a token's body, by which its owner tells it from others. Safe to show and to store.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hint([u8; HINT_LEN]);

impl Hint {
    pub(crate) fn of(body: &str) -> Self {
        let mut characters = [0; HINT_LEN];
        characters.copy_from_slice(&body.as_bytes()[..HINT_LEN]);
        Self(characters)
    }

    /// Five letters and digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a body is ASCII")
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hint({self})")
    }
}
