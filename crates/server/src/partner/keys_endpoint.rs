use axum::{Json, Router, routing::get};

use super::Signer;

/// Answers `GET` at this path with the keys, as the partner's own endpoint does.
pub fn keys_endpoint(path: &str, signer: &Signer) -> Router {
    let keys = signer.keys_json();
    Router::new().route(path, get(move || async move { Json(keys) }))
}
