//! A self-managed GitLab's token revocation API: no signature, but a secret that both sides were given. GitLab sends it as
//! it is in `Authorization`, without a scheme. Source: GitLab, "Token Revocation API".

use aws_lc_rs::{constant_time, digest};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Shape, routes::take_gitlab};
use crate::{
    app::App,
    telemetry,
    web::{Problem, openapi::EXAMPLE_SECRET},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(revocable_token_types)).routes(routes!(revoke_tokens))
}

/// The kinds of token that this service revokes.
#[derive(Serialize, ToSchema)]
struct TokenTypes {
    /// Their names, as GitLab makes them of its rules.
    #[schema(example = json!(["gitleaks_rule_id_bwk-api-token"]))]
    types: Vec<String>,
}

/// List revocable token types
///
/// For a self-managed GitLab: which of its findings it is to report here. `Authorization` carries the secret of the
/// setting `exposure.gitlab_revocation_secret`, as it is.
#[utoipa::path(
    get, path = "/v1/revocable_token_types", operation_id = "list_revocable_token_types", tag = "Exposures", security(("gitlab_secret" = [])),
    responses(
        (status = 200, description = "The types", body = TokenTypes),
        (
            status = 404, description = "The setting has no secret",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 404, "code": "not_found", "title": "Not Found", "detail": "There is no such thing, or it is not yours."}),
        ),
    ),
)]
async fn revocable_token_types(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<TokenTypes>, Problem> {
    admit(&app, &headers)?;
    Ok(Json(TokenTypes { types: app.settings.exposure.gitlab_token_types.clone() }))
}

/// Report leaks as a self-managed GitLab
///
/// An array of `{type, token, location}`; other members are looked over. What is authentic is answered 204.
#[utoipa::path(
    post, path = "/v1/revoke_tokens", operation_id = "report_self_managed", tag = "Exposures", security(("gitlab_secret" = [])),
    request_body(
        content = Vec<RevokedToken>,
        example = json!([{"type": "gitleaks_rule_id_bwk-api-token", "token": EXAMPLE_SECRET, "location": "https://gitlab.example.com/acme/app/-/blob/1f3a/config.py"}]),
    ),
    responses(
        (status = 204, description = "Taken"),
        (
            status = 404, description = "The setting has no secret",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 404, "code": "not_found", "title": "Not Found", "detail": "There is no such thing, or it is not yours."}),
        ),
    ),
)]
async fn revoke_tokens(State(app): State<App>, request: Request) -> Result<StatusCode, Problem> {
    admit(&app, request.headers())?;
    let body = app.room.read(request.into_body(), app.settings.exposure.max_body_bytes).await?;
    take_gitlab(&app, &body, Shape::Revocation).await
}

/// A token as a self-managed GitLab reports it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes what GitLab sends; what is read of it is `message::Item`")]
struct RevokedToken {
    /// What was matched.
    token: String,
    /// The finding's type.
    #[schema(required = false)]
    r#type: Option<String>,
    /// Where it was found.
    #[schema(required = false)]
    location: Option<String>,
}

fn admit(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(secret) = &app.settings.exposure.gitlab_revocation_secret else {
        return Err(Problem::not_found("thing"));
    };
    let sent = headers.get(header::AUTHORIZATION).map(axum::http::HeaderValue::as_bytes).unwrap_or_default();
    // Digests have one length, so that the comparison's time tells nothing of the secret's.
    let [expected, sent] =
        [secret.expose().as_bytes(), sent].map(|text| digest::digest(&digest::SHA256, text));
    if constant_time::verify_slices_are_equal(expected.as_ref(), sent.as_ref()).is_ok() {
        return Ok(());
    }
    metrics::counter!(telemetry::UNAUTHENTIC_REPORTS, "partner" => "gitlab", "reason" => "wrong_secret")
        .increment(1);
    Err(Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "Authorization does not carry the secret of the settings.",
    ))
}
