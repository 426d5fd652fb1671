//! # workspaces: a customer's account, and the people in it
//!
//! - The operator makes, changes, suspends and deletes workspaces, and keeps them in step with the product by `external_id`.
//! - A person has one row, however many workspaces they are in. Operators and owners add members and remove them.
//! - A workspace always has at least one owner: what would take the last one is refused, also when two do it at once.
//! - A suspended workspace's tokens answer `DISABLED`, a deleted one's `REVOKED`; a deleted workspace is gone for everyone,
//!   and its tokens are still known as ours when a partner reports them.
//! - The operator's own workspace holds the operator keys. Only the command line reaches it.
//! - Only this capability writes the tables `workspaces`, `people` and `members`.

mod change;
mod create;
mod delete;
mod hold;
mod index;
mod list;
mod members;
mod memberships;
mod merge;
mod operator;
mod pages;
mod people;
mod person;
mod refusal;
mod routes;

pub use change::{Change, change};
pub use create::{Created, NewWorkspace, create, found};
pub use delete::{delete, shred_deleted, shred_unknown};
pub use hold::{exists, hold};
pub use index::{people_hashed_with, reindex};
pub use list::{Listed, State, WorkspacePage, list, show};
pub use members::{
    Added, ListedMember, MemberPage, MemberRole, NewMember, Owner, add_member, change_role,
    ever_member_named, leave, list_members, mails_of, member_named, owners, remove_member,
    remove_member_by_mail,
};
pub use memberships::{Membership, memberships};
pub use operator::operators_own;
pub use pages::pages;
pub use people::{
    Person, has_nobody, is_somebodys, join, note, note_by, person, person_in, person_made, person_named,
    person_of_member, person_with, person_with_in, readdress, rename,
};
pub use refusal::Refusal;
pub use routes::routes;
