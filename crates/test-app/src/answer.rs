use axum::{
    body::to_bytes,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use serde_json::Value;

/// What the app answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; `Null` if it isn't.
    pub json: Value,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body in memory");
        let text = String::from_utf8(bytes.to_vec()).expect("answers are UTF-8");
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status: parts.status, headers: parts.headers, text, json }
    }

    /// This answer, which must have this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn with_status(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Where it leads whoever has sent a form (303).
    ///
    /// # Panics
    /// When it leads nowhere.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status.as_u16(), 303, "{}", self.text);
        self.headers[header::LOCATION].to_str().expect("visible ASCII")
    }

    /// This answer, in which this text must stand.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text:?} is not in {}", self.text);
        self
    }

    /// This answer, in which this text must not stand.
    ///
    /// # Panics
    /// When it does.
    #[track_caller]
    pub fn has_not(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text:?} is in {}", self.text);
        self
    }

    /// The text at this JSON pointer.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> &str {
        self.json
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text at {pointer}: {}", self.text))
    }
}
