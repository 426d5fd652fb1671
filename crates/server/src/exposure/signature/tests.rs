use std::sync::{Arc, LazyLock};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
        EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
    },
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::{key::BadKey, key_set::NotKeys, *};

#[derive(Deserialize)]
struct Published {
    public_keys: serde_json::Value,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    key_identifier: String,
    signature: String,
    payload: String,
    genuine: bool,
}

/// What GitHub's documentation has published: keys, and messages signed with them.
static PUBLISHED: LazyLock<Published> =
    LazyLock::new(|| serde_json::from_str(include_str!("../testdata/partner-messages.json")).unwrap());

fn published_keys() -> KeySet {
    KeySet::parse(json!({ "public_keys": PUBLISHED.public_keys["public_keys"] }).to_string().as_bytes())
        .unwrap()
}

fn genuine() -> impl Iterator<Item = (&'static Message, Arc<PublicKey>)> {
    let keys = published_keys();
    PUBLISHED.messages.iter().filter(|m| m.genuine).map(move |m| (m, keys.get(&m.key_identifier).unwrap()))
}

fn key_pair(curve: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    EcdsaKeyPair::generate(curve).unwrap()
}

fn pem_of(pair: &EcdsaKeyPair) -> String {
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
}

fn sign(pair: &EcdsaKeyPair, body: &[u8]) -> String {
    STANDARD.encode(pair.sign(&SystemRandom::new(), body).unwrap())
}

fn der_of(signature: &str) -> Vec<u8> {
    STANDARD.decode(signature).unwrap()
}

#[test]
fn genuine_messages_hold() {
    assert_eq!(genuine().count(), 2);
    for (message, key) in genuine() {
        assert_eq!(verify(&key, &message.signature, message.payload.as_bytes()), Ok(()));
    }
}

#[test]
fn the_message_whose_url_the_documentation_changed_does_not_hold() {
    let message = PUBLISHED.messages.iter().find(|m| !m.genuine).unwrap();
    let key = published_keys().get(&message.key_identifier).unwrap();
    assert_eq!(verify(&key, &message.signature, message.payload.as_bytes()), Err(BadSignature::Wrong));
}

#[test]
fn a_body_that_means_the_same_but_differs_in_a_byte_does_not_hold() {
    for (message, key) in genuine() {
        let body = &message.payload;
        let others = [
            body.replace(',', ", "),
            body.replace("url", "uri"),
            format!("{body}\n"),
            format!(" {body}"),
            format!("\u{feff}{body}"),
            String::new(),
        ];
        for other in others {
            assert_eq!(
                verify(&key, &message.signature, other.as_bytes()),
                Err(BadSignature::Wrong),
                "{other}"
            );
        }
    }
    // One with spaces in it, as GitLab sends them, does not hold without them.
    let pair = key_pair(&ECDSA_P256_SHA256_ASN1_SIGNING);
    let key = PublicKey::from_pem(&pem_of(&pair)).unwrap();
    let body = r#"[{"type": "my_api_token", "token": "XXXXXXXXXXXXXXXX", "url": "https://example.com/f"}]"#;
    let signature = sign(&pair, body.as_bytes());
    assert_eq!(verify(&key, &signature, body.as_bytes()), Ok(()));
    assert_eq!(verify(&key, &signature, body.replace(' ', "").as_bytes()), Err(BadSignature::Wrong));
}

#[test]
fn a_key_does_not_answer_for_another_ones_message() {
    let [(first, first_key), (second, second_key)] = genuine().collect::<Vec<_>>().try_into().ok().unwrap();
    assert_eq!(verify(&second_key, &first.signature, first.payload.as_bytes()), Err(BadSignature::Wrong));
    assert_eq!(verify(&first_key, &second.signature, second.payload.as_bytes()), Err(BadSignature::Wrong));
}

