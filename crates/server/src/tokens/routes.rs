use axum::{Json, extract::State, http::StatusCode};
use seal::Private;
use serde::{Deserialize, Deserializer};
use time_and_chance::{Duration, Time};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Change, Created, Listed, Many, NewToken, Refusal, RevokedMany, Role, Rotated, TokenAnswer, TokenPage,
    VerdictAnswer, change, create, end_former, list, revoke, revoke_many, rotate, self_revoke, show, verify,
};
use crate::{
    app::App,
    ids::TokenId,
    permissions::Scope,
    web::{Body, Caller, OnceKey, Page, Problem, TokenPath, WorkspacePath, openapi::EXAMPLE_SECRET},
};

/// The routes of this capability.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_token, list_tokens))
        .routes(routes!(show_token, change_token, revoke_token))
        .routes(routes!(rotate_token))
        .routes(routes!(end_former_secret))
        .routes(routes!(revoke_tokens))
        .routes(routes!(verify_token))
        .routes(routes!(self_revoke_token))
}

/// A token as it is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    /// What it is for, in one line.
    #[schema(
        value_type = String,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]+$",
        example = "deploy-bot"
    )]
    description: Private,
    /// What it may do in the workspace.
    #[serde(default = "member")]
    #[schema(default = "member")]
    role: Role,
    /// Who makes it: a member's person id or mail address. Left out, the token has no creator.
    #[schema(value_type = Option<String>, example = "ana@example.com")]
    creator: Option<Private>,
    /// When it ends, in the future; never, if neither this nor `expires_in` is given.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
    /// When it ends, in seconds from now. Not beside `expires_at`.
    #[schema(minimum = 1, maximum = 4_294_967_295_u64, format = Int64, example = 7_776_000)]
    expires_in: Option<u32>,
    /// Its id in the product. A token of the workspace that has it is changed instead of a new one made.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$", example = "key-7")]
    external_id: Option<String>,
}

fn member() -> Role {
    Role::Member
}

/// Make a token
///
/// A new token of the workspace, with its secret: the one time it is shown. With an `external_id` that a token of the
/// workspace has, that token's description, role and end are set instead, and the answer is 200 without a secret. With
/// an `Idempotency-Key` that was used, the answer is the token it made, 200, without a secret: rotate it if you lost that.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/tokens", tag = "Tokens", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(WorkspacePath, OnceKey),
    request_body = TokenRequest,
    responses(
        (status = 201, description = "A new token", body = TokenAnswer, example = json!({"secret": EXAMPLE_SECRET, "last_used_at": null})),
        (status = 200, description = "The token was there already", body = TokenAnswer),
        (
            status = 409, description = "The token with this external id has expired: revoke it, and its id is free",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 409, "code": "not_live", "title": "Conflict", "detail": "This token is revoked or expired. Make a new one instead."}),
        ),
    ),
)]
async fn create_token(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    key: OnceKey,
    body: Body<TokenRequest>,
) -> Result<(StatusCode, Json<TokenAnswer>), Problem> {
    let authority = caller.authority_over(&app, &path.workspace).await?;
    let once = key.of(caller.name(), &format!("create_token {}", path.workspace), &body.digest);
    let wanted = body.value;
    let in_seconds =
        wanted.expires_in.map(|seconds| app.clock.now().plus(Duration::from_secs(seconds.into())));
    if wanted.expires_at.is_some() && in_seconds.is_some() {
        return Err(Refusal::TwoEnds.into());
    }
    let wanted = NewToken {
        description: wanted.description,
        role: wanted.role,
        creator: wanted.creator,
        expires_at: wanted.expires_at.or(in_seconds),
        external_id: wanted.external_id,
    };
    Ok(match create(&app, &authority, &path.workspace, wanted, once).await? {
        Created::New(token, secret) => (StatusCode::CREATED, Json(TokenAnswer::with_secret(token, &secret))),
        Created::Known(token) => (StatusCode::OK, Json(TokenAnswer::without_secret(token))),
    })
}

/// List tokens
///
/// The workspace's tokens, dead ones too, oldest first.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/tokens", tag = "Tokens", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(WorkspacePath, Page<TokenId>),
    responses((status = 200, description = "A page of tokens", body = TokenPage)),
)]
async fn list_tokens(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    page: Page<TokenId>,
) -> Result<Json<TokenPage>, Problem> {
    caller.authority_over(&app, &path.workspace).await?;
    Ok(Json(list(&app, &path.workspace, &page).await?))
}

