use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{post, put},
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify};

/// A request that was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as JSON.
    pub body: Value,
    /// How many bytes its body has.
    pub bytes: usize,
    /// Its body as it came.
    pub raw: Vec<u8>,
}

/// A status, and perhaps `Retry-After`.
type Planned = (u16, Option<&'static str>);

/// An endpoint that writes down what it receives.
#[derive(Clone, Default)]
pub struct Receiver {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Vec<Planned>>>,
    always: Arc<Mutex<Option<u16>>>,
    holds: Arc<Mutex<Option<Arc<Notify>>>>,
}

impl Receiver {
    /// One on a free port, and its base address.
    pub async fn start() -> (Self, String) {
        let receiver = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/v1/batch", post(receive))
            .route("/audit", post(receive))
            .route("/heads/{*object}", put(receive))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    /// Answers the next requests so: a status, and perhaps `Retry-After`. After these, 200.
    pub fn answer_next(&self, answers: &[Planned]) {
        self.answers.lock().expect("no panic").extend_from_slice(answers);
    }

    /// Answers all requests so for which nothing else was planned; `None` is 200 again.
    pub fn answer_always(&self, status: Option<u16>) {
        *self.always.lock().expect("no panic") = status;
    }

    /// Never answers the next request, and tells once it is there.
    pub fn hold_next(&self) -> impl Future<Output = ()> + use<> {
        let held = Arc::new(Notify::new());
        *self.holds.lock().expect("no panic") = Some(Arc::clone(&held));
        async move { held.notified().await }
    }

    /// What was received, refused requests included.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap) {
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    receiver.received.lock().expect("no panic").push(Received {
        headers,
        body: json,
        bytes: body.len(),
        raw: body.to_vec(),
    });
    let held = receiver.holds.lock().expect("no panic").take();
    if let Some(held) = held {
        held.notify_one();
        std::future::pending::<()>().await;
    }
    let always = *receiver.always.lock().expect("no panic");
    let mut answers = receiver.answers.lock().expect("no panic");
    let (status, after) = if answers.is_empty() { (always.unwrap_or(200), None) } else { answers.remove(0) };
    let mut headers = HeaderMap::new();
    if let Some(after) = after {
        headers.insert("retry-after", after.parse().expect("visible ASCII"));
    }
    (StatusCode::from_u16(status).expect("a status"), headers)
}
