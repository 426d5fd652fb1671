use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A partner with keys and a keys endpoint of its own. Clones are the same one.
#[derive(Clone)]
pub struct FakePartner {
    /// Where its keys are.
    pub keys_url: String,
    inside: Arc<Inside>,
}

/// How a partner's keys endpoint answers.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// With its keys.
    Keys,
    /// With a status and nothing else.
    Status(u16),
    /// With 200 and this text.
    Text(&'static str),
    /// Not at all.
    Silence,
}

struct Inside {
    keys: Mutex<Vec<Key>>,
    manner: Mutex<Manner>,
    fetches: AtomicUsize,
}

struct Key {
    identifier: String,
    pem: String,
    pair: EcdsaKeyPair,
}

/// DER of a P-256 public key up to its point (RFC 5480, section 2).
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl FakePartner {
    /// One with one key, whose endpoint listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let keys_url = format!("http://{}/keys", listener.local_addr().expect("an address"));
        let keys = Mutex::new(vec![Key::generate()]);
        let inside =
            Arc::new(Inside { keys, manner: Mutex::new(Manner::Keys), fetches: AtomicUsize::new(0) });
        let router = Router::new().route("/keys", get(answer)).with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { keys_url, inside }
    }

    /// The identifier of the key that it signs with.
    pub fn identifier(&self) -> String {
        let keys = self.inside.keys.lock().expect("no panic");
        keys.last().expect("a partner has a key").identifier.clone()
    }

    /// The two headers of a message with this body, as `github` or `gitlab` spells them.
    pub fn signed(&self, partner: &str, body: &[u8]) -> HeaderMap {
        let keys = self.inside.keys.lock().expect("no panic");
        headers(partner, keys.last().expect("a partner has a key"), body)
    }

    /// The same, signed with the key of before the last rotation.
    pub fn signed_with_former_key(&self, partner: &str, body: &[u8]) -> HeaderMap {
        let keys = self.inside.keys.lock().expect("no panic");
        headers(partner, &keys[keys.len() - 2], body)
    }

    /// Signs with a new key from here on. Its endpoint lists both, as GitHub's does, and the old one as not current.
    pub fn rotate(&self) {
        self.inside.keys.lock().expect("no panic").push(Key::generate());
    }

    /// Lets its keys endpoint answer so from here on.
    pub fn answers(&self, manner: Manner) {
        *self.inside.manner.lock().expect("no panic") = manner;
    }

    /// How often its keys were asked for.
    pub fn fetches(&self) -> usize {
        self.inside.fetches.load(Ordering::SeqCst)
    }
}

impl Key {
    fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key pair");
        let pem = pem(pair.public_key().as_ref());
        let identifier = hex(digest::digest(&digest::SHA256, pem.as_bytes()).as_ref());
        Self { identifier, pem, pair }
    }
}

fn headers(partner: &str, key: &Key, body: &[u8]) -> HeaderMap {
    let signature = key.pair.sign(&SystemRandom::new(), body).expect("a signature");
    let mut headers = HeaderMap::new();
    let mut set = |what: &str, value: &str| {
        let name = HeaderName::try_from(format!("{partner}-public-key-{what}")).expect("a header's name");
        headers.insert(name, value.parse().expect("visible ASCII"));
    };
    set("identifier", &key.identifier);
    set("signature", &BASE64_STANDARD.encode(signature.as_ref()));
    headers
}

async fn answer(State(inside): State<Arc<Inside>>) -> Response {
    inside.fetches.fetch_add(1, Ordering::SeqCst);
    let manner = *inside.manner.lock().expect("no panic");
    match manner {
        Manner::Keys => Json(inside.listed()).into_response(),
        Manner::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        Manner::Text(text) => text.into_response(),
        Manner::Silence => std::future::pending().await,
    }
}

impl Inside {
    fn listed(&self) -> Value {
        let keys = self.keys.lock().expect("no panic");
        let newest = keys.len() - 1;
        let list = keys.iter().enumerate().map(
            |(at, key)| json!({"key_identifier": key.identifier, "key": key.pem, "is_current": at == newest}),
        );
        json!({"public_keys": list.collect::<Vec<_>>()})
    }
}

fn pem(point: &[u8]) -> String {
    let text = BASE64_STANDARD.encode([&SPKI, point].concat());
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
