//! What people prove themselves by besides a password: authenticators, passkeys, recovery codes. Each of its person's can be
//! removed, and each change is told of by mail.

mod authenticator;
mod changed;
mod list;
mod owners;
mod passkey;
mod recovery;
mod remove_all;

pub use authenticator::{
    Begun as BegunAuthenticator, add as add_authenticator, begin as begin_authenticator,
    pending as pending_authenticator, take_code,
};
pub use changed::{Refusal, remove};
pub use list::{Factors, ListedFactor, list};
pub use owners::owners_by_mail_alone;
pub use passkey::{
    Kept as KeptPasskey, add as add_passkey, begin as begin_passkey, of_credential as passkey_of_credential,
    of_person as passkeys_of, used as passkey_used,
};
pub use recovery::make as make_recovery_codes;
pub use remove_all::remove_all;
