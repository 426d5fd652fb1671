//! Who is in a workspace.

mod add;
mod list;
mod name;
mod remove;
mod role;

pub use add::{Added, NewMember, add_member};
pub(super) use add::{add, join};
pub use list::{ListedMember, MemberPage, list_members};
pub use name::{Owner, ever_member_named, mails_of, member_named, owners};
pub use remove::{leave, remove_member, remove_member_by_mail};
pub use role::change_role;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member may do in the workspace: an `owner` has full rights over it, a `member` what the product gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Full rights over the workspace.
    Owner,
    /// Whatever the product gives to members.
    Member,
}

impl MemberRole {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }

    /// The role of a stored name. What this version doesn't know gives no rights.
    pub fn of_name(name: &str) -> Self {
        if name == "owner" { Self::Owner } else { Self::Member }
    }
}
