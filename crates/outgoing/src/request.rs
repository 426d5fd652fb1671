use std::{fmt, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Method, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;

use crate::{Fault, Result};

const TIMEOUT: Duration = Duration::from_secs(10);
const MOST_ANSWER_BYTES: usize = 1024 * 1024;

/// A request that is yet to be sent.
///
/// Unless told otherwise it has 10 seconds and takes an answer of at most 1 MiB.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) timeout: Duration,
    /// Nothing: its body is not read.
    pub(crate) max_answer_bytes: Option<usize>,
}

impl Request {
    /// A GET of this absolute `http` or `https` URL.
    pub fn get(url: &str) -> Result<Self> {
        Self::new(Method::GET, url)
    }

    /// A POST to this absolute `http` or `https` URL.
    pub fn post(url: &str) -> Result<Self> {
        Self::new(Method::POST, url)
    }

    /// A PUT to this absolute `http` or `https` URL.
    pub fn put(url: &str) -> Result<Self> {
        Self::new(Method::PUT, url)
    }

    fn new(method: Method, url: &str) -> Result<Self> {
        let url = Url::parse(url).map_err(|why| Fault::Unsendable(format!("not a URL: {why}")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(Fault::Unsendable("not an http or https URL".to_owned()));
        }
        Ok(Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            timeout: TIMEOUT,
            max_answer_bytes: Some(MOST_ANSWER_BYTES),
        })
    }

    /// With this header, instead of one of the same name.
    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self> {
        // The library's error would be fine to show, but says nothing that this doesn't.
        let value = HeaderValue::from_str(value).map_err(|_| {
            Fault::Unsendable(format!("the {name} header holds characters that no header may"))
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// With `Authorization: Bearer` (RFC 6750).
    pub fn bearer(self, token: &str) -> Result<Self> {
        self.authorization(&format!("Bearer {token}"))
    }

    /// With `Authorization: Basic` (RFC 7617).
    pub fn basic(self, user: &str, password: &str) -> Result<Self> {
        self.authorization(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }

    fn authorization(self, value: &str) -> Result<Self> {
        let mut request = self.header(AUTHORIZATION, value)?;
        for value in request.headers.values_mut() {
            // Kept out of HTTP/2's table of repeated headers, and out of whatever prints headers.
            value.set_sensitive(true);
        }
        Ok(request)
    }

    /// With this value as its JSON body.
    pub fn json(self, value: &impl Serialize) -> Result<Self> {
        let body =
            serde_json::to_vec(value).map_err(|why| Fault::Unsendable(format!("no JSON of it: {why}")))?;
        Ok(self.body("application/json", body))
    }

    /// With these bytes as its body.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Some(body);
        self
    }

    /// With this long for all of the exchange.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// With this limit on the answer's body.
    #[must_use]
    pub fn max_answer_bytes(mut self, most: usize) -> Self {
        self.max_answer_bytes = Some(most);
        self
    }

    /// For whoever decides by the answer's status and headers alone: its body is not read, and [`Answer::body`](crate::Answer::body) is
    /// empty. However long it is, and whether or not it comes to its end, that changes nothing.
    #[must_use]
    pub fn without_answer_body(mut self) -> Self {
        self.max_answer_bytes = None;
        self
    }
}

/// Shows method and host alone: path, query, headers and body may hold credentials or somebody's data.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.url.host_str().unwrap_or_default())
    }
}
