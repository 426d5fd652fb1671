use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Label, Partner, SightingPage,
    authentic::authentic,
    intake::Report,
    list,
    message::{self, Feedback, Message, NotAList, Shape},
    self_managed,
};
use crate::{
    app::App,
    ids::SightingId,
    telemetry,
    web::{Caller, Page, Problem, WorkspacePath, openapi::EXAMPLE_SECRET, origin},
};

/// The routes of this capability.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(report_github))
        .routes(routes!(report_gitlab))
        .routes(routes!(list_sightings))
        .merge(self_managed::routes())
}

/// Report leaks as GitHub
///
/// GitHub's secret scanning partner program: a signed array of `{token, type, url, source}`. Each item is judged alone.
/// The answer is GitHub's feedback, an element for each item whose token is a string, in order. Source: GitHub, "Secret
/// scanning partner program".
#[utoipa::path(
    post, path = "/v1/exposures/github", tag = "Exposures", security(()),
    params(
        ("Github-Public-Key-Identifier" = String, Header, description = "Which of the partner's keys signed.", min_length = 1, max_length = 128),
        ("Github-Public-Key-Signature" = String, Header, description = "ECDSA P-256, SHA-256, DER, base64, over the raw body.", min_length = 1, max_length = 128),
    ),
    request_body(
        content = Vec<ReportedToken>,
        example = json!([{"token": EXAMPLE_SECRET, "type": "bwk_api_token", "url": "https://github.com/acme/app/blob/1f3a/config.py", "source": "commit"}]),
    ),
    responses(
        (status = 200, description = "Taken; the feedback, an element for each item whose token is a string, in order", body = Vec<Feedback>),
        (
            status = 400, description = "Authentic, but no JSON array, or the body breaks off",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 400, "code": "not_a_list", "title": "Bad Request", "detail": "A report is a JSON array of objects."}),
        ),
        (
            status = 503, description = "GitHub's keys cannot be fetched, the database does not answer, or too much is reported at once; send it again",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 503, "code": "keys_unavailable", "title": "Service Unavailable", "detail": "The partner's keys cannot be fetched at the moment. Send it again soon."}),
        ),
    ),
)]
async fn report_github(State(app): State<App>, request: Request) -> Result<Json<Vec<Feedback>>, Problem> {
    let received_at = app.clock.now();
    let body = authentic(&app, Partner::Github, request).await?;
    let message = read(&app, Partner::Github, &body, Shape::Partner).map_err(|NotAList| {
        Problem::new(StatusCode::BAD_REQUEST, "not_a_list", "A report is a JSON array of objects.")
    })?;
    let items = message.items.clone();
    let labels =
        app.intake.take(Report { partner: Partner::Github, message, received_at, origin: origin() }).await?;
    Ok(Json(items.iter().zip(labels).map(|(item, label): (_, Label)| Feedback::on(item, label)).collect()))
}

/// A token as a partner reports it. Nothing but `token` is needed, and other members are looked over.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only describes what partners send; what is read of it is `message::Item`")]
struct ReportedToken {
    /// What was matched, perhaps with text around it.
    #[schema(example = json!(EXAMPLE_SECRET))]
    token: String,
    /// What the partner calls this kind of token.
    #[schema(required = false)]
    r#type: Option<String>,
    /// Where it was found; may be empty.
    #[schema(required = false)]
    url: Option<String>,
    /// In which kind of place.
    #[schema(required = false)]
    source: Option<String>,
}

/// Report leaks as GitLab
///
/// GitLab's partner API: a signed array of `{type, token, url}`. An authentic message is answered 204 whatever is in it.
/// Source: GitLab, "Automatic response to leaked secrets".
#[utoipa::path(
    post, path = "/v1/exposures/gitlab", tag = "Exposures", security(()),
    params(
        ("Gitlab-Public-Key-Identifier" = String, Header, description = "Which of the partner's keys signed.", min_length = 1, max_length = 128),
        ("Gitlab-Public-Key-Signature" = String, Header, description = "ECDSA P-256, SHA-256, DER, base64, over the raw body.", min_length = 1, max_length = 128),
    ),
    request_body(
        content = Vec<ReportedToken>,
        example = json!([{"token": EXAMPLE_SECRET, "type": "bwk_api_token", "url": "https://gitlab.com/acme/app/-/raw/1f3a/config.py"}]),
    ),
    responses(
        (status = 204, description = "Taken"),
        (
            status = 404, description = "Not enrolled with GitLab",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 404, "code": "not_found", "title": "Not Found", "detail": "There is no such partner, or it is not yours."}),
        ),
        (
            status = 503, description = "GitLab's keys cannot be fetched, the database does not answer, or too much is reported at once; send it again",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 503, "code": "keys_unavailable", "title": "Service Unavailable", "detail": "The partner's keys cannot be fetched at the moment. Send it again soon."}),
        ),
    ),
)]
async fn report_gitlab(State(app): State<App>, request: Request) -> Result<StatusCode, Problem> {
    let body = authentic(&app, Partner::Gitlab, request).await?;
    take_gitlab(&app, &body, Shape::Partner).await
}

/// Takes what GitLab sent in either form.
pub(super) async fn take_gitlab(app: &App, body: &[u8], shape: Shape) -> Result<StatusCode, Problem> {
    let received_at = app.clock.now();
    // GitLab sends again whatever is answered with 400 or more, so what is authentic is answered 2xx, whatever is in it.
    if let Ok(message) = read(app, Partner::Gitlab, body, shape) {
        app.intake.take(Report { partner: Partner::Gitlab, message, received_at, origin: origin() }).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn read(app: &App, partner: Partner, body: &[u8], shape: Shape) -> Result<Message, NotAList> {
    let read = message::parse(body, shape, &app.prefixes);
    match &read {
        Ok(message) => {
            let left_out = message.left_out as u64;
            metrics::counter!(telemetry::ITEMS_LEFT_OUT, "partner" => partner.as_str()).increment(left_out);
        }
        Err(NotAList) => {
            metrics::counter!(telemetry::MALFORMED_REPORTS, "partner" => partner.as_str()).increment(1);
        }
    }
    read
}

/// List sightings
///
/// Where the workspace's tokens were seen in public, and what became of each, newest first.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/sightings", tag = "Exposures", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(WorkspacePath, Page<SightingId>),
    responses((status = 200, description = "A page of sightings", body = SightingPage)),
)]
async fn list_sightings(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    page: Page<SightingId>,
) -> Result<Json<SightingPage>, Problem> {
    caller.authority_over(&app, &path.workspace).await?;
    Ok(Json(list(&app, &path.workspace, &page).await?))
}
