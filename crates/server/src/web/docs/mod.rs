//! `/openapi.json`, and `/docs`, which shows it as a page: rendered once, without a script or a request to elsewhere.

mod command;
mod fields;
mod operation;
mod prose;
#[cfg(test)]
mod tests;

use askama::Template;
use axum::{
    Router,
    body::Bytes,
    http::{HeaderName, header},
    response::IntoResponse,
    routing::get,
};
use serde_json::Value;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi;

use self::{
    fields::{Field, Limit, fields},
    operation::Operation,
    prose::{Block, Span, prose, spans},
};
use crate::app::App;

/// What a browser may do with the page: show it with our style, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("../../../templates/docs/style.css");

/// The routes of the description. Commands on the page are told of the server at `public_url`.
pub fn routes(openapi: &OpenApi, public_url: &str) -> Router<App> {
    let json = Bytes::from(openapi.to_json().expect("a description is plain data"));
    let page = Bytes::from(render(openapi, public_url));
    let style = Bytes::from_static(STYLE.as_bytes());
    Router::new()
        .route("/openapi.json", get(async move || serve("application/json", &json)))
        .route("/docs", get(async move || serve("text/html; charset=utf-8", &page)))
        .route("/docs/style.css", get(async move || serve("text/css; charset=utf-8", &style)))
        .layer(CompressionLayer::new().gzip(true))
}

/// Whether a path is of the page: something that a person opens in a browser.
pub fn is_page(path: &str) -> bool {
    path == "/docs" || path == "/docs/style.css"
}

/// All answers share the text: anybody may ask for it, and need not take what comes.
fn serve(content_type: &'static str, text: &Bytes) -> impl IntoResponse + use<> {
    let headers: [(HeaderName, &str); 2] =
        [(header::CONTENT_TYPE, content_type), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, text.clone())
}

/// The page.
fn render(openapi: &OpenApi, public_url: &str) -> String {
    let description = serde_json::to_value(openapi).expect("a description is plain data");
    Page::of(&description, public_url).render().expect("a page of plain data")
}

#[derive(Template)]
#[template(path = "docs/page.html")]
struct Page<'a> {
    title: &'a str,
    version: &'a str,
    intro: Vec<Block<'a>>,
    groups: Vec<Group<'a>>,
    schemas: Vec<Schema<'a>>,
}

/// Operations that share a tag.
struct Group<'a> {
    name: &'a str,
    about: Vec<Span<'a>>,
    operations: Vec<Operation<'a>>,
}

/// A schema that has a name.
struct Schema<'a> {
    name: &'a str,
    about: Vec<Block<'a>>,
    fields: Vec<Field<'a>>,
    limits: Vec<Limit>,
}

impl<'a> Page<'a> {
    fn of(description: &'a Value, public_url: &str) -> Self {
        let operations: Vec<_> = operation::all(description, public_url);
        let group = |tag: &'a Value| {
            let name = text(tag, "name");
            let operations = operations.iter().filter(|operation| operation.tag == name).cloned().collect();
            Group { name, about: spans(text(tag, "description")), operations }
        };
        let schemas = description.pointer("/components/schemas").and_then(Value::as_object);
        let schema = |(name, schema): (&'a String, &'a Value)| Schema {
            name,
            about: prose(text(schema, "description")),
            fields: fields(schema, description),
            limits: fields::limits(schema),
        };
        Self {
            title: text(&description["info"], "title"),
            version: text(&description["info"], "version"),
            intro: prose(text(&description["info"], "description")),
            groups: list(description, "tags").map(group).collect(),
            schemas: schemas.into_iter().flatten().map(schema).collect(),
        }
    }
}

/// The text of a member, empty if there is none.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The elements of a member, none if it is no list.
fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The members of a member, in their order, none if it is no object.
fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
    value
        .get(name)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}