/// Show a token
///
/// Everything about it but its secret, which nothing stores.
#[utoipa::path(
    get, path = "/v1/tokens/{token}", tag = "Tokens", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(TokenPath),
    responses((status = 200, description = "The token", body = Listed)),
)]
async fn show_token(
    State(app): State<App>,
    caller: Caller,
    path: TokenPath,
) -> Result<Json<Listed>, Problem> {
    let authority = caller.authority_for("token")?;
    Ok(Json(show(&app, &authority, &path.token).await?))
}

/// What of a token is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenChange {
    /// A new description, in one line.
    #[schema(
        value_type = Option<String>,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]+$",
        example = "deploy-bot of the shop"
    )]
    description: Option<Private>,
    /// A new end, in the future; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-06-30T00:00:00Z")]
    expires_at: Option<Option<Time>>,
}

/// Tells a `null` that was sent from a field that wasn't.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Time>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Change a token
///
/// Renames it, or gives it another end. To end it now, revoke it.
#[utoipa::path(
    patch, path = "/v1/tokens/{token}", tag = "Tokens", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(TokenPath), request_body = TokenChange,
    responses(
        (
            status = 200, description = "The token as it is now", body = Listed,
            example = json!({"description": "deploy-bot of the shop", "expires_at": "2027-06-30T00:00:00Z"}),
        ),
        (
            status = 409, description = "The token is revoked or expired",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 409, "code": "not_live", "title": "Conflict", "detail": "This token is revoked or expired. Make a new one instead."}),
        ),
    ),
)]
async fn change_token(
    State(app): State<App>,
    caller: Caller,
    path: TokenPath,
    body: Body<TokenChange>,
) -> Result<Json<Listed>, Problem> {
    let authority = caller.authority_for("token")?;
    let wanted = Change { description: body.value.description, expires_at: body.value.expires_at };
    Ok(Json(change(&app, &authority, &path.token, wanted).await?))
}

/// Revoke a token
///
/// It opens nothing from this answer on, nor does its former secret. Doing it twice is harmless.
#[utoipa::path(
    delete, path = "/v1/tokens/{token}", tag = "Tokens", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(TokenPath),
    responses((
        status = 200, description = "The token as it is now", body = Listed,
        example = json!({"state": "revoked", "revoked_at": "2026-11-23T14:02:00Z", "revoked_why": "revoked"}),
    )),
)]
async fn revoke_token(
    State(app): State<App>,
    caller: Caller,
    path: TokenPath,
) -> Result<Json<Listed>, Problem> {
    let authority = caller.authority_for("token")?;
    Ok(Json(revoke(&app, &authority, &path.token).await?))
}

/// How a token is to be rotated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// How long the old secret works on, in seconds: 86400 are 24 hours, 2592000 are 30 days.
    #[serde(default = "a_day")]
    #[schema(default = 86400, minimum = 0, maximum = 2_592_000, example = 86400)]
    overlap_seconds: u32,
}

fn a_day() -> u32 {
    86_400
}

/// Rotate a token
///
/// Gives it a new secret, shown this once; the old one works for the overlap. A token has at most two secrets: rotating
/// again within the overlap ends the oldest. Send an `Idempotency-Key`, so that a repeat doesn't rotate again.
#[utoipa::path(
    post, path = "/v1/tokens/{token}/rotate", tag = "Tokens", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(TokenPath, OnceKey),
    request_body = Rotation,
    responses(
        (
            status = 200, description = "The token with its new secret; without it when this was a repeat", body = TokenAnswer,
            example = json!({"secret": EXAMPLE_SECRET, "overlap_until": "2026-11-24T14:02:00Z"}),
        ),
        (
            status = 409, description = "The token is revoked or expired",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 409, "code": "not_live", "title": "Conflict", "detail": "This token is revoked or expired. Make a new one instead."}),
        ),
    ),
)]
async fn rotate_token(
    State(app): State<App>,
    caller: Caller,
    path: TokenPath,
    key: OnceKey,
    body: Body<Rotation>,
) -> Result<Json<TokenAnswer>, Problem> {
    let authority = caller.authority_for("token")?;
    let once = key.of(caller.name(), &format!("rotate_token {}", path.token), &body.digest);
    let overlap = Duration::from_secs(body.value.overlap_seconds.into());
    Ok(Json(match rotate(&app, &authority, &path.token, overlap, once).await? {
        Rotated::New(token, secret) => TokenAnswer::with_secret(token, &secret),
        Rotated::Known(token) => TokenAnswer::without_secret(token),
    }))
}

