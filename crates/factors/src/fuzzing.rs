//! What holds for any bytes that a browser may answer, wherever in the answer they stand. Each holds, or panics.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD as BASE64, Engine as _};
use serde_json::{Value, json};
use time_and_chance::SeededChance;
use url::Url;

use crate::{Begun, MAX_ANSWER, Passkey, Passkeys, Refused, UserHandle, claimed};

const HOST: &str = "login.example.com";
const ORIGIN: &str = "https://login.example.com";
const PERSON: &str = "person_ana";
const ID: [u8; 16] = [7; 16];
/// A key in the form of COSE: P-256's base point, whose private key is the number one.
const KEY: [u8; 77] = *b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20\
    \x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96\
    \x22\x58\x20\
    \x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";

static PASSKEYS: LazyLock<Passkeys> = LazyLock::new(|| {
    Passkeys::new(&Url::parse(ORIGIN).expect("an address"), "Acme").expect("a domain over https")
});

static PASSKEY: LazyLock<Passkey> = LazyLock::new(|| {
    let begun = begin();
    let answer = made(&client_data("webauthn.create", &begun), &object());
    PASSKEYS.finish_registration(PERSON, &begun.state, &answer).expect("a genuine answer")
});

fn begin() -> Begun {
    let handle = UserHandle::new(&SeededChance::new(1));
    PASSKEYS.begin_registration(PERSON, &handle, "ana@example.com", "Ana", &[])
}

/// What a genuine device says of the site and of itself: present, verified, counter 0; and of a new key.
fn authenticator_data(with_key: bool) -> Vec<u8> {
    let mut data = digest(&SHA256, HOST.as_bytes()).as_ref().to_vec();
    data.push(if with_key { 0x45 } else { 0x05 });
    data.extend_from_slice(&[0; 4]);
    if with_key {
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 16]);
        data.extend_from_slice(&ID);
        data.extend_from_slice(&KEY);
    }
    data
}

/// A genuine attestation object, without attestation.
pub fn object() -> Vec<u8> {
    let data = authenticator_data(true);
    let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
    object.push(u8::try_from(data.len()).expect("148 bytes"));
    object.extend_from_slice(&data);
    object
}

fn client_data(kind: &str, begun: &Begun) -> Vec<u8> {
    let options: Value = serde_json::from_str(&begun.options).expect("our own JSON");
    let challenge = &options["publicKey"]["challenge"];
    json!({ "type": kind, "challenge": challenge, "origin": ORIGIN }).to_string().into_bytes()
}

fn made(client_data: &[u8], object: &[u8]) -> Vec<u8> {
    answer(
        &json!({ "clientDataJSON": BASE64.encode(client_data), "attestationObject": BASE64.encode(object) }),
    )
}

fn used(client_data: &[u8], authenticator_data: &[u8], signature: &[u8]) -> Vec<u8> {
    answer(&json!({
        "clientDataJSON": BASE64.encode(client_data),
        "authenticatorData": BASE64.encode(authenticator_data),
        "signature": BASE64.encode(signature),
        "userHandle": BASE64.encode(PASSKEY.user_handle().as_bytes()),
    }))
}

fn answer(response: &Value) -> Vec<u8> {
    let id = BASE64.encode(ID);
    json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string().into_bytes()
}

/// Any bytes as what a browser answers when a passkey is made: as the whole of it, as what the browser says, and as what the
/// device says. Only the last can be good, since the challenge is in the other two.
pub fn check_registration(bytes: &[u8]) {
    let begun = begin();
    let finish = |answer: &[u8]| PASSKEYS.finish_registration(PERSON, &begun.state, answer);
    let refused = finish(bytes).expect_err("nobody guesses the challenge");
    assert_eq!(refused == Refused::TooLong, bytes.len() > MAX_ANSWER, "{refused}");
    assert!(finish(&made(bytes, &object())).is_err(), "nobody guesses the challenge");
    if let Ok(passkey) = finish(&made(&client_data("webauthn.create", &begun), bytes)) {
        assert!((1..=1_023).contains(&passkey.credential_id().len()));
        let kept = Passkey::from_json(&passkey.to_json()).expect("what was written is read");
        assert_eq!(kept.to_json(), passkey.to_json());
        assert!(PASSKEYS.begin_sign_in(&[kept]).is_some());
    }
}

/// Any bytes as what a browser answers when a passkey is used: as the whole of it, and as each of its parts. None is good,
/// since the key has not signed it. And any bytes as what was kept between the steps, and as a passkey that was kept.
pub fn check_sign_in(bytes: &[u8]) {
    let of = [PASSKEY.clone()];
    let known = PASSKEYS.begin_sign_in(&of).expect("there is one");
    let unknown = PASSKEYS.begin_discoverable_sign_in();
    let finish = |answer: &[u8]| {
        let known = PASSKEYS.finish_sign_in(&of, &known.state, answer).expect_err("not signed");
        let unknown =
            PASSKEYS.finish_discoverable_sign_in(&PASSKEY, &unknown.state, answer).expect_err("not signed");
        (known, unknown)
    };
    let refused = finish(bytes);
    assert_eq!(refused.0 == Refused::TooLong, bytes.len() > MAX_ANSWER);
    assert_eq!(claimed(bytes).err() == Some(Refused::TooLong), bytes.len() > MAX_ANSWER);
    let genuine = authenticator_data(false);
    for begun in [&known, &unknown] {
        let said = client_data("webauthn.get", begun);
        finish(&used(bytes, &genuine, bytes));
        finish(&used(&said, bytes, bytes));
        finish(&used(&said, &genuine, bytes));
    }
    let answer = used(&client_data("webauthn.get", &known), &genuine, bytes);
    assert!(PASSKEYS.finish_sign_in(&of, bytes, &answer).is_err());
    if let Ok(passkey) = Passkey::from_json(bytes) {
        let again = Passkey::from_json(&passkey.to_json()).expect("what was written is read");
        assert_eq!(again.to_json(), passkey.to_json());
        assert!(PASSKEYS.finish_discoverable_sign_in(&passkey, &unknown.state, &answer).is_err());
    }
}
