use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};

use super::{Problem, recorded::Known};
use crate::{
    app::App,
    audit::Actor,
    ids::WorkspaceId,
    permissions::{Authority, Over, Scope},
    telemetry,
    tokens::{self, Code, Role, Standing},
    workspaces,
};

/// Whoever sent `Authorization: Bearer <operator key or workspace token>`, checked.
#[derive(Debug)]
pub struct Caller {
    standing: Standing,
}

impl Caller {
    /// The name under which this caller's `Idempotency-Key`s are kept.
    pub fn name(&self) -> &str {
        self.standing.token_id.as_str()
    }

    /// That this is an operator key with the scope.
    pub fn must_have(&self, scope: Scope) -> Result<(), Problem> {
        self.must_have_one_of(&[scope])
    }

    fn must_have_one_of(&self, wanted: &[Scope]) -> Result<(), Problem> {
        let Some(scopes) = &self.standing.scopes else {
            let detail = "This is for operator keys; a workspace's token does not open it.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "operators_only", detail));
        };
        if wanted.iter().any(|scope| scopes.contains(scope)) {
            return Ok(());
        }
        let names: Vec<_> = wanted.iter().map(|scope| format!("\"{}\"", scope.name())).collect();
        let detail = format!("This operator key does not have the scope {}.", names.join(" or "));
        Err(Problem::new(StatusCode::FORBIDDEN, "scope_missing", detail))
    }

    /// The right to act for every customer's workspace: an operator key with the scope `manage`.
    pub fn operators_authority(&self) -> Result<Authority, Problem> {
        self.must_have(Scope::Manage)?;
        Ok(Authority::new(Over::Customers, self.actor()))
    }

    /// The right to let members into the console: an operator key with the scope `portal`.
    pub fn portal_authority(&self) -> Result<Authority, Problem> {
        self.must_have(Scope::Portal)?;
        Ok(Authority::new(Over::Customers, self.actor()))
    }

    /// The right to manage this workspace. One that isn't the caller's looks like one that doesn't exist.
    pub async fn authority_over(&self, app: &App, workspace: &WorkspaceId) -> Result<Authority, Problem> {
        self.within_reach(app, workspace, self.authority_for("workspace")?).await
    }

    /// The right to revoke many of this workspace's tokens in an incident, which the scope `security` gives too.
    pub async fn incident_authority_over(
        &self,
        app: &App,
        workspace: &WorkspaceId,
    ) -> Result<Authority, Problem> {
        let authority = self.authority(&[Scope::Manage, Scope::Security], "workspace")?;
        self.within_reach(app, workspace, authority).await
    }

    /// The right to manage, or the answer for something of this name that doesn't exist.
    pub fn authority_for(&self, what: &str) -> Result<Authority, Problem> {
        self.authority(&[Scope::Manage], what)
    }

    /// What an operator key with one of these scopes has over every customer, and an owner's token over its own workspace.
    fn authority(&self, scopes: &[Scope], what: &str) -> Result<Authority, Problem> {
        if self.standing.scopes.is_some() {
            self.must_have_one_of(scopes)?;
            return Ok(Authority::new(Over::Customers, self.actor()));
        }
        if self.standing.role != Role::Owner {
            // A member learns nothing here, not even whether the thing exists.
            return Err(Problem::not_found(what));
        }
        Ok(Authority::new(Over::Workspace(self.standing.workspace_id.clone()), self.actor()))
    }

    async fn within_reach(
        &self,
        app: &App,
        workspace: &WorkspaceId,
        authority: Authority,
    ) -> Result<Authority, Problem> {
        if workspaces::exists(&app.db, &authority, workspace).await? {
            Ok(authority)
        } else {
            Err(Problem::not_found("workspace"))
        }
    }

    /// Whose token or key it is.
    pub(super) fn workspace(&self) -> &WorkspaceId {
        &self.standing.workspace_id
    }

    /// Whether it is an operator key.
    pub(super) fn is_operators(&self) -> bool {
        self.standing.scopes.is_some()
    }

    pub(super) fn actor(&self) -> Actor {
        let id = self.standing.token_id.clone();
        if self.standing.scopes.is_some() { Actor::OperatorKey(id) } else { Actor::Token(id) }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let unknown = |detail: &str| {
            // Nobody's attempts are only counted: a flood of them must not write.
            metrics::counter!(telemetry::UNKNOWN_CALLERS).increment(1);
            Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
        };
        let mut sent = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (sent.next(), sent.next()) else {
            return Err(unknown("Send an operator key or an API token, once: Authorization: Bearer <key>."));
        };
        let secret = value.to_str().ok().and_then(|value| {
            let (scheme, secret) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
        });
        let secret = secret.ok_or_else(|| unknown("The header must read: Authorization: Bearer <key>."))?;
        let verdict = tokens::check(app, secret).await?;
        match (verdict.code, verdict.standing) {
            (Code::Valid, Some(standing)) => {
                let caller = Self { standing };
                if let Some(known) = parts.extensions.get::<Known>() {
                    known.is(&caller);
                }
                Ok(caller)
            }
            _ => Err(unknown("This key or token is not valid.")),
        }
    }
}
