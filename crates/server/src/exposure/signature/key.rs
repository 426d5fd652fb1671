use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// What stands before the point in the DER of every uncompressed P-256 key (RFC 5480 section 2): `SEQUENCE { SEQUENCE {
/// id-ecPublicKey, prime256v1 }, BIT STRING`, then the octet that says "uncompressed".
const P256: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
const COORDINATES: usize = 64;

/// A partner's public key: a point on P-256.
#[derive(Debug, Clone)]
pub struct PublicKey(ParsedPublicKey);

/// Why a listed key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not one `PUBLIC KEY` block of PEM (RFC 7468) with base64 in it.
    #[error("not a public key in PEM")]
    NotPem,
    /// A key, perhaps, but not an uncompressed one of P-256; the partners use no other.
    #[error("not a key of P-256")]
    NotP256,
    /// The point does not lie on the curve.
    #[error("not a point of P-256")]
    NotAPoint,
}

impl PublicKey {
    /// Reads a key from PEM: a `SubjectPublicKeyInfo` of P-256, the form of both partners' keys.
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let base64 =
            pem.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(BadKey::NotPem)?;
        let base64: String = base64.split_ascii_whitespace().collect();
        let der = STANDARD.decode(base64).map_err(|_| BadKey::NotPem)?;
        // Looked at before the library does, which would also take a bare point.
        if der.len() != P256.len() + COORDINATES || !der.starts_with(&P256) {
            return Err(BadKey::NotP256);
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, der).map(Self).map_err(|_| BadKey::NotAPoint)
    }

    /// Whether these bytes are this key's signature of `message`.
    pub(super) fn signed(&self, message: &[u8], der: &[u8]) -> bool {
        self.0.verify_sig(message, der).is_ok()
    }
}
