use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use time_and_chance::{Id, Kind};
use utoipa::IntoParams;

use super::Problem;
use crate::ids::{self, MemberId, TokenId, WorkspaceId};

/// The `{workspace}` of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WorkspacePath {
    /// The workspace's id.
    #[param(value_type = ids::Workspace, example = json!(ids::Workspace::EXAMPLE))]
    pub workspace: WorkspaceId,
}

/// The `{token}` of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TokenPath {
    /// The token's id.
    #[param(value_type = ids::Token, example = json!(ids::Token::EXAMPLE))]
    pub token: TokenId,
}

/// The `{workspace}` and `{member}` of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MemberPath {
    /// The workspace's id.
    #[param(value_type = ids::Workspace, example = json!(ids::Workspace::EXAMPLE))]
    pub workspace: WorkspaceId,
    /// The member's id.
    #[param(value_type = ids::Member, example = json!(ids::Member::EXAMPLE))]
    pub member: MemberId,
}

/// A text that is no id of this kind is the id of nothing: the answer is the same as for what doesn't exist.
async fn id<K: Kind, S: Send + Sync>(parts: &mut Parts, state: &S, what: &str) -> Result<Id<K>, Problem> {
    let params =
        RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found(what))?;
    let text = params.iter().find(|(name, _)| *name == what).map(|(_, value)| value);
    text.and_then(|text| text.parse().ok()).ok_or_else(|| Problem::not_found(what))
}

impl<S: Send + Sync> FromRequestParts<S> for WorkspacePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self { workspace: id(parts, state, "workspace").await? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TokenPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self { token: id(parts, state, "token").await? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MemberPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let workspace = id(parts, state, "workspace").await?;
        Ok(Self { workspace, member: id(parts, state, "member").await? })
    }
}
