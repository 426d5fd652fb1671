//! What AWS is asked for: a key that wraps and unwraps ([`Kms`]), and secrets by name ([`Secrets`]).
//!
//! By way of AWS's own library. Who we are it finds as every program of AWS does: environment variables
//! (`AWS_ACCESS_KEY_ID` and the like), the files in `~/.aws`, a web identity, the container's or the machine's role. Single
//! sign-on of a person is left out: a server has none.
//!
//! - **It ends.** Each try has five seconds, all tries together fifteen.
//! - **It tells no secrets.** A [`Fault`] has a code or a cause, and neither key, secret nor ciphertext; `Debug` of what
//!   holds one shows nothing of it. What is handed back is wiped when it is dropped. (The library's own copies of what
//!   was sent and received are not: that is beyond us.)

mod account;
mod fault;
mod kms;
mod secrets;

pub use fault::Fault;
pub use kms::Kms;
pub use secrets::Secrets;
pub use zeroize::Zeroizing;

/// What every call of this crate answers.
pub type Result<T> = std::result::Result<T, Fault>;
