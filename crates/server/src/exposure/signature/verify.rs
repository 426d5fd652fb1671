use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::PublicKey;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// Not canonical base64 of the DER of two integers and nothing else.
    #[error("the signature is malformed")]
    Malformed,
    /// Well-formed, but not of this body by this key.
    #[error("the signature is wrong")]
    Wrong,
}

/// Checks the form of a signature alone: what is malformed need not be compared with anything.
pub fn is_well_formed(signature: &str) -> bool {
    STANDARD.decode(signature).is_ok_and(|der| is_der(&der))
}

/// Checks that `signature`, as its header carries it, is the key's over exactly these bytes.
///
/// There is one spelling of a signature: canonical base64 (padded, no spare bits set, no white space) of DER without a
/// trailing byte. Both values of `s` that a signature can have are good, as GitHub sends both.
pub fn verify(key: &PublicKey, signature: &str, body: &[u8]) -> Result<(), BadSignature> {
    let der = STANDARD.decode(signature).map_err(|_| BadSignature::Malformed)?;
    if !is_der(&der) {
        return Err(BadSignature::Malformed);
    }
    if key.signed(body, &der) { Ok(()) } else { Err(BadSignature::Wrong) }
}

/// Whether this is `SEQUENCE { INTEGER r, INTEGER s }` with each in its shortest form, positive, and no byte after it.
/// (The library refuses all else too, but does not tell it from a wrong signature.)
fn is_der(bytes: &[u8]) -> bool {
    let Some((inner, [])) = tagged(SEQUENCE, bytes) else { return false };
    let Some((r, rest)) = tagged(INTEGER, inner) else { return false };
    let Some((s, [])) = tagged(INTEGER, rest) else { return false };
    is_positive(r) && is_positive(s)
}

/// The contents of the element with this tag at the beginning, and what follows it. No element here reaches 128 bytes,
/// so a length is one byte.
fn tagged(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = bytes else { return None };
    if *found != tag || *length > 127 {
        return None;
    }
    rest.split_at_checked(usize::from(*length))
}

fn is_positive(integer: &[u8]) -> bool {
    match integer {
        [] | [0] => false,
        [0, next, ..] => next & 0x80 != 0,
        [first, ..] => first & 0x80 == 0,
    }
}
