//! # keyring: what opens what is sealed, and how it is replaced
//!
//! - Only whoever runs commands on this machine rotates a key. It is on record in the house's audit.
//! - A new root wraps every data key anew; fields stay as they are.
//! - A new data key of a workspace seals its fields anew, in the background and some at a time; a new key of the index hashes
//!   mail addresses anew. Meanwhile both keys open and find.
//! - No key is destroyed while something is left that it sealed, nor while a node may still seal with it.
//! - What is begun goes on by itself, whoever was killed meanwhile.

mod aws_kms;
mod destroyed;
mod fields;
mod jobs;
mod rotate;

pub use aws_kms::AwsKms;
pub use destroyed::leave_nothing_of_it;
pub use jobs::{
    ReindexMail, ResealWorkspace, Resealer, RewrapKeys, reindex_mail, reseal_workspaces, rewrap_keys,
};
pub use rotate::{Refusal, destroy_retired_roots, rotate_index, rotate_root, rotate_workspace};
