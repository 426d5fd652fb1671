//! An authenticator that makes passkeys (ES256, without attestation), and the browser in front of it, for tests.
//!
//! It takes the options that a page hands to `navigator.credentials`, and gives what the page would send back. It behaves
//! well unless its [`Habits`] say otherwise, each of which is something that a server must notice.

mod cbor;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD as BASE64, Engine as _};
use serde_json::{Value, json};

use crate::cbor::Cbor;

/// Flags of authenticator data (WebAuthn level 2, section 6.1, and level 3 for the two of backups).
mod flag {
    pub const PRESENT: u8 = 0x01;
    pub const VERIFIED: u8 = 0x04;
    pub const MAY_BE_BACKED_UP: u8 = 0x08;
    pub const IS_BACKED_UP: u8 = 0x10;
    pub const NEW_CREDENTIAL: u8 = 0x40;
}

/// How it behaves. The default is well.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Habits {
    /// Whether somebody touches it.
    pub present: bool,
    /// Whether it asks for a finger or a PIN.
    pub verifies: bool,
    /// Another site's id than the one it was asked for.
    pub site: Option<String>,
    /// Whether the page is in a frame of another origin.
    pub framed: bool,
    /// Whether it says whose passkey it is.
    pub tells_handle: bool,
    /// Whether its keys are, or may be, on other devices too.
    pub synced: bool,
    /// Whether it uses its newest key even if that was not asked for.
    pub ignores_list: bool,
    /// How far its counter goes with each use; synced ones do not count.
    pub counts_by: u32,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            present: true,
            verifies: true,
            site: None,
            framed: false,
            tells_handle: true,
            synced: false,
            ignores_list: false,
            counts_by: 1,
        }
    }
}

/// One passkey, as its owner has it.
struct Key {
    id: Vec<u8>,
    site: String,
    handle: String,
    pair: EcdsaKeyPair,
}

/// A device with passkeys, held by one person, and a browser that is at one origin.
pub struct TestAuthenticator {
    /// Where the browser is: `https://login.example.com`.
    pub origin: String,
    /// How the device behaves.
    pub habits: Habits,
    /// How often it was used.
    pub counter: u32,
    keys: Vec<Key>,
}

impl TestAuthenticator {
    /// A new one, with a browser at this origin.
    pub fn at(origin: &str) -> Self {
        Self { origin: origin.to_owned(), habits: Habits::default(), counter: 0, keys: Vec::new() }
    }

    /// Makes a passkey: `navigator.credentials.create(options)`, of which the JSON is given, and the answer's
    /// `toJSON()`.
    ///
    /// # Panics
    ///
    /// If the options lack something, or want none of its algorithms.
    pub fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options in JSON");
        let options = &options["publicKey"];
        let algorithms = options["pubKeyCredParams"].as_array().expect("algorithms");
        assert!(algorithms.iter().any(|one| one["alg"] == -7), "it knows ES256 only");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let id = digest(&SHA256, pair.public_key().as_ref()).as_ref()[..16].to_vec();
        let site = text(&options["rp"]["id"]);
        let data = self.data(&site, Some((&id, &pair)));
        let object = Cbor::Map(vec![
            (Cbor::Text("fmt"), Cbor::Text("none")),
            (Cbor::Text("attStmt"), Cbor::Map(Vec::new())),
            (Cbor::Text("authData"), Cbor::Bytes(&data)),
        ]);
        let response = json!({
            "clientDataJSON": BASE64.encode(self.client_data("webauthn.create", &text(&options["challenge"]))),
            "attestationObject": BASE64.encode(object.encode()),
            "authenticatorData": BASE64.encode(&data),
            "publicKeyAlgorithm": -7,
            "transports": ["internal", "hybrid"],
        });
        let answer = answer(&id, &response);
        self.keys.push(Key { id, site, handle: text(&options["user"]["id"]), pair });
        answer
    }

    /// Signs in: `navigator.credentials.get(options)`, of which the JSON is given, and the answer's `toJSON()`.
    ///
    /// # Panics
    ///
    /// If it has no key that was asked for.
    pub fn get(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options in JSON");
        let options = &options["publicKey"];
        self.counter += self.habits.counts_by;
        let key = self.key_for(options).expect("a key that was asked for");
        let client_data = self.client_data("webauthn.get", &text(&options["challenge"]));
        let mut signed = self.data(&key.site, None);
        let data = BASE64.encode(&signed);
        signed.extend_from_slice(digest(&SHA256, &client_data).as_ref());
        let signature = key.pair.sign(&SystemRandom::new(), &signed).expect("a signature");
        let mut response = json!({
            "clientDataJSON": BASE64.encode(client_data),
            "authenticatorData": data,
            "signature": BASE64.encode(signature),
        });
        if self.habits.tells_handle {
            response["userHandle"] = key.handle.clone().into();
        }
        answer(&key.id, &response)
    }

    /// The newest of its keys for the site, and of those that are listed if any are.
    fn key_for(&self, options: &Value) -> Option<&Key> {
        let listed = options["allowCredentials"].as_array().filter(|listed| !listed.is_empty());
        self.keys.iter().rev().filter(|key| options["rpId"] == key.site).find(|key| {
            let is_listed =
                |listed: &Vec<Value>| listed.iter().any(|one| one["id"] == BASE64.encode(&key.id));
            self.habits.ignores_list || listed.is_none_or(is_listed)
        })
    }

    /// What the browser says of itself (WebAuthn level 2, section 5.8.1).
    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let said = json!({
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.habits.framed,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        });
        said.to_string().into_bytes()
    }

    /// Authenticator data (WebAuthn level 2, section 6.1), with a new credential if there is one.
    fn data(&self, site: &str, new: Option<(&[u8], &EcdsaKeyPair)>) -> Vec<u8> {
        let site = self.habits.site.as_deref().unwrap_or(site);
        let mut data = digest(&SHA256, site.as_bytes()).as_ref().to_vec();
        let flags = [
            (self.habits.present, flag::PRESENT),
            (self.habits.verifies, flag::VERIFIED),
            (self.habits.synced, flag::MAY_BE_BACKED_UP | flag::IS_BACKED_UP),
            (new.is_some(), flag::NEW_CREDENTIAL),
        ];
        data.push(flags.iter().filter(|(set, _)| *set).fold(0, |all, (_, flag)| all | flag));
        data.extend_from_slice(&if self.habits.synced { 0 } else { self.counter }.to_be_bytes());
        if let Some((id, pair)) = new {
            data.extend_from_slice(&[0; 16]);
            data.extend_from_slice(&u16::try_from(id.len()).expect("a short id").to_be_bytes());
            data.extend_from_slice(id);
            data.extend_from_slice(&cose(pair));
        }
        data
    }
}

/// The public key as COSE wants it (RFC 9053, section 7.1): EC2, ES256, P-256, x, y.
fn cose(pair: &EcdsaKeyPair) -> Vec<u8> {
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let number = Cbor::Number;
    Cbor::Map(vec![
        (number(1), number(2)),
        (number(3), number(-7)),
        (number(-1), number(1)),
        (number(-2), Cbor::Bytes(x)),
        (number(-3), Cbor::Bytes(y)),
    ])
    .encode()
}

fn answer(id: &[u8], response: &Value) -> String {
    let id = BASE64.encode(id);
    json!({
        "id": id,
        "rawId": id,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": response,
    })
    .to_string()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
