use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

/// What is stored, looked up and compared instead of a token: the SHA-256 of its text, or, of a token that was imported,
/// the digest it came with.
///
/// Equality takes the same time wherever two digests of one length differ. `Debug` shows the first four bytes only,
/// enough to tell two log lines apart.
#[derive(Clone)]
pub struct Digest(Box<[u8]>);

impl Digest {
    /// The SHA-256 of a text, taken byte by byte as it is.
    pub fn of(text: &str) -> Self {
        Self(digest(&SHA256, text.as_bytes()).as_ref().into())
    }

    /// A digest that was computed elsewhere, for example one that is stored, or by another function than SHA-256.
    pub fn from_bytes(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes: 32 of a SHA-256.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Two hexadecimal digits in lower case for each byte, the form of `token_hash` in an answer to GitHub.
    pub fn hex(&self) -> String {
        to_hex(&self.0)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Digest {}

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({}…)", to_hex(&self.0[..self.0.len().min(4)]))
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes any text");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_digest_is_sha_256() {
        assert_eq!(Digest::of("abc").hex(), ABC);
    }

    #[test]
    fn debug_shows_four_bytes_of_a_digest() {
        assert_eq!(format!("{:?}", Digest::of("abc")), "Digest(ba7816bf…)");
        assert_eq!(format!("{:?}", Digest::from_bytes([7])), "Digest(07…)");
    }

    #[test]
    fn digests_that_differ_in_one_bit_or_in_length_differ() {
        let bytes = Digest::of("abc").as_bytes().to_vec();
        assert_eq!(Digest::from_bytes(bytes.clone()), Digest::of("abc"));
        for at in [0, 31] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_ne!(Digest::from_bytes(other), Digest::of("abc"));
        }
        assert_ne!(Digest::from_bytes(&bytes[..20]), Digest::of("abc"));
    }
}
