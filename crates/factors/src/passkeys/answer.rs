use serde::{Deserialize, de::DeserializeOwned, de::IgnoredAny};
use webauthn_rs_core::proto::PublicKeyCredential;

use super::{Refused, UserHandle};

/// How many bytes of JSON an answer may have. The largest ones attest with certificates and have a few thousand.
pub const MAX_ANSWER: usize = 16 * 1024;

/// What an answer claims before anything of it is checked.
pub struct Claimed {
    /// Which passkey it is from.
    pub credential_id: Vec<u8>,
    /// Whose that is.
    pub user_handle: UserHandle,
}

/// Whom an answer to [`begin_discoverable_sign_in`](super::Passkeys::begin_discoverable_sign_in) claims to be from, so that
/// the caller can look for the passkey. Nothing of it is proven yet.
pub fn claimed(answer: &[u8]) -> Result<Claimed, Refused> {
    let answer: PublicKeyCredential = read(answer)?;
    let user_handle = answer.response.user_handle.as_deref().ok_or(Refused::AnotherPerson)?;
    Ok(Claimed {
        user_handle: UserHandle::from_bytes(user_handle).ok_or(Refused::AnotherPerson)?,
        credential_id: answer.raw_id,
    })
}

/// Which passkey an answer claims to be from, to look for it where the device need not say whose it is. Nothing is proven yet.
pub fn credential_of(answer: &[u8]) -> Result<Vec<u8>, Refused> {
    let answer: PublicKeyCredential = read(answer)?;
    Ok(answer.raw_id)
}

pub(super) fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Refused> {
    if answer.len() > MAX_ANSWER {
        return Err(Refused::TooLong);
    }
    serde_json::from_slice(answer).map_err(|_| Refused::Unreadable)
}

/// What the browser says about frames (WebAuthn level 3, section 5.8.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frames {
    cross_origin: Option<bool>,
    top_origin: Option<IgnoredAny>,
}

/// Our pages are in nobody's frame. The library looks at that when a passkey is made and not when it is used.
pub(super) fn check_frames(client_data: &[u8]) -> Result<(), Refused> {
    let said: Frames = serde_json::from_slice(client_data).map_err(|_| Refused::Unreadable)?;
    if said.cross_origin == Some(true) || said.top_origin.is_some() {
        return Err(Refused::Framed);
    }
    Ok(())
}
