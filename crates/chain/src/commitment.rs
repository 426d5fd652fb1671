use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    hmac::{HMAC_SHA256, Key, sign},
};

use crate::Hash;

/// How many bytes a salt has.
pub const SALT_LEN: usize = 32;

/// Commits to details: an HMAC-SHA-256 (RFC 2104) of their bytes, keyed with a random salt.
///
/// Whoever has salt and details can check them. Once both are gone, the commitment says nothing about them, not even to
/// somebody who guesses.
pub fn commit(salt: &[u8; SALT_LEN], details: &[u8]) -> Hash {
    Hash::copied(sign(&Key::new(HMAC_SHA256, salt), details).as_ref())
}

/// Whether these are the details that were committed to.
pub fn is_of(commitment: &Hash, salt: &[u8], details: &[u8]) -> bool {
    salt.try_into().is_ok_and(|salt| {
        verify_slices_are_equal(commit(salt, details).as_bytes(), commitment.as_bytes()).is_ok()
    })
}
