use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    Frame, Visit, is_page,
    lost::{Onward, around, is_for_whoever_is_there},
};
use crate::{
    app::App,
    web::problem::{Code, Problem, Told},
};

/// A page.
pub fn page(template: &impl Template) -> Response {
    with_status(StatusCode::OK, template)
}

/// A page with another status.
pub fn with_status(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            Problem::from(store::Fault::Row(format!("a page cannot be written: {error}"))).into_response()
        }
    }
}

/// Sends a browser on, to be asked for by `GET` (RFC 9110, section 15.4.4).
pub fn to(path: &str) -> Response {
    let there = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, there)]).into_response()
}

#[derive(Template)]
#[template(path = "console/problem.html")]
struct ProblemPage {
    frame: Frame,
    title: &'static str,
    detail: String,
    status: u16,
    onward: Onward,
}

/// What is around every page: its policy, and problems as pages for whoever reads them in a browser.
pub async fn pages(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_page = is_page(path);
    let is_lost_reader = reads && wants_html(request.headers()) && !path.starts_with("/v1/");
    if !is_page && !is_lost_reader {
        return next.run(request).await;
    }
    let visit = Visit::of(request.method(), request.headers(), request.uri());
    let mut response = next.run(request).await;
    if let Some(told) = response.extensions().get::<Told>().cloned()
        && !visit.wants_json
    {
        let headers = response.headers().clone();
        let status = response.status();
        let code = response.extensions().get::<Code>().map_or("", |code| code.0);
        let (frame, onward) = if is_for_whoever_is_there(status) {
            around(&app, &visit, status, code).await
        } else {
            (visit.frame(&app), Onward::start())
        };
        let title = heading(status).unwrap_or(told.title());
        let (detail, number) = (told.detail, status.as_u16());
        response = with_status(status, &ProblemPage { frame, title, detail, status: number, onward });
        carry_over(&headers, response.headers_mut());
    }
    guard(&app, response.headers_mut());
    response
}

/// What a person calls a status.
const fn heading(status: StatusCode) -> Option<&'static str> {
    Some(match status {
        StatusCode::FORBIDDEN => "Not open to you",
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::CONFLICT => "This cannot be done now",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::INTERNAL_SERVER_ERROR => "Something failed",
        StatusCode::SERVICE_UNAVAILABLE => "Busy at the moment",
        _ => return None,
    })
}

/// What is said of a problem beside its text: when to come back.
fn carry_over(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = from.get(&name) {
            to.insert(name, value.clone());
        }
    }
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accepts.is_some_and(|accept| accept.contains("text/html"))
}

/// A page's links hold secrets, so no other site learns where somebody came from; ours does, as browsers hide the origin of a
/// form otherwise.
fn guard(app: &App, headers: &mut HeaderMap) {
    let is_html =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_html {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(app.look.policy.clone());
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    let publickey = "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), display-capture=(), \
                     geolocation=(), microphone=(), payment=(), usb=()";
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(publickey));
}
