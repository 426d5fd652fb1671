use std::time::Instant;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{Method, StatusCode},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::catch_panic::CatchPanicLayer;

use super::{Problem, arrival::arrive, console, recorded::recorded};
use crate::{app::App, telemetry};

/// The longest body that a route takes which says nothing else, in bytes: far more than any of them needs. Anybody may send
/// some, as many at once as connections have room for, and they are in memory until they are whole.
const LONGEST_BODY: usize = 64 * 1024;

/// What is around every route: a panic becomes a fault with a reference, what isn't there becomes a problem, what came in
/// the open is refused, each answer is guarded, and each request is counted and timed under its route, and has an id under
/// which what it did is on record.
pub fn layers(router: Router<App>, app: &App) -> Router<App> {
    router
        .fallback(|| async { Problem::not_found("page") })
        .method_not_allowed_fallback(|| async {
            let detail = "This address does not take that method.";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        })
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn_with_state(app.clone(), console::same_origin))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::from(store::Fault::Row("a handler panicked".to_owned())).into_response()
        }))
        .layer(from_fn_with_state(app.clone(), recorded))
        .layer(from_fn_with_state(app.clone(), console::pages))
        .layer(from_fn_with_state(app.clone(), arrive))
        .layer(from_fn(measure))
}

/// Anybody can make up methods; a metric must not keep each of them.
fn known_method(method: &Method) -> &'static str {
    let known = ["GET", "POST", "PATCH", "DELETE", "HEAD", "PUT", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

async fn measure(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let (method, begun) = (known_method(request.method()), Instant::now());
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!(telemetry::HTTP_SECONDS, "route" => route.clone())
        .record(begun.elapsed().as_secs_f64());
    metrics::counter!(telemetry::HTTP_REQUESTS, "route" => route, "method" => method, "status" => status)
        .increment(1);
    response
}
