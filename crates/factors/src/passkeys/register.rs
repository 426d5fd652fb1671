use webauthn_rs_core::proto::{
    AttestationConveyancePreference, COSEAlgorithm, CredProtect, CredentialProtectionPolicy,
    RegisterPublicKeyCredential, RequestRegistrationExtensions, UserVerificationPolicy,
};

use super::{Begun, Passkey, Passkeys, Refused, UserHandle, answer, quietly, state::State};

/// How many bytes a credential id may have (WebAuthn level 2, section 4).
const MAX_ID: usize = 1_023;

impl Passkeys {
    /// Asks for a new passkey of this person's, who has `already` some: a device that has one of those makes no second.
    ///
    /// `account` and `display_name` are what the device shows when it asks which passkey to use.
    pub fn begin_registration(
        &self,
        person_id: &str,
        user_handle: &UserHandle,
        account: &str,
        display_name: &str,
        already: &[Passkey],
    ) -> Begun {
        let not_empty = |name: &str| if name.is_empty() { "–".to_owned() } else { name.to_owned() };
        let already = already.iter().map(|passkey| passkey.credential_id().to_vec()).collect();
        let asked = self
            .core
            .new_challenge_register_builder(
                user_handle.as_bytes(),
                &not_empty(account),
                &not_empty(display_name),
            )
            .expect("handle and names are not empty")
            .attestation(AttestationConveyancePreference::None)
            .credential_algorithms(COSEAlgorithm::secure_algs())
            .require_resident_key(true)
            .user_verification_policy(UserVerificationPolicy::Required)
            .exclude_credentials(Some(already))
            .extensions(Some(only_for_the_verified()));
        let (options, asked) = quietly(|| self.core.generate_challenge_register(asked))
            .expect("to ask needs nothing that could be missing");
        let person_id = person_id.to_owned();
        Begun {
            options: serde_json::to_string(&options).expect("texts, numbers and lists can be written"),
            state: State::Registration { person_id, user_handle: user_handle.clone(), asked }.to_json(),
        }
    }

    /// The passkey that this person's browser made, if it answers what was begun for the person.
    ///
    /// The caller sees to it that nobody has a passkey of that credential id yet.
    pub fn finish_registration(
        &self,
        person_id: &str,
        state: &[u8],
        answer: &[u8],
    ) -> Result<Passkey, Refused> {
        let answer: RegisterPublicKeyCredential = answer::read(answer)?;
        let State::Registration { person_id: begun_for, user_handle, asked } = State::from_json(state)?
        else {
            return Err(Refused::NotBegun);
        };
        if begun_for != person_id {
            return Err(Refused::NotBegun);
        }
        answer::check_frames(&answer.response.client_data_json)?;
        // Without attestation, certificates of devices are not looked at, and so the library asks for no time.
        let credential = quietly(|| self.core.register_credential(&answer, &asked, None))?;
        // WebAuthn level 2, section 7.1, step 17; the library lets 4,096 through, and none.
        if !(1..=MAX_ID).contains(&credential.cred_id.len()) {
            return Err(Refused::Unreadable);
        }
        Ok(Passkey::new(user_handle, credential))
    }
}

/// Asks a security key to keep the passkey from whoever cannot say its PIN; not every device knows how, so it may ignore it.
fn only_for_the_verified() -> RequestRegistrationExtensions {
    RequestRegistrationExtensions {
        cred_protect: Some(CredProtect {
            credential_protection_policy: CredentialProtectionPolicy::UserVerificationRequired,
            enforce_credential_protection_policy: Some(false),
        }),
        uvm: None,
        cred_props: None,
        min_pin_length: None,
        hmac_create_secret: None,
    }
}
