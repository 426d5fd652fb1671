//! # tokens: an API token belongs to a workspace, is shown once, and is known by its digest
//!
//! - Operators and owners make, list, rename, expire, rotate and revoke tokens, and end a former secret; whoever holds one can revoke it.
//! - A token has one secret, and for the overlap after a rotation a second, the former one. At most two are good at once.
//! - The former secrets are kept for ever, as digests: a leak of one is told apart from a false alarm.
//! - `verify` answers with a code, straight from the database; a text that cannot be a token never gets that far.
//! - A secret that was imported by two digests is of two tokens: what ends it ends both, and the stricter one decides.
//! - What has ended is not brought back: a revoked token gives its `external_id` to the one that is made after it.
//! - A verdict depends on the moment: expiry, the end of an overlap and the end of a warning need no job to come true.
//! - An operator key is a token of the operator's own workspace, with scopes.
//! - Only this capability writes the tables `tokens`, `former_secrets`, `digest_schemes` and `unchecked_prefixes`.

mod answer;
mod attention;
mod browse;
mod change;
mod create;
mod creator;
mod end_former;
mod expose;
mod find;
mod import;
mod last_used;
mod list;
mod memory;
mod named;
mod operator_key;
mod refusal;
mod revoke;
mod revoke_many;
mod rotate;
mod routes;
mod scheme;
mod self_revoked;
mod unnamed;
mod verify;

pub use answer::{TokenAnswer, VerdictAnswer};
pub use attention::{Attention, attention};
pub use browse::{Which, browse, has_any};
pub use change::{Change, change};
pub use create::{Created, NewToken, create};
pub use creator::creator_became;
pub use end_former::end_former;
pub use expose::{Ended, Exposed, Held, end_warnings, hold, revoke_exposed, warn};
pub use find::{Known, Standing, candidates};
pub use import::{BadLine, Encoding, ImportFault, Imported, MOST_BAD, Source, Unsaid, fuzzing, import};
pub use last_used::flush as flush_last_used;
pub use list::{Listed, State, TokenPage, list, show, show_of};
pub use memory::{Imports, Memory};
pub use named::{Named, named};
pub use operator_key::create_operator_key;
pub use refusal::Refusal;
pub use revoke::{revoke, self_revoke};
pub use revoke_many::{Many, RevokedMany, revoke_many};
pub use rotate::{Rotated, rotate};
pub use routes::routes;
pub use scheme::{Algorithm, Scheme};
pub use unnamed::unnamed_prefix;
pub use verify::{Code, Verdict, check, verify};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a token may do in its workspace: an `owner` has full rights over it, a `member` what the product gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TokenRole, example = "member")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Full rights over the workspace.
    Owner,
    /// Whatever the product gives to a member's token; nothing here.
    Member,
}

impl Role {
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

/// How a secret begins, as a person recognises it: `bwk_a1B2c…`
pub fn beginning(prefix: Option<&str>, hint: Option<&str>) -> String {
    let prefix = prefix.map_or_else(String::new, |prefix| format!("{prefix}_"));
    format!("{prefix}{}…", hint.unwrap_or_default())
}
