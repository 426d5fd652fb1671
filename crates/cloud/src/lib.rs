//! What AWS is asked for: a key that wraps and unwraps ([`Kms`]), secrets by name ([`Secrets`]), and who we are ([`Identity`]).
//!
//! By way of AWS's own library. Who we are is looked for in the environment (`AWS_ACCESS_KEY_ID` and the like), then with the
//! container's role, then with the machine's. Files in `~/.aws`, web identities and single sign-on are left out.
//!
//! - **It ends.** Each try has five seconds, all tries together fifteen.
//! - **It tells no secrets.** A [`Fault`] has a code or a cause, and neither key, secret nor ciphertext; `Debug` of what
//!   holds one shows nothing of it. What is handed back is wiped when it is dropped. (The library's own copies of what
//!   was sent and received are not: that is beyond us.)

mod account;
mod fault;
mod identity;
mod kms;
mod secrets;

pub use fault::Fault;
pub use identity::{Credentials, Identity};
pub use kms::Kms;
pub use secrets::Secrets;
pub use zeroize::Zeroizing;

/// What every call of this crate answers.
pub type Result<T> = std::result::Result<T, Fault>;
