//! # partner: the other side of a report
//!
//! Does what GitHub and GitLab do, with a key pair of its own: `bailiwick report send`, the demo and the tests act as a
//! partner with it. What a server believes is decided in [`crate::exposure`], by the keys that its settings name.

mod key_file;
mod keys_endpoint;
mod report;
mod signer;

pub use key_file::{KeyFileFault, open_or_make};
pub use keys_endpoint::keys_endpoint;
pub use report::{Answered, Item, address, send};
pub use signer::{BadPrivateKey, Signer};
