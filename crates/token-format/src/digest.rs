use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

/// SHA-256 of a token's text: what is stored, looked up and compared instead of the token.
///
/// Equality takes the same time whatever the digests are. `Debug` shows the first four bytes only, enough to tell two
/// log lines apart.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a text, taken byte by byte as it is.
    pub fn of(text: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Self(bytes)
    }

    /// A digest that was computed elsewhere, for example when old tokens are imported.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits of either case.
    pub fn from_hex(hex: &str) -> Result<Self, NotADigest> {
        let digits = hex.as_bytes();
        if digits.len() != 64 {
            return Err(NotADigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_value(pair[0])? << 4 | hex_value(pair[1])?;
        }
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 hexadecimal digits in lower case, the form of `token_hash` in an answer to GitHub.
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
        write!(f, "Digest({}…)", to_hex(&self.0[..4]))
    }
}

/// The text is not the hexadecimal form of a SHA-256 digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADigest;

impl fmt::Display for NotADigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest is 64 hexadecimal digits")
    }
}

impl std::error::Error for NotADigest {}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes any text");
        hex
    })
}

fn hex_value(digit: u8) -> Result<u8, NotADigest> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(NotADigest)
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
    fn a_digest_survives_its_hexadecimal_form_in_either_case() {
        assert_eq!(Digest::from_hex(ABC), Ok(Digest::of("abc")));
        assert_eq!(Digest::from_hex(&ABC.to_uppercase()), Ok(Digest::of("abc")));
        assert_eq!(Digest::from_bytes(*Digest::of("abc").as_bytes()), Digest::of("abc"));
    }

    #[test]
    fn what_is_not_a_digest_is_refused() {
        for text in ["", "ba78", &ABC[1..], &format!("{ABC}0"), &ABC.replace('b', "g"), &"é".repeat(32)] {
            assert_eq!(Digest::from_hex(text), Err(NotADigest), "{text}");
        }
    }

    #[test]
    fn debug_shows_four_bytes_of_a_digest() {
        assert_eq!(format!("{:?}", Digest::of("abc")), "Digest(ba7816bf…)");
    }

    #[test]
    fn digests_that_differ_in_one_bit_differ() {
        let mut bytes = *Digest::of("abc").as_bytes();
        bytes[31] ^= 1;
        assert_ne!(Digest::from_bytes(bytes), Digest::of("abc"));
    }
}
