//! The product's gateway: it calls the server over HTTP, with its operator key.

use outgoing::{Answer, Request};
use serde_json::Value;

use super::place::Place;

/// Who calls with an operator key.
pub struct Caller<'a> {
    place: &'a Place,
    key: String,
}

impl<'a> Caller<'a> {
    /// A caller with this key.
    pub fn new(place: &'a Place, key: String) -> Self {
        Self { place, key }
    }

    /// `POST`s this.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let request = Request::post(&self.url(path)).and_then(|request| request.json(body));
        self.send(path, request).await
    }

    /// `GET`s what is there.
    pub async fn get(&self, path: &str) -> Result<Value, String> {
        self.send(path, Request::get(&self.url(path))).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.place.address)
    }

    /// A page, as a browser gets it.
    pub async fn page(&self, path: &str) -> Result<String, String> {
        self.text(path, Request::get(&self.url(path))).await
    }

    async fn send(&self, path: &str, request: outgoing::Result<Request>) -> Result<Value, String> {
        let body = self.text(path, request).await?;
        serde_json::from_str(&body).map_err(|_| format!("{path} answered no JSON: {body}"))
    }

    async fn text(&self, path: &str, request: outgoing::Result<Request>) -> Result<String, String> {
        let failed = |fault| format!("{path} gave no answer: {fault}");
        let request = request.and_then(|request| request.bearer(&self.key)).map_err(failed)?;
        let Answer { status, body, .. } = self.place.client.send(request).await.map_err(failed)?;
        let body = String::from_utf8_lossy(&body);
        if !status.is_success() {
            return Err(format!("{path} answered {status}: {body}"));
        }
        Ok(body.into_owned())
    }
}
