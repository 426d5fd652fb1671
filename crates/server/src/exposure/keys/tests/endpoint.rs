use tokio::{net::TcpListener, sync::Semaphore};

use super::*;

/// A partner's keys endpoint that replies as it is told and remembers what it was asked.
pub(super) struct FakeEndpoint {
    pub(super) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    reply: Mutex<Reply>,
    requests: AtomicUsize,
    last: Mutex<HeaderMap>,
    gate: Semaphore,
}

#[derive(Clone)]
pub(super) enum Reply {
    /// The keys, with this entity tag, or 304 to who has them.
    Keys { answer: String, etag: Option<&'static str> },
    /// Whatever this is.
    Raw(StatusCode, String),
    /// These keys, one request for each time that the gate is opened.
    Held(String),
}

impl Reply {
    pub(super) fn keys<const N: usize>(identifiers: [&str; N]) -> Self {
        Self::Keys { answer: listing(identifiers), etag: None }
    }

    pub(super) fn tagged<const N: usize>(etag: &'static str, identifiers: [&str; N]) -> Self {
        Self::Keys { answer: listing(identifiers), etag: Some(etag) }
    }

    pub(super) fn held<const N: usize>(identifiers: [&str; N]) -> Self {
        Self::Held(listing(identifiers))
    }

    pub(super) fn down() -> Self {
        Self::Raw(StatusCode::INTERNAL_SERVER_ERROR, "<html>we are sorry</html>".to_owned())
    }

    /// Well-formed, but its keys are of P-384.
    pub(super) fn foreign_curve() -> Self {
        let key = pem(&ECDSA_P384_SHA384_ASN1_SIGNING);
        let answer = json!({ "public_keys": [{ "key_identifier": "a", "key": key, "is_current": true }] });
        Self::Raw(StatusCode::OK, answer.to_string())
    }
}

/// An answer that lists keys of these identifiers; all have the same key.
pub(super) fn listing<const N: usize>(identifiers: [&str; N]) -> String {
    static PEM: LazyLock<String> = LazyLock::new(|| pem(&ECDSA_P256_SHA256_ASN1_SIGNING));
    let key = |identifier| json!({ "key_identifier": identifier, "key": *PEM, "is_current": true });
    json!({ "public_keys": identifiers.map(key).to_vec() }).to_string()
}

fn pem(curve: &'static EcdsaSigningAlgorithm) -> String {
    let pair = EcdsaKeyPair::generate(curve).unwrap();
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
}

impl FakeEndpoint {
    pub(super) async fn start(reply: Reply) -> Self {
        let shared = Arc::new(Shared {
            reply: Mutex::new(reply),
            requests: AtomicUsize::new(0),
            last: Mutex::default(),
            gate: Semaphore::new(0),
        });
        let serving = Arc::clone(&shared);
        let routes = Router::new().route("/keys", get(async move |headers| serving.respond(headers).await));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, shared }
    }

    pub(super) fn now_replies(&self, reply: Reply) {
        *self.shared.reply.lock().unwrap() = reply;
    }

    /// Lets one held request through.
    pub(super) fn open_gate(&self) {
        self.shared.gate.add_permits(1);
    }

    pub(super) fn requests(&self) -> usize {
        self.shared.requests.load(SeqCst)
    }

    pub(super) async fn requested(&self, times: usize) {
        eventually(async || self.requests() == times).await;
    }

    /// A header of the last request.
    pub(super) fn was_sent(&self, name: header::HeaderName) -> Option<HeaderValue> {
        self.shared.last.lock().unwrap().get(name).cloned()
    }
}

impl Shared {
    async fn respond(&self, headers: HeaderMap) -> Response {
        let known = headers.get(header::IF_NONE_MATCH).cloned();
        *self.last.lock().unwrap() = headers;
        self.requests.fetch_add(1, SeqCst);
        let reply = self.reply.lock().unwrap().clone();
        match reply {
            Reply::Keys { etag: Some(etag), .. } if known.is_some_and(|known| known == etag) => {
                StatusCode::NOT_MODIFIED.into_response()
            }
            Reply::Keys { answer, etag: Some(etag) } => ([(header::ETAG, etag)], answer).into_response(),
            Reply::Keys { answer, etag: None } => answer.into_response(),
            Reply::Raw(status, body) => (status, body).into_response(),
            Reply::Held(answer) => {
                self.gate.acquire().await.unwrap().forget();
                answer.into_response()
            }
        }
    }
}
