use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{Json, Router, http::HeaderMap, routing::get};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A partner with a key pair and a keys endpoint of its own.
#[derive(Clone)]
pub struct FakePartner {
    /// Where its keys are.
    pub keys_url: String,
    /// Its key's identifier.
    pub identifier: String,
    key: Arc<EcdsaKeyPair>,
    fetches: Arc<AtomicUsize>,
}

/// DER of a P-256 public key up to its point (RFC 5480, section 2).
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl FakePartner {
    /// One whose endpoint listens on a free port.
    pub async fn start() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key pair");
        let pem = pem(key.public_key().as_ref());
        let identifier = hex(digest::digest(&digest::SHA256, pem.as_bytes()).as_ref());
        let listed = json!({"public_keys": [{"key_identifier": identifier, "key": pem, "is_current": true}]});
        let fetches = Arc::new(AtomicUsize::new(0));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let keys_url = format!("http://{}/keys", listener.local_addr().expect("an address"));
        let router = endpoint(listed, Arc::clone(&fetches));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { keys_url, identifier, key: Arc::new(key), fetches }
    }

    /// The two headers of a message with this body, as `github` or `gitlab` spells them.
    pub fn signed(&self, partner: &str, body: &[u8]) -> HeaderMap {
        let signature = self.key.sign(&SystemRandom::new(), body).expect("a signature");
        let mut headers = HeaderMap::new();
        let mut set = |what: &str, value: &str| {
            let name = axum::http::HeaderName::try_from(format!("{partner}-public-key-{what}"))
                .expect("a header's name");
            headers.insert(name, value.parse().expect("visible ASCII"));
        };
        set("identifier", &self.identifier);
        set("signature", &BASE64_STANDARD.encode(signature.as_ref()));
        headers
    }

    /// How often its keys were fetched.
    pub fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

fn endpoint(listed: Value, fetches: Arc<AtomicUsize>) -> Router {
    let answer = move || {
        fetches.fetch_add(1, Ordering::SeqCst);
        let listed = listed.clone();
        async move { Json(listed) }
    };
    Router::new().route("/keys", get(answer))
}

fn pem(point: &[u8]) -> String {
    let text = BASE64_STANDARD.encode([&SPKI, point].concat());
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