/// The order of P-256 (SEC 2, section 2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The same signature with the other of the two values that `s` can have.
fn with_the_other_s(der: &[u8]) -> Vec<u8> {
    let r_length = usize::from(der[3]);
    let (head, s) = der[2..].split_at(2 + r_length);
    let mut padded = [0; 33];
    padded[33 - (s.len() - 2)..].copy_from_slice(&s[2..]);
    let (mut other, mut borrow) = ([0; 32], 0);
    for at in (0..32).rev() {
        let difference = i16::from(ORDER[at]) - i16::from(padded[at + 1]) - borrow;
        borrow = i16::from(difference < 0);
        other[at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let mut other = other[other.iter().position(|byte| *byte != 0).unwrap()..].to_vec();
    if other[0] & 0x80 != 0 {
        other.insert(0, 0);
    }
    let s = [&[2, u8::try_from(other.len()).unwrap()], other.as_slice()].concat();
    [&[0x30, u8::try_from(head.len() + s.len()).unwrap()], head, &s].concat()
}

#[test]
fn either_value_of_s_holds() {
    for (message, key) in genuine() {
        let other = with_the_other_s(&der_of(&message.signature));
        assert_eq!(verify(&key, &STANDARD.encode(other), message.payload.as_bytes()), Ok(()));
    }
}

#[test]
fn a_signature_that_is_not_just_der_is_malformed() {
    for (message, key) in genuine() {
        let der = der_of(&message.signature);
        let grown = |by: &[u8]| [&der, by].concat();
        let mut longer_inside = grown(&[0]);
        longer_inside[1] += 1;
        let mut long_form = der.clone();
        long_form.splice(1..2, [0x81, der[1]]);
        let mut padded_r = der.clone();
        padded_r.splice(3..4, [der[3] + 1, 0]);
        padded_r[1] += 1;
        let mut negative_r = der.clone();
        negative_r.splice(3..5, [der[3] - 1]);
        negative_r[1] -= 1;
        let zero_r = [0x30, 6, 2, 1, 0, 2, 1, 1].to_vec();
        let truncated = (0..der.len()).map(|length| der[..length].to_vec());
        let bad = [grown(&[0]), grown(b"\n"), longer_inside, long_form, padded_r, negative_r, zero_r];
        for bad in bad.into_iter().chain(truncated) {
            let result = verify(&key, &STANDARD.encode(&bad), message.payload.as_bytes());
            assert_eq!(result, Err(BadSignature::Malformed), "{bad:02x?}");
        }
    }
}

#[test]
fn base64_has_one_spelling() {
    let (message, key) = genuine().nth(1).unwrap();
    let good = &message.signature;
    assert!(good.ends_with("4xg=="), "the last digit but the padding has four spare bits");
    for bad in [
        good.replace("4xg==", "4xh=="),
        good.replace("==", ""),
        good.replace("==", "="),
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        good.replace('/', "_"),
        good.replace("==", "A="),
        String::new(),
    ] {
        assert_eq!(verify(&key, &bad, message.payload.as_bytes()), Err(BadSignature::Malformed), "{bad}");
    }
}

proptest! {
    #[test]
    fn one_flipped_bit_anywhere_breaks_it(which in 0..2_usize, at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let (message, key) = genuine().nth(which).unwrap();
        let (mut body, mut der) = (message.payload.clone().into_bytes(), der_of(&message.signature));
        let mut header = message.signature.clone().into_bytes();

        let place = at.index(der.len());
        der[place] ^= 1 << bit;
        prop_assert!(verify(&key, &STANDARD.encode(&der), &body).is_err());

        let place = at.index(header.len());
        header[place] ^= 1 << bit;
        prop_assert!(verify(&key, &String::from_utf8_lossy(&header), &body).is_err());

        let place = at.index(body.len());
        body[place] ^= 1 << bit;
        prop_assert_eq!(verify(&key, &message.signature, &body), Err(BadSignature::Wrong));
    }

    #[test]
    fn whatever_is_signed_holds_and_nothing_else(body in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
        static PAIR: LazyLock<EcdsaKeyPair> = LazyLock::new(|| key_pair(&ECDSA_P256_SHA256_ASN1_SIGNING));
        let key = PublicKey::from_pem(&pem_of(&PAIR)).unwrap();
        let signature = sign(&PAIR, &body);
        prop_assert_eq!(verify(&key, &signature, &body), Ok(()));
        prop_assert_eq!(verify(&key, &signature, &other).is_ok(), body == other);
    }
}

#[test]
fn a_key_of_another_curve_is_refused() {
    for curve in [&ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P256K1_SHA256_ASN1_SIGNING] {
        assert_eq!(PublicKey::from_pem(&pem_of(&key_pair(curve))).unwrap_err(), BadKey::NotP256);
    }
}

#[test]
fn a_key_is_one_block_of_pem() {
    let pem = pem_of(&key_pair(&ECDSA_P256_SHA256_ASN1_SIGNING));
    for good in [pem.trim().to_owned(), pem.replace('\n', "\r\n"), format!("\n{pem}\n")] {
        assert!(PublicKey::from_pem(&good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY----------END PUBLIC KEY",
        &pem.replace("PUBLIC", "PRIVATE"),
        &pem.repeat(2),
        &pem.replace("MFkw", "MFk*"),
        &pem.replace("MFkw", ""),
        &pem.replace("==", ""),
    ] {
        assert!(PublicKey::from_pem(bad).is_err(), "{bad}");
    }
    let nothing = "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n";
    assert_eq!(PublicKey::from_pem(nothing).unwrap_err(), BadKey::NotP256);
}

#[test]
fn a_point_off_the_curve_is_no_key() {
    let pair = key_pair(&ECDSA_P256_SHA256_ASN1_SIGNING);
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let mut der = der.as_ref().to_vec();
    der[90] ^= 1;
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
    assert_eq!(PublicKey::from_pem(&pem).unwrap_err(), BadKey::NotAPoint);
}

#[test]
fn a_listed_key_counts_whether_current_or_not() {
    let keys = published_keys();
    assert_eq!((keys.len(), keys.left_out()), (2, 0));
    assert!(
        PUBLISHED.public_keys["public_keys"].as_array().unwrap().iter().any(|key| key["is_current"] == false)
    );
    assert!(keys.get("90A4").is_none());
}

#[test]
fn a_key_that_cannot_be_used_is_left_out_and_spoils_no_other() {
    let good = pem_of(&key_pair(&ECDSA_P256_SHA256_ASN1_SIGNING));
    let foreign = pem_of(&key_pair(&ECDSA_P384_SHA384_ASN1_SIGNING));
    let answer = json!({
        "about": ["a", "member", "nobody", "knows"],
        "public_keys": [
            { "key_identifier": "foreign", "key": foreign, "is_current": true },
            { "key_identifier": "junk", "key": "junk" },
            { "key_identifier": "", "key": good },
            { "key_identifier": "x".repeat(MOST_IDENTIFIER_BYTES + 1), "key": good },
            { "key_identifier": 7, "key": good },
            { "key": good },
            null,
            [[]],
            { "key_identifier": "good", "key": good, "is_current": null, "curve": { "name": "P-256" } },
        ],
    });
    let keys = KeySet::parse(answer.to_string().as_bytes()).unwrap();
    assert_eq!((keys.len(), keys.left_out()), (1, 8));
    assert!(keys.get("good").is_some() && keys.get("foreign").is_none());
}

#[test]
fn an_answer_that_lists_no_keys_is_nonsense_or_empty() {
    for nonsense in
        ["", "null", "<html>", "{}", r#"{"public_keys":7}"#, r#"{"public_keys":[]} x"#, "\u{feff}{}"]
    {
        assert_eq!(KeySet::parse(nonsense.as_bytes()).unwrap_err(), NotKeys, "{nonsense}");
    }
    assert_eq!(KeySet::parse(b"{\"public_keys\":[\"\xff\"]}").unwrap_err(), NotKeys);
    assert!(KeySet::parse(br#"{"public_keys":[]}"#).unwrap().is_empty());
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let parse = |(name, value): &(&str, &str)| -> (HeaderName, HeaderValue) {
        (name.parse().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    let mut map = HeaderMap::new();
    for (name, value) in pairs.iter().map(parse) {
        map.append(name, value);
    }
    map
}

#[test]
fn the_headers_count_in_any_case() {
    for (partner, identifier, signature) in [
        (Partner::Github, "Github-Public-Key-Identifier", "Github-Public-Key-Signature"),
        (Partner::Github, "GITHUB-PUBLIC-KEY-IDENTIFIER", "GitHub-Public-Key-Signature"),
        (Partner::Gitlab, "gitlab-public-key-identifier", "Gitlab-Public-Key-Signature"),
    ] {
        let headers = headers(&[(identifier, "id"), (signature, "sig")]);
        assert_eq!(
            SignedHeaders::of(partner, &headers),
            Ok(SignedHeaders { identifier: "id", signature: "sig" })
        );
    }
}

#[test]
fn headers_that_are_missing_doubled_too_long_or_no_text_have_their_reasons() {
    let (id, sig) = ("github-public-key-identifier", "github-public-key-signature");
    let long = "x".repeat(129);
    for (pairs, reason) in [
        (vec![], "missing_header"),
        (vec![(id, "id")], "missing_header"),
        (vec![(sig, "sig")], "missing_header"),
        (vec![(id, ""), (sig, "sig")], "missing_header"),
        (
            vec![("gitlab-public-key-identifier", "id"), ("gitlab-public-key-signature", "sig")],
            "missing_header",
        ),
        (vec![(id, "id"), (id, "id"), (sig, "sig")], "doubled_header"),
        (vec![(id, "id"), (sig, "sig"), (sig, "other")], "doubled_header"),
        (vec![(id, &long), (sig, "sig")], "overlong_header"),
        (vec![(id, "id"), (sig, &long)], "overlong_header"),
        (vec![(id, "schlüssel"), (sig, "sig")], "malformed_header"),
    ] {
        let headers = headers(&pairs);
        assert_eq!(SignedHeaders::of(Partner::Github, &headers).unwrap_err().reason(), reason, "{pairs:?}");
    }
}

#[test]
fn debug_of_the_headers_hides_the_signature() {
    let shown = format!("{:?}", SignedHeaders { identifier: "id", signature: "hush" });
    assert_eq!(shown, r#"SignedHeaders("id")"#);
}
