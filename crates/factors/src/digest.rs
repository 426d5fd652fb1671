use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest as sha, hmac};

/// What is stored instead of a secret: 32 bytes of SHA-256 or HMAC-SHA-256.
///
/// Equality takes the same time wherever two of them differ. `Debug` shows nothing.
#[derive(Clone)]
pub struct Digest([u8; Self::LEN]);

impl Digest {
    /// Its length in bytes.
    pub const LEN: usize = 32;

    /// SHA-256 of a secret that nobody can guess.
    pub(crate) fn of(secret: &[u8]) -> Self {
        Self::taken(sha::digest(&sha::SHA256, secret).as_ref())
    }

    /// HMAC-SHA-256 (RFC 2104) of a secret that could be guessed by whoever had the key.
    pub(crate) fn keyed(key: &[u8], parts: &[&[u8]]) -> Self {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
        for part in parts {
            // A length before each part: no two lists of parts give the same bytes.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        Self::taken(context.sign().as_ref())
    }

    fn taken(bytes: &[u8]) -> Self {
        Self(bytes.try_into().expect("both functions give 32 bytes"))
    }

    /// The digest that these bytes are, such as those of a column; nothing of another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, to be stored.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digest: &Digest) -> String {
        digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_digest_is_sha_256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            hex(&Digest::of(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_moves_from_one_part_to_the_next_changes_a_keyed_digest() {
        assert_ne!(Digest::keyed(&[1; 32], &[b"ab", b"c"]), Digest::keyed(&[1; 32], &[b"a", b"bc"]));
        assert_ne!(Digest::keyed(&[1; 32], &[b"ab"]), Digest::keyed(&[2; 32], &[b"ab"]));
    }

    #[test]
    fn a_digest_comes_back_from_its_bytes_and_from_no_other_length() {
        let digest = Digest::of(b"abc");
        assert_eq!(Digest::from_bytes(digest.as_bytes()), Some(digest.clone()));
        assert_eq!(Digest::from_bytes(&digest.as_bytes()[..31]), None);
        assert_eq!(format!("{digest:?}"), "Digest");
    }
}
