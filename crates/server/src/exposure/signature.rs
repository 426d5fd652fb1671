//! Who a message is from: GitHub's and GitLab's signatures, and the keys that they are checked with.
//!
//! Both partners sign alike. Two headers name a key and carry a signature, ECDSA over P-256 with SHA-256, as DER in
//! base64; what is signed are the bytes of the body as they came, so they are checked before anything is parsed. The keys
//! stand in a JSON answer that is of one shape with both.
//!
//! Sources: GitHub, "Secret scanning partner program"; GitLab, "Automatic response to leaked secrets".
//!
//! What their messages taught: signatures with a high `s` occur, so they hold here too. Whether a listed key is current
//! is not asked: a message that is under way while the partner changes keys is genuine.

use std::fmt;

use axum::http::HeaderMap;

mod key;
mod key_set;
#[cfg(test)]
mod tests;
mod verify;

pub use key::PublicKey;
pub use key_set::KeySet;
pub use verify::{BadSignature, is_well_formed, verify};

/// The longest key identifier that counts, in bytes. GitHub's have 64 characters, GitLab's 40.
pub const MOST_IDENTIFIER_BYTES: usize = 128;
/// The longest signature header that is looked at, in bytes: the base64 of the longest DER signature over P-256 has 96.
pub const MOST_SIGNATURE_BYTES: usize = 128;

/// Who reports leaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Partner {
    /// GitHub's secret scanning partner program.
    Github,
    /// GitLab's partners and its self-managed installations.
    Gitlab,
}

impl Partner {
    /// Its name in tables, metrics and routes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
        }
    }

    /// The header that names the key, in lower case. Header names have no case on the wire, and the partners'
    /// documentation has spelt them in several ways.
    pub const fn identifier_header(self) -> &'static str {
        match self {
            Self::Github => "github-public-key-identifier",
            Self::Gitlab => "gitlab-public-key-identifier",
        }
    }

    /// The header that carries the signature, in lower case.
    pub const fn signature_header(self) -> &'static str {
        match self {
            Self::Github => "github-public-key-signature",
            Self::Gitlab => "gitlab-public-key-signature",
        }
    }
}

impl fmt::Display for Partner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a message does not count as the partner's. None of them says anything of the message itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unauthentic {
    /// One of the two headers is not there.
    #[error("a signature header is missing")]
    MissingHeader,
    /// One of the two headers is there twice, so it is open which one was meant.
    #[error("a signature header is there twice")]
    DoubledHeader,
    /// One of the two headers is longer than any genuine one.
    #[error("a signature header is too long")]
    OverlongHeader,
    /// One of the two headers is not visible ASCII.
    #[error("a signature header is not plain text")]
    MalformedHeader,
    /// The partner lists no such key, or none that could be used: one of another curve, for example.
    #[error("the key is not one of the partner's")]
    UnknownKey,
    /// The signature is not base64 of DER.
    #[error("the signature is malformed")]
    MalformedSignature,
    /// The signature is not one of this body by this key.
    #[error("the signature is wrong")]
    WrongSignature,
}

impl Unauthentic {
    /// The reason as a metric's label.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::MissingHeader => "missing_header",
            Self::DoubledHeader => "doubled_header",
            Self::OverlongHeader => "overlong_header",
            Self::MalformedHeader => "malformed_header",
            Self::UnknownKey => "unknown_key",
            Self::MalformedSignature => "malformed_signature",
            Self::WrongSignature => "wrong_signature",
        }
    }
}

impl From<BadSignature> for Unauthentic {
    fn from(bad: BadSignature) -> Self {
        match bad {
            BadSignature::Malformed => Self::MalformedSignature,
            BadSignature::Wrong => Self::WrongSignature,
        }
    }
}

/// What a message says of its own signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignedHeaders<'a> {
    /// Which key is said to have signed.
    pub identifier: &'a str,
    /// The signature, in base64.
    pub signature: &'a str,
}

impl<'a> SignedHeaders<'a> {
    /// Takes the partner's two headers from a message.
    pub fn of(partner: Partner, headers: &'a HeaderMap) -> Result<Self, Unauthentic> {
        Ok(Self {
            identifier: only(headers, partner.identifier_header(), MOST_IDENTIFIER_BYTES)?,
            signature: only(headers, partner.signature_header(), MOST_SIGNATURE_BYTES)?,
        })
    }
}

/// Shows the identifier alone.
impl fmt::Debug for SignedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedHeaders({:?})", self.identifier)
    }
}

fn only<'a>(headers: &'a HeaderMap, name: &str, most: usize) -> Result<&'a str, Unauthentic> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|value| !value.is_empty()).ok_or(Unauthentic::MissingHeader)?;
    if values.next().is_some() {
        return Err(Unauthentic::DoubledHeader);
    }
    if value.len() > most {
        return Err(Unauthentic::OverlongHeader);
    }
    value.to_str().map_err(|_| Unauthentic::MalformedHeader)
}
