use serde::{Deserialize, Serialize};
use webauthn_rs_core::proto::{AuthenticationState, RegistrationState};

use super::{Refused, UserHandle};

/// What is kept between the two steps of a ceremony. Each opens its own second step and no other.
#[derive(Serialize, Deserialize)]
pub(super) enum State {
    Registration { person_id: String, user_handle: UserHandle, asked: RegistrationState },
    SignIn { listed: Vec<Vec<u8>>, asked: AuthenticationState },
    Discoverable { asked: AuthenticationState },
}

impl State {
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and lists can be written")
    }

    pub(super) fn from_json(json: &[u8]) -> Result<Self, Refused> {
        serde_json::from_slice(json).map_err(|_| Refused::NotBegun)
    }
}
