use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};

use super::Problem;

/// A JSON body, and the digest of its bytes (an `Idempotency-Key` stands for one body).
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// SHA-256 of the raw bytes.
    pub digest: Vec<u8>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let type_ =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !type_.split(';').next().is_some_and(|type_| type_.trim().eq_ignore_ascii_case("application/json"))
        {
            let detail = "Send JSON, with the header Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail));
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too_large",
                    "The body is larger than is taken here.",
                ),
                _ => Problem::new(
                    StatusCode::BAD_REQUEST,
                    "not_read",
                    "The body could not be read to its end.",
                ),
            })?;
        let value = read(&bytes)?;
        Ok(Self { value, digest: digest(&SHA256, &bytes).as_ref().to_vec() })
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would read an array as an object, by position; one that only has optional fields would take any array.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid("The body does not fit: it must be an object."));
    }
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        // serde_json's words name the field and what was expected. They may repeat a value, which the caller just sent.
        serde_json::error::Category::Data => Problem::invalid(format!("The body does not fit: {error}.")),
        _ => Problem::new(StatusCode::BAD_REQUEST, "not_json", format!("The body is not JSON: {error}.")),
    })
}

/// Reads an object inside of a body: there, too, an array is none.
pub fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let fields = serde_json::Map::deserialize(deserializer)?;
    T::deserialize(serde_json::Value::Object(fields)).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        name: Option<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        #[serde(deserialize_with = "object")]
        inner: Inner,
    }

    #[test]
    fn an_array_is_no_object_at_either_level() {
        let read = |text: &str| read::<Outer>(text.as_bytes()).map_err(|problem| problem.status.as_u16());
        assert_eq!(
            read(r#" {"inner": {"name": "a"}}"#),
            Ok(Outer { inner: Inner { name: Some("a".to_owned()) } })
        );
        for array in [r#"[{"name": "a"}]"#, r#"{"inner": ["a"]}"#, r#"{"inner": []}"#, " []"] {
            assert_eq!(read(array), Err(422), "{array}");
        }
    }
}
