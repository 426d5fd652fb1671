//! The files that pages fetch: our styles, our scripts, the vendor's colours and logo. They are the same for everybody, so
//! browsers may keep them.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::compression::CompressionLayer;

use crate::{app::App, web::Problem};

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What is in the program.
const FILES: &[(&str, &str, &str)] = &[
    ("console.css", STYLE, include_str!("../../../templates/console/console.css")),
    ("console.js", SCRIPT, include_str!("../../../templates/console/console.js")),
    ("copy.js", SCRIPT, include_str!("../../../templates/console/copy.js")),
    ("menus.js", SCRIPT, include_str!("../../../templates/console/menus.js")),
    ("times.js", SCRIPT, include_str!("../../../templates/console/times.js")),
    ("guidance.js", SCRIPT, include_str!("../../../templates/console/guidance.js")),
    ("passkeys.js", SCRIPT, include_str!("../../../templates/console/passkeys.js")),
    ("session.js", SCRIPT, include_str!("../../../templates/console/session.js")),
];

/// All of them, to tell whether one has changed.
pub(super) fn contents() -> Vec<u8> {
    FILES.iter().flat_map(|(_, _, text)| text.bytes()).collect()
}

/// The routes of the files.
pub fn routes() -> Router<App> {
    Router::new().route("/assets/{file}", get(file)).layer(CompressionLayer::new().gzip(true))
}

/// They change with the version that pages name them by, and are kept for a year under it.
const KEPT: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
/// A picture may hold scripts. As a picture in a page they do not run; opened by itself they do not either.
const POLICY: (HeaderName, &str) = (
    header::CONTENT_SECURITY_POLICY,
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
);

async fn file(State(app): State<App>, Path(name): Path<String>) -> Response {
    let (kind, body) = match name.as_str() {
        "colors.css" => (STYLE, app.look.colors.clone()),
        "icon.svg" => ("image/svg+xml", app.look.icon.clone()),
        "logo" => match app.look.logo.clone() {
            Some(logo) => logo,
            None => return Problem::not_found("file").into_response(),
        },
        name => match FILES.iter().find(|(known, ..)| *known == name) {
            Some((_, kind, text)) => (*kind, Bytes::from_static(text.as_bytes())),
            None => return Problem::not_found("file").into_response(),
        },
    };
    (StatusCode::OK, [(header::CONTENT_TYPE, kind), KEPT, POLICY].map(|(name, value)| (name, value)), body)
        .into_response()
}
