//! How tokens and verdicts are answered, over HTTP and at the command line alike.

use serde::Serialize;
use time_and_chance::Time;
use token_format::Secret;
use utoipa::ToSchema;

use super::{Code, Listed, Role, Verdict};
use crate::ids::{self, PersonId, TokenId, WorkspaceId};

/// A token, and its secret if this is the one time it is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenWithSecret)]
pub struct TokenAnswer {
    #[serde(flatten)]
    token: Listed,
    /// The secret: store it now, nobody will see it again. Left out when the token was there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

impl TokenAnswer {
    /// A token whose secret is shown now.
    pub fn with_secret(token: Listed, secret: &Secret) -> Self {
        Self { token, secret: Some(secret.expose().to_owned()) }
    }

    /// A token that was there already.
    pub fn without_secret(token: Listed) -> Self {
        Self { token, secret: None }
    }
}

/// The verdict on a token.
#[derive(Serialize, ToSchema)]
#[schema(as = Verdict)]
pub struct VerdictAnswer {
    /// Whether it may pass: the code is `VALID`.
    #[schema(example = true)]
    pub valid: bool,
    /// What it is good for.
    pub code: Code,
    /// Which token it is, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<ids::Token>)]
    pub token_id: Option<TokenId>,
    /// The token's id in the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "key-7")]
    pub external_id: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<ids::Workspace>)]
    pub workspace_id: Option<WorkspaceId>,
    /// The workspace's id in the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "customer-42")]
    pub workspace_external_id: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<ids::Person>)]
    pub creator_id: Option<PersonId>,
    /// What it may do in the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub role: Option<Role>,
    /// When this secret ends, by its token's expiry, the end of an overlap or the end of a warning, whichever is first; left
    /// out if it doesn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime, example = "2027-01-31T09:15:00Z")]
    pub expires_at: Option<Time>,
}

impl From<Verdict> for VerdictAnswer {
    fn from(verdict: Verdict) -> Self {
        let nothing = Self {
            valid: verdict.code == Code::Valid,
            code: verdict.code,
            token_id: None,
            external_id: None,
            workspace_id: None,
            workspace_external_id: None,
            creator_id: None,
            role: None,
            expires_at: None,
        };
        let Some(standing) = verdict.standing else { return nothing };
        Self {
            token_id: Some(standing.token_id),
            external_id: standing.external_id,
            workspace_id: Some(standing.workspace_id),
            workspace_external_id: standing.workspace_external_id,
            creator_id: standing.creator_id,
            role: Some(standing.role),
            expires_at: standing.expires_at,
            ..nothing
        }
    }
}
