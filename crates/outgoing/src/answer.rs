use std::{
    fmt,
    time::{Duration, SystemTime},
};

use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName, RETRY_AFTER},
};

/// An answer, read to its end, but for a body that nobody asked for.
#[derive(Clone)]
pub struct Answer {
    /// Its status; a redirect's too.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// The header's text, if it is there and is text. Of several, the first.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Shows no header and no body: either may hold what nobody should read in a log.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// How long the answer asks to wait before the next try (RFC 9110 section 10.2.3): seconds, or a date in any of the
/// forms of HTTP (section 5.6.7), which counts from `when`. Zero for a date that has passed; `None` without the header or when it makes no sense.
pub fn retry_after(answer: &Answer, when: SystemTime) -> Option<Duration> {
    let text = answer.header(&RETRY_AFTER)?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds still mean "not any time soon".
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    Some(httpdate::parse_http_date(text).ok()?.duration_since(when).unwrap_or(Duration::ZERO))
}
