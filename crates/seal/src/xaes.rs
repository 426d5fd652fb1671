//! XAES-256-GCM: AES-256-GCM under a key that is derived from the long-lived one for each message, so that its 24 bytes of
//! nonce may be random. Source: C2SP, "XAES-256-GCM", <https://c2sp.org/XAES-256-GCM>.
//!
//! The derived key is the concatenation of two CMACs over single blocks (NIST SP 800-108r1, counter mode, label `X`), of
//! which the first half of the nonce is the context. 2^80 messages under one key collide with a chance of 2^-32.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cmac,
};
use zeroize::Zeroizing;

/// The length of a key in bytes.
pub const KEY_LEN: usize = 32;
/// The length of a nonce in bytes.
pub const NONCE_LEN: usize = 24;
/// The length of a tag in bytes.
pub const TAG_LEN: usize = 16;

const HALF: usize = NONCE_LEN / 2;

/// A long-lived key.
pub struct Key(cmac::Key);

/// What was sealed does not open: another key, another place, or other bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoesNotOpen;

impl Key {
    pub fn new(bytes: &[u8; KEY_LEN]) -> Self {
        Self(cmac::Key::new(cmac::AES_256, bytes).expect("the key has the length of an AES-256 key"))
    }

    fn derived(&self, nonce: &[u8; NONCE_LEN]) -> LessSafeKey {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        for (counter, half) in (1_u8..).zip(bytes.chunks_mut(KEY_LEN / 2)) {
            let mut block = [0, counter, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            block[4..].copy_from_slice(&nonce[..HALF]);
            half.copy_from_slice(cmac::sign(&self.0, &block).expect("a block can be signed").as_ref());
        }
        let key = UnboundKey::new(&AES_256_GCM, &*bytes).expect("the key has the length of an AES-256 key");
        LessSafeKey::new(key)
    }

    /// Encrypts in place what stands in `bytes` from `begin` on, and adds the tag.
    pub fn encrypt(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], bytes: &mut Vec<u8>, begin: usize) {
        let key = self.derived(nonce);
        let tag = key.seal_in_place_separate_tag(second_half(nonce), Aad::from(aad), &mut bytes[begin..]);
        bytes.extend_from_slice(tag.expect("a field is shorter than 64 GiB").as_ref());
    }

    /// Decrypts a text with its tag.
    pub fn decrypt(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let mut plain = Zeroizing::new(bytes.to_vec());
        let opened = self.derived(nonce).open_in_place(second_half(nonce), Aad::from(aad), &mut plain);
        let length = opened.map_err(|_| DoesNotOpen)?.len();
        plain.truncate(length);
        Ok(plain)
    }
}

fn second_half(nonce: &[u8; NONCE_LEN]) -> Nonce {
    Nonce::try_assume_unique_for_key(&nonce[HALF..]).expect("half of the nonce is a nonce of GCM")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The test vectors of the specification.
    #[test]
    fn it_is_what_the_specification_says() {
        let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
        for (byte, aad, expected) in [
            (1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
            (3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
        ] {
            let key = Key::new(&[byte; KEY_LEN]);
            let mut bytes = b"XAES-256-GCM".to_vec();
            key.encrypt(nonce, aad.as_bytes(), &mut bytes, 0);
            assert_eq!(hex(&bytes), expected);
            assert_eq!(&**key.decrypt(nonce, aad.as_bytes(), &bytes).unwrap(), b"XAES-256-GCM");
        }
    }
}
