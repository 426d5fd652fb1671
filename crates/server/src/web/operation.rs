//! What operators' machines ask: is it alive, is it ready, how is it doing.

use axum::{
    extract::State,
    http::{HeaderName, header},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Problem;
use crate::{app::App, audit, telemetry};

/// The routes of operation.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics))
}

/// Is the process alive?
///
/// Asks nothing of the database: a process that is alive and not ready needs no restart.
#[utoipa::path(
    get, path = "/healthz", tag = "Operation", security(()),
    responses((status = 200, description = "It is", body = String, content_type = "text/plain", example = "alive\n")),
)]
async fn healthz() -> &'static str {
    "alive\n"
}

/// Is it ready to serve?
///
/// The database answers and takes writes, its schema is one this version knows, and no root key was missing when one was
/// last needed. The answer may be a second old.
#[utoipa::path(
    get, path = "/readyz", tag = "Operation", security(()),
    responses(
        (status = 200, description = "It is", body = String, content_type = "text/plain", example = "ready\n"),
        (
            status = 500, description = "Something failed on our side",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 500, "code": "fault", "title": "Internal Server Error", "detail": "Something failed on our side. Nothing was changed. The reference is 5f0c1d9a."}),
        ),
        (
            status = 503, description = "The database does not answer, takes no writes, or its schema is another (`schema`); or a root key cannot be had (`root_key_missing`)",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 503, "code": "schema", "title": "Service Unavailable", "detail": "The database's schema is not one that this version may use. Restart this node, or upgrade it."}),
        ),
    ),
)]
async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    app.readiness.of(&app).await.map(|()| "ready\n")
}

/// How is it doing?
///
/// Metrics in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "Operation", security(()),
    responses((
        status = 200, description = "The metrics", body = String, content_type = "text/plain",
        example = "# TYPE bailiwick_reports_total counter\nbailiwick_reports_total{partner=\"github\"} 3\n",
    )),
)]
async fn metrics(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    gauge_queue(&app).await;
    audit::gauge_heads(&app).await;
    gauge_stream(&app).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], telemetry::Metrics::install().render())
}

/// The queue is the database's, so its depth is read when somebody asks. When it is away, the rest is still told.
async fn gauge_queue(app: &App) {
    let Ok(kinds) = jobs::tally(&app.db).await else { return };
    let now = app.clock.now();
    for kind in app.queue.kinds() {
        let tally = kinds.iter().find(|tally| tally.kind == kind);
        let (waiting, parked) = tally.map_or((0, 0), |tally| (tally.waiting, tally.parked));
        let oldest = tally.and_then(|tally| tally.oldest).map_or(0.0, |since| now.since(since).as_secs_f64());
        metrics::gauge!(telemetry::JOBS_WAITING, "kind" => kind).set(to_float(waiting));
        metrics::gauge!(telemetry::JOBS_PARKED, "kind" => kind).set(to_float(parked));
        metrics::gauge!(telemetry::JOBS_OLDEST, "kind" => kind).set(oldest);
    }
}

/// So is how far the audit was delivered.
async fn gauge_stream(app: &App) {
    if app.stream.is_none() {
        return;
    }
    let Ok(oldest) = audit::oldest_undelivered(&app.db).await else { return };
    let age = oldest.map_or(0.0, |since| app.clock.now().since(since).as_secs_f64());
    metrics::gauge!(telemetry::AUDIT_STREAM_OLDEST).set(age);
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 jobs")]
fn to_float(count: i64) -> f64 {
    count as f64
}
