//! Where a request came from, at hand for whatever is recorded while it is answered.
//!
//! It is the task's, not an argument: no rule depends on it, and what has no request behind it (a job, a command, reports
//! that were merged) has none.

use std::{net::IpAddr, sync::Arc};

use axum::http::{HeaderMap, header};
use time_and_chance::Kind;

use crate::ids;

tokio::task_local! {
    static ORIGIN: Arc<Origin>;
}

/// The kind of a request's id.
pub struct Request;

impl Kind for Request {
    const PREFIX: &'static str = "req";
}

ids::described!(Request, "RequestId", "A request's id.", "req_01M6DRMRH05Y3E1V4T7Z9K2QWN");

/// A request's id.
pub type RequestId = time_and_chance::Id<Request>;

/// Where a request came from.
#[derive(Debug)]
pub struct Origin {
    /// The request's id, which its answer names too.
    pub request: RequestId,
    /// The caller's address, if it is known.
    pub ip: Option<IpAddr>,
    /// What the caller says of the program it is.
    pub user_agent: Option<String>,
}

/// Of a longer text only the beginning is kept.
const MOST_CHARS: usize = 200;

impl Origin {
    /// The origin of a request with these headers.
    pub fn of(request: RequestId, ip: Option<IpAddr>, headers: &HeaderMap) -> Self {
        let user_agent = headers.get(header::USER_AGENT).map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.chars().filter(|c| !c.is_control()).take(MOST_CHARS).collect()
        });
        Self { request, ip, user_agent }
    }

    /// Does something for which this is where it came from.
    pub async fn during<F: Future>(self, work: F) -> F::Output {
        ORIGIN.scope(Arc::new(self), work).await
    }
}

/// Where the request came from that is answered at the moment, if one is.
pub fn origin() -> Option<Arc<Origin>> {
    ORIGIN.try_with(Arc::clone).ok()
}
