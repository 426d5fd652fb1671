//! The settings.
//!
//! Each is declared once, in [`declared`]: its key, its type, how it is read, its default, and a sentence of help. From
//! there come the typed [`Settings`], the keys of `bailiwick.toml`, the environment variables, the search for mistyped
//! keys, and the page `docs/SETTINGS.md`.
//!
//! * A key `section.name` is also the variable `BAILIWICK_SECTION__NAME`, which wins over the file. In a variable a list
//!   is parted by commas, and an empty variable counts as not set.
//! * An unknown key or a bad value stops the start with a [`ConfigFault`]: the key, what is wrong with its value, and the
//!   file and line or the variable. The value of a secret is repeated nowhere, nor is that of
//!   `keyring.root`, nor what looks like the content of a file.
//! * A secret may be kept elsewhere: its setting then names a [`source`]. [`Origin`] reads it, and reads it again while the
//!   server runs (`again.rs`).

mod again;
mod choices;
mod declare;
mod declared;
mod fault;
mod file;
mod given;
mod hidden;
mod load;
mod nearest;
mod origin;
mod people;
mod read;
mod reference;
mod source;
#[cfg(test)]
mod tests;

pub use again::ReadAgain;
pub use choices::{BucketPlace, LogFormat, Policy, RootPlace, StreamFormat};
pub use declare::Setting;
pub use declared::{
    AuditSettings, AwsSettings, DatabaseSettings, ExposureSettings, LogSettings, MailSettings,
    OperatorSettings, SETTINGS, ServerSettings, Settings, TokenSettings, TrackSettings,
};
pub use fault::{ConfigFault, Place};
pub use hidden::Hidden;
pub use origin::Origin;
pub use people::{Breaches, Color, PasswordHash, SignUp};
pub use reference::settings_reference;
