//! Whether a password is known from a breach.
//!
//! Who has a network asks the range API of Have I Been Pwned by the [`Sha1::prefix`], and reads the answer here
//! ([`RangeAnswer`]). Who has none downloads the whole list once, makes a compact file of it ([`import`]), and asks that
//! ([`Filter`]).

mod filter;
mod import;
mod list;
mod range;
mod shard;

use std::fmt;

use aws_lc_rs::digest;
use zeroize::Zeroizing;

pub use filter::{Filter, FilterFault};
pub use import::{ImportFault, Imported, import};
pub use list::BadLine;
pub use range::{NotAnAnswer, RangeAnswer};

use crate::Password;

/// The SHA-1 of a password, by which lists of breached passwords go. It finds the password, where that is weak: its `Debug`
/// shows nothing, and it is overwritten when it is dropped.
pub struct Sha1 {
    bytes: Zeroizing<[u8; 20]>,
    hex: Zeroizing<String>,
}

impl Sha1 {
    /// Of a password's bytes, as they are.
    pub fn of(password: &Password) -> Self {
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.expose().as_bytes());
        let mut bytes = Zeroizing::new([0; 20]);
        bytes.copy_from_slice(digest.as_ref());
        // As long as it gets, so that it leaves no shorter copy behind.
        let mut hex = Zeroizing::new(String::with_capacity(40));
        for digit in bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]) {
            hex.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
        }
        Self { bytes, hex }
    }

    /// The first five hexadecimal digits, in upper case: all that a service is told. Hundreds of known passwords share them.
    pub fn prefix(&self) -> &str {
        &self.hex[..5]
    }

    /// The other 35, which are looked for in the answer.
    pub fn suffix(&self) -> &str {
        &self.hex[5..]
    }

    /// What a filter knows of it: the first 64 bits.
    fn key(&self) -> u64 {
        key_of(&self.bytes)
    }
}

fn key_of(sha1: &[u8; 20]) -> u64 {
    sha1[..8].iter().fold(0, |key, &byte| key << 8 | u64::from(byte))
}

impl fmt::Debug for Sha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_bytes_and_split_as_the_service_wants_it() {
        let sha1 = Sha1::of(&Password::new("abc").unwrap());
        // FIPS 180-2, appendix A.1.
        assert_eq!((sha1.prefix(), sha1.suffix()), ("A9993", "E364706816ABA3E25717850C26C9CD0D89D"));
        assert_eq!(sha1.key(), 0xA999_3E36_4706_816A);
        assert_eq!(format!("{sha1:?}"), "Sha1");
    }
}
