use std::{fmt, str::FromStr};

use aws_lc_rs::digest;
use token_format::{Digest, Parsed};

/// How a digest was made of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scheme {
    /// The hash function.
    pub algorithm: Algorithm,
    /// Whether the prefix and its underscore were hashed along.
    pub with_prefix: bool,
}

/// A hash function of an import. Secrets are 64 random characters, so a plain hash is enough for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-1, which old products used. Its collisions need a choice of both inputs, which a random secret doesn't give.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    fn function(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// How many bytes its digests have.
    pub fn output_len(self) -> usize {
        self.function().output_len()
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }
}

impl FromStr for Algorithm {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let plain = name.trim().to_ascii_lowercase().replace('-', "");
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == plain);
        found.ok_or_else(|| "the algorithm is one of sha1, sha256, sha384, sha512".to_owned())
    }
}

impl Scheme {
    /// Ours: SHA-256 of the whole secret.
    pub const OURS: Self = Self { algorithm: Algorithm::Sha256, with_prefix: true };

    /// The digest of this token by this scheme.
    pub fn digest(self, token: &Parsed) -> Digest {
        let text = if self.with_prefix { token.secret().expose() } else { token.body() };
        Digest::from_bytes(digest::digest(self.algorithm.function(), text.as_bytes()).as_ref())
    }
}

/// As stored: `sha256`, or `sha256-body` where the prefix was not hashed along.
impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.algorithm.name(), if self.with_prefix { "" } else { "-body" })
    }
}

impl FromStr for Scheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (algorithm, with_prefix) = match text.strip_suffix("-body") {
            Some(algorithm) => (algorithm, false),
            None => (text, true),
        };
        Ok(Self { algorithm: algorithm.parse()?, with_prefix })
    }
}
