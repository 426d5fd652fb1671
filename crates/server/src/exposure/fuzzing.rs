//! The properties that fuzzers and plain tests hold the readers of foreign bytes to. Each holds for any bytes, or panics.

use axum::http::{HeaderMap, HeaderValue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use seal::Private;
use serde_json::{Value, json};
use token_format::{find_all, fuzzing::acme};

use super::{
    message::{self, Feedback, Item, Label, MOST_SOURCE_CHARS, MOST_URL_CHARS, Message, Shape},
    signature::{KeySet, MOST_IDENTIFIER_BYTES, Partner, PublicKey, SignedHeaders, verify},
};

/// GitHub's key `90a4…`, as its documentation lists it.
const KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq
kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==
-----END PUBLIC KEY-----
";

/// The bytes as a message's body, and as the texts in one.
pub fn check_message(bytes: &[u8]) {
    for shape in [Shape::Partner, Shape::Revocation] {
        let parsed = message::parse(bytes, shape, &acme()).ok();
        // The general parser refuses depth and halves of surrogate pairs; what it can read, we read alike.
        match serde_json::from_slice(bytes) {
            Ok(Value::Array(values)) => reads_alike(&values, parsed.as_ref().expect("an array is a message")),
            Ok(_) => assert_eq!(parsed, None, "only an array is a message"),
            Err(_) => {}
        }
        for item in parsed.iter().flat_map(|message| &message.items) {
            can_be_stored_and_answered(item);
            names_no_secret(item);
        }
    }
    a_text_comes_out_as_it_went_in(&String::from_utf8_lossy(bytes));
}

fn reads_alike(values: &[Value], message: &Message) {
    let tokens = values.iter().filter_map(|value| value.get("token")?.as_str());
    assert!(tokens.eq(message.items.iter().map(|item| item.token.as_str())));
    let types = values.iter().filter(|value| value.get("token").is_some_and(Value::is_string));
    let types = types.map(|value| value.get("type").and_then(Value::as_str));
    assert!(types.eq(message.items.iter().map(|item| item.token_type.as_deref())));
    assert_eq!(message.items.len() + message.left_out, values.len());
}

fn can_be_stored_and_answered(item: &Item) {
    for (text, most) in [
        (item.url.as_ref().map(Private::expose), MOST_URL_CHARS),
        (item.source.as_deref(), MOST_SOURCE_CHARS),
    ] {
        let Some(text) = text else { continue };
        assert!(!text.is_empty() && !text.contains('\0') && text.chars().count() <= most);
    }
    let feedback = serde_json::to_value(Feedback::on(item, Label::FalsePositive)).expect("feedback is JSON");
    let hash = feedback["token_hash"].as_str().expect("a hash");
    assert!(hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    assert_eq!(feedback["token_type"].as_str(), item.token_type.as_deref());
}

/// Neither a token of a prefix of ours nor what was reported.
fn names_no_secret(item: &Item) {
    let (prefixes, url) = (acme(), item.url.as_ref().map_or("", Private::expose));
    assert!(find_all(url, &prefixes).all(|find| find.prefix().is_none()));
    assert!(find_all(&item.token, &prefixes).all(|find| !url.contains(find.body())));
}

fn a_text_comes_out_as_it_went_in(text: &str) {
    let body =
        json!([text, { "token": text, "type": text, "url": text, "source": text, "x": text }]).to_string();
    let message = message::parse(body.as_bytes(), Shape::Partner, &acme()).expect("an array is a message");
    assert_eq!((message.items.len(), message.left_out), (1, 1));
    assert_eq!(message.items[0].token, text);
    assert_eq!(message.items[0].token_type.as_deref(), Some(text));
    can_be_stored_and_answered(&message.items[0]);
    names_no_secret(&message.items[0]);
}

/// The first line as a signature, the rest as the body it is of; and all of it as a key.
pub fn check_signature(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, body) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let key = PublicKey::from_pem(KEY).expect("the published key is one");
    if let Ok(text) = str::from_utf8(line)
        && verify(&key, text, body).is_ok()
    {
        it_holds_for_this_alone(&key, text, body);
    }
    headers_are_taken_as_they_are(line);
    if let Ok(key) = PublicKey::from_pem(&String::from_utf8_lossy(bytes)) {
        assert!(verify(&key, "", bytes).is_err());
    }
}

fn it_holds_for_this_alone(key: &PublicKey, signature: &str, body: &[u8]) {
    let der = STANDARD.decode(signature).expect("it holds, so it is base64");
    assert_eq!(STANDARD.encode(&der), signature, "there is one spelling");
    assert!(verify(key, &STANDARD.encode([&der, [0].as_slice()].concat()), body).is_err());
    assert!(verify(key, signature, &[body, b"\n"].concat()).is_err());
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        assert!(verify(key, &STANDARD.encode(changed), body).is_err());
    }
    for at in 0..body.len().min(1_000) {
        let mut changed = body.to_vec();
        changed[at] ^= 1;
        assert!(verify(key, signature, &changed).is_err());
    }
}

fn headers_are_taken_as_they_are(line: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(line) else { return };
    for partner in [Partner::Github, Partner::Gitlab] {
        let mut headers = HeaderMap::new();
        headers.insert(partner.identifier_header(), value.clone());
        headers.insert(partner.signature_header(), value.clone());
        match SignedHeaders::of(partner, &headers) {
            Ok(signed) => {
                assert_eq!((signed.identifier.as_bytes(), signed.signature.as_bytes()), (line, line));
            }
            Err(why) => assert!(!why.reason().is_empty()),
        }
    }
}

/// The bytes as the answer of a keys endpoint, and as what stands beside a good key in one.
pub fn check_keys(bytes: &[u8]) {
    if let Ok(keys) = KeySet::parse(bytes) {
        assert!(keys.len() <= 100);
        assert!(keys.get("").is_none());
        assert!(keys.get(&"x".repeat(MOST_IDENTIFIER_BYTES + 1)).is_none());
    }
    let text = String::from_utf8_lossy(bytes);
    let junk = serde_json::from_slice(bytes).unwrap_or_else(|_| json!(text));
    let answer = json!({
        "junk": junk,
        "public_keys": [
            junk,
            { "key_identifier": "good", "key": KEY, "is_current": junk, "junk": junk },
            { "key_identifier": "junk", "key": text },
        ],
    });
    let keys = KeySet::parse(answer.to_string().as_bytes()).expect("a list of keys");
    assert!(keys.get("good").is_some(), "junk beside a key spoils nothing");
}
