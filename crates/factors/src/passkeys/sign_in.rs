use webauthn_rs_core::proto::{AuthenticationState, Credential, PublicKeyCredential, UserVerificationPolicy};

use super::{Begun, Passkey, Passkeys, Refused, answer, quietly, state::State};

/// A person who is there: touched the device, and was verified by it. Otherwise there would be none.
#[derive(Debug)]
pub struct SignedIn {
    /// The passkey that was used, as it is now: its counter, and whether it is synced. To be kept, by a statement that
    /// asks whether the counter is still the one it was, so that of two copies used at once one counts.
    pub passkey: Passkey,
    /// Whether anything of it is other than before.
    pub changed: bool,
}

impl Passkeys {
    /// Asks a person who is known for one of their passkeys. Nothing if there are none: an empty list means any.
    pub fn begin_sign_in(&self, of: &[Passkey]) -> Option<Begun> {
        if of.is_empty() {
            return None;
        }
        let listed = of.iter().map(|passkey| passkey.credential_id().to_vec()).collect();
        let (options, mut asked) = self.ask(of.iter().map(|passkey| passkey.credential.clone()).collect());
        // What they were is looked up again at the second step: meanwhile they may have been used or taken away.
        asked.set_allowed_credentials(Vec::new());
        Some(Begun { options, state: State::SignIn { listed, asked }.to_json() })
    }

    /// The same for whoever it is: the device finds the passkey and says whose it is.
    pub fn begin_discoverable_sign_in(&self) -> Begun {
        let (options, asked) = self.ask(Vec::new());
        Begun { options, state: State::Discoverable { asked }.to_json() }
    }

    /// Whether this person is there, who has these passkeys now, and answers what [`begin_sign_in`](Self::begin_sign_in)
    /// began.
    pub fn finish_sign_in(&self, of: &[Passkey], state: &[u8], answer: &[u8]) -> Result<SignedIn, Refused> {
        let answer: PublicKeyCredential = answer::read(answer)?;
        let State::SignIn { listed, asked } = State::from_json(state)? else { return Err(Refused::NotBegun) };
        let used = of
            .iter()
            .find(|passkey| passkey.credential_id() == answer.raw_id.as_slice())
            .filter(|passkey| listed.iter().any(|listed| listed == passkey.credential_id()))
            .ok_or(Refused::UnknownPasskey)?;
        if answer.response.user_handle.as_deref().is_some_and(|said| said != used.user_handle().as_bytes()) {
            return Err(Refused::AnotherPerson);
        }
        self.check(used, &asked, &answer)
    }

    /// Whether the person is there whose passkey this is, which the caller found by what the answer
    /// [claims](super::claimed), and answers what [`begin_discoverable_sign_in`](Self::begin_discoverable_sign_in) began.
    pub fn finish_discoverable_sign_in(
        &self,
        of: &Passkey,
        state: &[u8],
        answer: &[u8],
    ) -> Result<SignedIn, Refused> {
        let answer: PublicKeyCredential = answer::read(answer)?;
        let State::Discoverable { asked } = State::from_json(state)? else { return Err(Refused::NotBegun) };
        // WebAuthn level 2, section 7.2, step 6: here the device must say whose it is.
        if answer.response.user_handle.as_deref() != Some(of.user_handle().as_bytes()) {
            return Err(Refused::AnotherPerson);
        }
        self.check(of, &asked, &answer)
    }

    fn ask(&self, of: Vec<Credential>) -> (String, AuthenticationState) {
        let (options, asked) = quietly(|| {
            let asked =
                self.core.new_challenge_authenticate_builder(of, Some(UserVerificationPolicy::Required))?;
            self.core.generate_challenge_authenticate(asked)
        })
        .expect("to ask needs nothing that could be missing");
        (serde_json::to_string(&options).expect("texts, numbers and lists can be written"), asked)
    }

    fn check(
        &self,
        passkey: &Passkey,
        asked: &AuthenticationState,
        answer: &PublicKeyCredential,
    ) -> Result<SignedIn, Refused> {
        answer::check_frames(&answer.response.client_data_json)?;
        let used = quietly(|| self.core.authenticate_single_credential(answer, asked, &passkey.credential))?;
        // The library has looked at it; all hangs on it, so it is looked at twice.
        if !used.user_verified() {
            return Err(Refused::NotVerified);
        }
        let (passkey, changed) = passkey.clone().after(&used);
        Ok(SignedIn { passkey, changed })
    }
}
