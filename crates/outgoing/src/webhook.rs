//! Signs what goes to a customer's endpoint as Standard Webhooks says (<https://www.standardwebhooks.com>), so that whoever
//! receives it can check with a library that exists that it is ours, whole and new.
//!
//! Three headers are added: `webhook-id`, the same at each try, by which the receiver knows what it has had already;
//! `webhook-timestamp`, of this try; and `webhook-signature`, HMAC-SHA-256 over id, time and body. While a secret is being
//! replaced there are several, and a signature of each.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::{HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::{Fault, Request, Result};

/// How a secret begins when it is written down.
const PREFIX: &str = "whsec_";
/// From 192 to 512 bits, says the specification.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The name of an event, the same at each try.
pub const ID: HeaderName = HeaderName::from_static("webhook-id");
/// When it was sent, in seconds since 1970.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// Who can have sent it: signatures parted by spaces, one of each secret.
pub const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// What sender and receiver share. It shows nowhere, and its memory is wiped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// A text that is no secret, in words that go on from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ and 24 to 64 bytes in base64")]
pub struct NoSecret;

impl Secret {
    /// One of fresh randomness.
    pub fn new(random: &[u8; 32]) -> Self {
        Self(Zeroizing::new(random.to_vec()))
    }

    /// One that was written down: `whsec_` and base64.
    pub fn read(text: &str) -> std::result::Result<Self, NoSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(NoSecret)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| NoSecret)?);
        if BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(NoSecret) }
    }

    /// Several that were written down, parted by commas.
    pub fn read_all(text: &str) -> std::result::Result<Vec<Self>, NoSecret> {
        text.split(',').map(|one| Self::read(one.trim())).collect()
    }

    /// As it is written down. To be shown once, to whoever receives.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 4 * self.0.len().div_ceil(3)));
        text.push_str(PREFIX);
        STANDARD.encode_string(&*self.0, &mut text);
        text
    }

    /// The signature of a body under this secret: `v1,` and base64.
    pub fn signature(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut signing = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, &self.0));
        signing.update(format!("{id}.{seconds}.").as_bytes());
        signing.update(body);
        format!("v1,{}", STANDARD.encode(signing.sign()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Signs a request's body with each of the secrets, the newest first. To be called anew at each try, with the id of the
/// first (letters, digits, `_` and `-`) and the time of this one, in seconds since 1970: receivers refuse what is more
/// than a few minutes old.
pub fn sign(mut request: Request, id: &str, seconds: i64, secrets: &[Secret]) -> Result<Request> {
    // A dot in it would leave open where the time begins.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if id.is_empty() || !id.bytes().all(fits) {
        return Err(Fault::Unsendable("an event's id is letters, digits, _ and -".to_owned()));
    }
    if secrets.is_empty() {
        return Err(Fault::Unsendable("there is no secret to sign with".to_owned()));
    }
    let body = request.body.as_deref().unwrap_or_default();
    let signatures: Vec<_> = secrets.iter().map(|secret| secret.signature(id, seconds, body)).collect();
    for (name, value) in [(ID, id), (TIMESTAMP, &seconds.to_string()), (SIGNATURE, &signatures.join(" "))] {
        let value = HeaderValue::from_str(value).expect("it is letters, digits and a few signs");
        request.headers.insert(name, value);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the specification's own documentation.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const EVENT: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SECONDS: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    // The one by which the Rust library of the same project tests itself.
    const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn post() -> Request {
        Request::post("https://example.com/").unwrap().body("application/json", BODY.to_vec())
    }

    fn signed(secrets: &[&str]) -> Request {
        let secrets: Vec<_> = secrets.iter().map(|text| Secret::read(text).unwrap()).collect();
        sign(post(), EVENT, SECONDS, &secrets).unwrap()
    }

    #[test]
    fn a_signature_is_the_one_that_the_specification_gives() {
        assert_eq!(Secret::read(SECRET).unwrap().signature(EVENT, SECONDS, BODY), SIGNED);
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let other = Secret::read(OTHER_SECRET).unwrap();
        assert_eq!(
            other.signature("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn a_signed_request_has_the_three_headers() {
        let request = signed(&[SECRET]);
        assert_eq!(request.headers[ID], EVENT);
        assert_eq!(request.headers[TIMESTAMP], "1614265330");
        assert_eq!(request.headers[SIGNATURE], SIGNED);
        assert_eq!(request.body.as_deref(), Some(BODY));
    }

    #[test]
    fn while_a_secret_is_replaced_each_has_its_signature() {
        let request = signed(&[OTHER_SECRET, SECRET]);
        let text = request.headers[SIGNATURE].to_str().unwrap();
        let signatures: Vec<_> = text.split(' ').collect();
        assert_eq!(signatures.len(), 2);
        assert_ne!(signatures[0], SIGNED);
        assert_eq!(signatures[1], SIGNED);
    }

    #[test]
    fn signing_again_replaces_what_was_signed_before() {
        let secrets = [Secret::read(SECRET).unwrap()];
        let again = sign(signed(&[OTHER_SECRET, SECRET]), EVENT, SECONDS + 60, &secrets).unwrap();
        assert_eq!(again.headers.get_all(SIGNATURE).iter().count(), 1);
        assert_eq!(again.headers[TIMESTAMP], "1614265390");
        assert_ne!(again.headers[SIGNATURE], SIGNED);
    }

    #[test]
    fn any_change_to_id_time_or_body_changes_the_signature() {
        let secret = Secret::read(SECRET).unwrap();
        assert_ne!(secret.signature("msg_q", SECONDS, BODY), SIGNED);
        assert_ne!(secret.signature(EVENT, SECONDS + 1, BODY), SIGNED);
        assert_ne!(secret.signature(EVENT, SECONDS, b"{}"), SIGNED);
    }

    #[test]
    fn what_leaves_open_where_it_ends_is_not_signed() {
        let secrets = [Secret::read(SECRET).unwrap()];
        for id in ["", "msg.1", "msg 1", "msg\n1", "më"] {
            assert!(matches!(sign(post(), id, SECONDS, &secrets), Err(Fault::Unsendable(_))), "{id:?}");
        }
        assert!(matches!(sign(post(), EVENT, SECONDS, &[]), Err(Fault::Unsendable(_))));
    }

    #[test]
    fn a_secret_is_read_as_it_was_written() {
        let secret = Secret::new(&[7; 32]);
        assert_eq!(*secret.text(), "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        assert_eq!(*Secret::read(&secret.text()).unwrap().0, [7; 32]);
        assert_eq!(*Secret::read(SECRET).unwrap().text(), SECRET);
    }

    #[test]
    fn a_secret_that_is_none_is_refused_and_none_is_shown() {
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!", &short, &long] {
            assert_eq!(Secret::read(text).unwrap_err(), NoSecret, "{text}");
        }
        assert_eq!(format!("{:?}", Secret::read(SECRET).unwrap()), "Secret(hidden)");
    }
}
