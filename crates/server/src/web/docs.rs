//! `/openapi.json`, and `/docs`, which shows it without a script and without a request to elsewhere.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    http::{HeaderName, header},
    response::Html,
    routing::get,
};
use utoipa::openapi::OpenApi;

use crate::app::App;

#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    title: String,
}

/// The two routes, for this description.
pub fn routes(openapi: &OpenApi) -> Router<App> {
    let json: Arc<str> = openapi.to_json().expect("a description is plain data").into();
    let page: Arc<str> =
        Page { title: openapi.info.title.clone() }.render().expect("a page of plain data").into();
    let json_type: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];
    Router::new()
        .route("/openapi.json", get(move || async move { (json_type, json.to_string()) }))
        .route("/docs", get(move || async move { Html(page.to_string()) }))
}
