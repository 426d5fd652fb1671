use webauthn_rs_core::error::WebauthnError;

/// Why an answer does not count. None of it says anything about the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More than [`MAX_ANSWER`](crate::MAX_ANSWER) bytes.
    #[error("the answer is too long")]
    TooLong,
    /// Not what an authenticator answers, or not what a browser makes of it.
    #[error("the answer cannot be read")]
    Unreadable,
    /// The state is of another ceremony, another person or another version: begin again.
    #[error("this is not what was begun")]
    NotBegun,
    /// An answer to something else: replayed, or to what another tab began.
    #[error("the answer is to another challenge")]
    AnotherChallenge,
    /// From a page of another address: phishing, or the public URL is not the one that people use.
    #[error("the answer comes from another address")]
    AnotherOrigin,
    /// A page of another origin has ours, or something of it, in a frame.
    #[error("the answer comes from within a page of somebody else")]
    Framed,
    /// The key is bound to another site.
    #[error("the passkey belongs to another site")]
    AnotherSite,
    /// Nobody touched the device.
    #[error("nobody was present")]
    NotPresent,
    /// The device did not ask for a finger, a face or a PIN: this would be one factor.
    #[error("the device did not check who uses it")]
    NotVerified,
    /// A key of a kind that was not asked for, or one that the person already has.
    #[error("the passkey is not as it was asked for")]
    NotAsAsked,
    /// No passkey of this person's that was asked for.
    #[error("the passkey is not known")]
    UnknownPasskey,
    /// The device says that the key is somebody else's, or, where it must, does not say whose.
    #[error("the passkey belongs to somebody else")]
    AnotherPerson,
    /// Not signed by the key.
    #[error("the signature is not the passkey's")]
    BadSignature,
    /// The key was used elsewhere, unknown to us: there may be a copy of it. Worth telling the person.
    #[error("the passkey's counter went back: there may be a copy of it")]
    CounterWentBack,
    /// Whether a key may be on several devices is settled when it is made (WebAuthn level 3, section 6.1.3).
    #[error("the passkey is not of the kind that it was")]
    KindChanged,
}

impl From<WebauthnError> for Refused {
    fn from(error: WebauthnError) -> Self {
        use WebauthnError as E;
        match error {
            E::MismatchedChallenge => Self::AnotherChallenge,
            E::InvalidRPOrigin => Self::AnotherOrigin,
            E::CredentialCrossOrigin => Self::Framed,
            E::InvalidRPIDHash => Self::AnotherSite,
            E::UserNotPresent => Self::NotPresent,
            E::UserNotVerified => Self::NotVerified,
            E::CredentialAlteredAlgFromRequest | E::CredentialExcludedFromRequest => Self::NotAsAsked,
            E::CredentialNotFound => Self::UnknownPasskey,
            E::AuthenticationFailure | E::SignatureInvalid => Self::BadSignature,
            E::CredentialPossibleCompromise => Self::CounterWentBack,
            E::CredentialBackupEligibilityInconsistent | E::CredentialMayNotBeHardwareBound => {
                Self::KindChanged
            }
            // The rest tells apart what is wrong with bytes, or with an attestation that nobody asked for.
            _ => Self::Unreadable,
        }
    }
}
