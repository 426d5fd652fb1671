//! Where a request came from: for handlers, and at hand for whatever is recorded while it is answered. To that it is the
//! task's and not an argument: no rule depends on it, and what has no request behind it (a job, a command) has none. Reports
//! that are merged keep theirs, each its own.

use std::{fmt, net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::Problem;
use crate::ids::RequestId;

/// Where a request came from. Its `Debug` shows neither the address nor the program.
#[derive(Clone)]
pub struct Origin {
    /// The caller's address, by the connection or by the word of a proxy that is trusted. None where that is unclear.
    pub address: Option<IpAddr>,
    /// What the caller's program calls itself: at most 300 characters, none of them a control character.
    pub user_agent: Option<String>,
    /// The request's id, made here and answered as `X-Request-Id`.
    pub request_id: RequestId,
}

tokio::task_local! {
    static ORIGIN: Arc<Origin>;
}

impl Origin {
    /// Does something for which this is where it came from.
    pub async fn during<F: Future>(self, work: F) -> F::Output {
        ORIGIN.scope(Arc::new(self), work).await
    }
}

/// Where the request came from that is answered at the moment, if one is.
pub fn origin() -> Option<Arc<Origin>> {
    ORIGIN.try_with(Arc::clone).ok()
}

/// How many characters of a program's name are kept.
const LONGEST: usize = 300;

/// What a program calls itself, fit to be kept.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let sent = String::from_utf8_lossy(headers.get(header::USER_AGENT)?.as_bytes());
    let kept: String = sent.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    (!kept.is_empty()).then_some(kept)
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let origin = parts.extensions.get().cloned();
        origin.ok_or_else(|| store::Fault::Row("a request without an origin".to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn named(bytes: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_bytes(bytes).unwrap());
        user_agent(&headers)
    }

    #[test]
    fn a_programs_name_is_cut_and_has_no_control_characters() {
        assert_eq!(named(b"curl/8.5.0").as_deref(), Some("curl/8.5.0"));
        assert_eq!(named("a\tb\u{9b}31mc".as_bytes()).as_deref(), Some("ab31mc"));
        assert_eq!(named("ü".repeat(1000).as_bytes()).unwrap().chars().count(), 300);
        assert_eq!(named(b"").as_deref(), None);
        assert_eq!(named(b"\xff").as_deref(), Some("\u{fffd}"));
        assert_eq!(user_agent(&HeaderMap::new()), None);
    }

    #[test]
    fn debug_shows_nothing_of_the_caller() {
        let origin = Origin {
            address: Some([192, 0, 2, 7].into()),
            user_agent: Some("curl/8.5.0".to_owned()),
            request_id: crate::ids::Request::EXAMPLE.parse().unwrap(),
        };
        let shown = format!("{origin:?}");
        assert!(shown.contains("req_") && !shown.contains("192") && !shown.contains("curl"), "{shown}");
    }
}
