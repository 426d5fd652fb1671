//! Second factors as pure functions: authenticator apps, mailed codes and links, recovery codes, passkeys.
//!
//! Nothing here knows a database, a clock, HTTP or the product. Moments and chance are arguments. What must be remembered
//! between two steps (the last time step of an authenticator, a digest, the state of a passkey's ceremony) is handed out and
//! taken back; that a thing counts once is for the caller's `UPDATE … WHERE` to see to.
//!
//! - What a person holds is a secret type: no `Display`, nothing in `Debug`, overwritten when dropped.
//! - What is stored of it is a [`Digest`], which compares in constant time.
//! - What a person types is read by one rule: spaces and hyphens only keep characters apart.

mod authenticator;
mod digest;
#[doc(hidden)]
pub mod fuzzing;
mod link;
mod mail_code;
mod passkeys;
mod qr;
mod recovery;
mod secret_text;
mod typed;

pub use authenticator::{AuthenticatorSecret, Step, WINDOW, is_authenticator_code};
pub use digest::Digest;
pub use link::LinkSecret;
pub use mail_code::MailCode;
pub use passkeys::{
    BadPasskey, Begun, Claimed, MAX_ANSWER, PATIENCE, Passkey, Passkeys, Refused, SignedIn, Unfit,
    UserHandle, claimed, credential_of,
};
pub use recovery::RecoveryCode;
pub use secret_text::SecretText;
