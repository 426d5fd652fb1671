use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use store::Fault;
use time_and_chance::{Chance as _, OsChance};
use utoipa::ToSchema;

/// A refusal or a fault, told to the caller as RFC 9457 problem details (`application/problem+json`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    #[serde(serialize_with = "number")]
    #[schema(value_type = u16, minimum = 400, maximum = 599, example = 404)]
    pub status: StatusCode,
    /// A stable word for programs.
    #[schema(value_type = String, example = "not_found")]
    pub code: &'static str,
    /// The status in words.
    #[schema(value_type = String, example = "Not Found")]
    pub title: &'static str,
    /// What is wrong and what to do next, in a sentence.
    #[schema(example = "There is no such token, or it is not yours.")]
    pub detail: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    /// A refusal in a sentence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, title: status.canonical_reason().unwrap_or("Problem"), detail: detail.into() }
    }

    /// What does not exist, and what is somebody else's: the two look the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}, or it is not yours."))
    }

    /// What cannot be done as things stand.
    pub fn conflict(code: &'static str, detail: &str) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// A field whose value cannot be taken.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).expect("a problem is plain data");
        let mut response = (self.status, body).into_response();
        response.extensions_mut().insert(Code(self.code));
        response.extensions_mut().insert(Told { detail: self.detail.clone(), title: self.title });
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

/// What a problem says, for whoever shows it as a page.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// What is wrong and what to do next.
    pub detail: String,
    title: &'static str,
}

impl Told {
    /// What is wrong, as a heading.
    pub const fn title(&self) -> &'static str {
        self.title
    }
}

/// The stable word of a problem, beside its response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code(pub &'static str);

/// Why a verb did not do it: the caller may not have it so, or something of ours is broken.
#[derive(Debug)]
pub enum Stop<R> {
    /// Told to the caller.
    Refused(R),
    /// Logged, and shown as a reference number.
    Fault(Fault),
}

impl<R> From<Fault> for Stop<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<R> From<seal::Fault> for Stop<R> {
    fn from(fault: seal::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

impl<R: Into<Problem>> From<Stop<R>> for Problem {
    fn from(stop: Stop<R>) -> Self {
        match stop {
            Stop::Refused(refusal) => refusal.into(),
            Stop::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        if fault.is_passing() {
            tracing::warn!(%fault, "the database is out of reach");
            let detail = "The database does not answer at the moment. Try again soon; with the same Idempotency-Key a repeat does no harm.";
            return Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        }
        let reference = format!("{:08x}", OsChance.number() & 0xffff_ffff);
        tracing::error!(%fault, reference, "a request failed");
        let detail =
            format!("Something failed on our side. Nothing was changed. The reference is {reference}.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", detail)
    }
}
