use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use super::Problem;

/// Parameters of a query; those that nobody asked for are looked over.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(params) = Query::from_request_parts(parts, state).await.map_err(|rejection| {
            // Its words name the parameter and what was expected, such as "limit: invalid digit found in string".
            let words = rejection.body_text();
            let words = words.rsplit_once("query string: ").map_or(&*words, |(_, words)| words);
            Problem::new(StatusCode::BAD_REQUEST, "bad_query", format!("The query cannot be read: {words}."))
        })?;
        Ok(Self(params))
    }
}