/// End a former secret
///
/// The secret from before the last rotation opens nothing from this answer on; the present one works on. For one that was found in
/// public, or that nothing uses any more. Doing it twice is harmless, and so is it where there is none.
#[utoipa::path(
    post, path = "/v1/tokens/{token}/end-former", tag = "Tokens", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(TokenPath),
    responses((
        status = 200, description = "The token as it is now", body = Listed,
        example = json!({"state": "live", "overlap_until": null, "former_warned_at": null}),
    )),
)]
async fn end_former_secret(
    State(app): State<App>,
    caller: Caller,
    path: TokenPath,
) -> Result<Json<Listed>, Problem> {
    let authority = caller.authority_for("token")?;
    Ok(Json(end_former(&app, &authority, &path.token).await?))
}

/// Which live tokens of the workspace; a token must fit all that is given, and something must be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RevokeMany {
    /// Made by this person, by id or mail address: a member, or one who was.
    #[schema(value_type = Option<String>, example = "ana@example.com")]
    creator: Option<Private>,
    /// Made before this.
    #[schema(value_type = Option<String>, format = DateTime)]
    created_before: Option<Time>,
    /// Not used since this, or never.
    #[schema(value_type = Option<String>, format = DateTime)]
    unused_since: Option<Time>,
    /// With this role.
    role: Option<Role>,
    /// Only count them. Do this first.
    #[serde(default)]
    #[schema(default = false, example = true)]
    dry_run: bool,
}

/// Revoke many tokens
///
/// The lever for an incident: revokes all live tokens that the filters choose, in steps of a thousand, each with an entry
/// in the audit that names its tokens. The answer comes after the last step and counts all. If it breaks off before (a
/// fault, a connection that is cut), what was revoked until then stays so: send it again for the rest. With
/// `"dry_run": true` it says which they would be.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/tokens/revoke", tag = "Tokens",
    security(("operator_key" = ["manage"]), ("operator_key" = ["security"]), ("workspace_token" = ["owner"])),
    params(WorkspacePath), request_body = RevokeMany,
    responses((status = 200, description = "What was revoked, or would be", body = RevokedMany)),
)]
async fn revoke_tokens(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    body: Body<RevokeMany>,
) -> Result<Json<RevokedMany>, Problem> {
    let authority = caller.incident_authority_over(&app, &path.workspace).await?;
    let RevokeMany { creator, created_before, unused_since, role, dry_run } = body.value;
    let many = Many { creator, created_before, unused_since, role };
    Ok(Json(revoke_many(&app, &authority, &path.workspace, many, dry_run).await?))
}

/// A token that is presented.
#[derive(Deserialize, ToSchema)]
#[schema(as = PresentedToken)]
#[serde(deny_unknown_fields)]
struct Presented {
    /// The whole secret.
    #[schema(example = json!(EXAMPLE_SECRET))]
    token: String,
}

/// Verify a token
///
/// What the token is good for at this moment. The answer is 200 for each code; who the token is comes along unless the
/// code is `NOT_FOUND` or `MALFORMED`. Asked by an operator key with the scope `verify`.
#[utoipa::path(
    post, path = "/v1/tokens/verify", tag = "Verdicts", security(("operator_key" = ["verify"])),
    request_body = Presented,
    responses((status = 200, description = "The verdict", body = VerdictAnswer)),
)]
async fn verify_token(
    State(app): State<App>,
    caller: Caller,
    body: Body<Presented>,
) -> Result<Json<VerdictAnswer>, Problem> {
    caller.must_have(Scope::Verify)?;
    Ok(Json(verify(&app, &body.value.token).await?.into()))
}

/// Revoke a token by holding it
///
/// For whoever finds a token, or has lost one: nobody needs to be asked. Of a rotated token's two secrets, presenting the
/// old one ends only that. Doing it twice is harmless.
#[utoipa::path(
    post, path = "/v1/tokens/self-revoke", tag = "Tokens", security(()),
    request_body = Presented,
    responses(
        (status = 204, description = "It opens nothing any more"),
        (
            status = 404, description = "It is no token of ours",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 404, "code": "not_found", "title": "Not Found", "detail": "This is not a token of ours."}),
        ),
    ),
)]
async fn self_revoke_token(State(app): State<App>, body: Body<Presented>) -> Result<StatusCode, Problem> {
    if self_revoke(&app, &body.value.token).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(StatusCode::NOT_FOUND, "not_found", "This is not a token of ours."))
    }
}
