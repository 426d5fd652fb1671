use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use token_format::Digest;

/// A partner's key pair on P-256, and its name.
pub struct Signer {
    pair: EcdsaKeyPair,
    public_pem: String,
    identifier: String,
}

/// The text is not a private key that partners sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a private key of P-256 in PEM (PKCS#8, \"BEGIN PRIVATE KEY\")")]
pub struct BadPrivateKey;

impl Signer {
    /// A new key pair, of the crypto library's randomness.
    pub fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
        Self::of(pair.expect("a key can be made wherever there is randomness"))
    }

    /// Reads a private key: PKCS#8 in PEM, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes it.
    pub fn from_pem(pem: &str) -> Result<Self, BadPrivateKey> {
        let der = unwrap("PRIVATE KEY", pem).ok_or(BadPrivateKey)?;
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).map_err(|_| BadPrivateKey)?;
        Ok(Self::of(pair))
    }

    fn of(pair: EcdsaKeyPair) -> Self {
        let der: PublicKeyX509Der<'_> =
            pair.public_key().as_der().expect("a public key of P-256 has a DER form");
        let public_pem = wrap("PUBLIC KEY", der.as_ref());
        let identifier = Digest::of(&public_pem).hex();
        Self { pair, public_pem, identifier }
    }

    /// The private key, as [`Signer::from_pem`] reads it.
    pub fn private_pem(&self) -> String {
        let der = self.pair.to_pkcs8v1().expect("a private key of P-256 has a PKCS#8 form");
        wrap("PRIVATE KEY", der.as_ref())
    }

    /// The public key: `SubjectPublicKeyInfo` in PEM, with a line end at its end.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// What the key is called: SHA-256 of the public PEM with its last line end, in lower-case hexadecimal, as GitHub's.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Signs these bytes: ECDSA with SHA-256, ASN.1 DER, base64, as it stands in the partners' header.
    pub fn sign(&self, body: &[u8]) -> String {
        let signature = self.pair.sign(&SystemRandom::new(), body).expect("signing needs randomness alone");
        STANDARD.encode(signature)
    }

    /// What a keys endpoint answers that lists this key alone.
    pub fn keys_json(&self) -> Value {
        json!({"public_keys": [{"key_identifier": self.identifier, "key": self.public_pem, "is_current": true}]})
    }
}

/// Shows the name alone.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.identifier)
    }
}

/// The textual encoding of RFC 7468: base64 in lines of 64 characters between two marks.
fn wrap(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
        pem.push('\n');
    }
    pem + &format!("-----END {label}-----\n")
}

fn unwrap(label: &str, pem: &str) -> Option<Vec<u8>> {
    let rest = pem.trim().strip_prefix(&format!("-----BEGIN {label}-----"))?;
    let base64 = rest.strip_suffix(&format!("-----END {label}-----"))?;
    STANDARD.decode(base64.split_ascii_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposure::{KeySet, verify};

    #[test]
    fn what_a_signer_signs_is_authentic_by_the_keys_it_lists() {
        let (signer, other) = (Signer::generate(), Signer::generate());
        let keys = KeySet::parse(signer.keys_json().to_string().as_bytes()).unwrap();
        let key = keys.get(signer.identifier()).unwrap();
        for body in [&b"[]"[..], b"", b"[{\"token\":\"x\"}]\n"] {
            assert_eq!(verify(&key, &signer.sign(body), body), Ok(()));
            assert!(verify(&key, &signer.sign(body), b"something else").is_err());
            assert!(verify(&key, &other.sign(body), body).is_err());
        }
    }

    #[test]
    fn a_private_key_reads_back_as_the_same_signer() {
        let signer = Signer::generate();
        let again = Signer::from_pem(&signer.private_pem()).unwrap();
        assert_eq!(again.identifier(), signer.identifier());
        assert_eq!(again.public_pem(), signer.public_pem());
    }

    #[test]
    fn a_text_that_is_no_private_key_is_refused() {
        let signer = Signer::generate();
        let cut = signer.private_pem().replace('M', "");
        for wrong in ["", "hello", signer.public_pem(), &cut] {
            assert_eq!(Signer::from_pem(wrong).err(), Some(BadPrivateKey), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_called_by_the_digest_of_its_pem() {
        // GitHub's own, from "Secret scanning partner program".
        let pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\nkCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==\n-----END PUBLIC KEY-----\n";
        assert_eq!(Digest::of(pem).hex(), "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a");
    }

    #[test]
    fn debug_shows_nothing_of_the_private_key() {
        let signer = Signer::generate();
        assert_eq!(format!("{signer:?}"), format!("Signer({})", signer.identifier()));
    }
}
