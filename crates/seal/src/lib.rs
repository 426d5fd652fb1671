//! Sealed fields, the keyring that opens them, and a blind index to find them by.
//!
//! A root key wraps data keys, one for each subject (a workspace, a person, the house); a data key seals fields. A root is in
//! a file, in an environment variable or wrapped by a key service; data keys are in the database, wrapped.
//!
//! - What is sealed is a [`Private`] before and a [`Sealed`] after; only the latter can be an argument of a statement.
//! - A sealed field says which version and which key it is of, and opens only at its own [`Place`]: table, column, row,
//!   workspace.
//! - Who destroys a subject's data key makes everything unreadable that it sealed.
//!
//! This crate owns the tables `root_keys`, `data_keys` and `shredded`.

mod cache;
mod destroy;
mod fault;
mod field;
mod file;
#[doc(hidden)]
pub mod fuzzing;
mod generations;
mod index;
mod keys;
mod prepare;
mod private;
mod reader;
mod rewrap;
mod root;
mod roots;
mod rotate;
mod sealed;
mod show;
mod source;
mod vault;
mod xaes;

pub use destroy::{DestroyedRoot, destroy_retired_roots, is_root_due};
pub use fault::Fault;
pub use field::{Field, Place};
pub use generations::{Generations, generations};
pub use index::Index;
pub use keys::{DataKey, HOUSE, INDEX, Keys, Opener};
pub use prepare::{OpenFault, Prepared, Tables, prepare};
pub use private::Private;
pub use reader::Reader;
pub use rewrap::rewrap;
pub use root::{BadRoot, Root, RootId};
pub use rotate::{RootRotation, RotateFault, begin_root_rotation, prepare_root};
pub use sealed::{BadHeader, OVERHEAD, Sealed};
pub use show::{Shown, ShownRoot};
pub use source::{Answer, KeyService, Source, SourceFault};
pub use vault::Vault;
