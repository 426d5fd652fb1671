use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Browser;

/// A device of a person's that keeps passkeys, as if it were built into the machine, and that a finger unlocks.
pub struct Authenticator<'a> {
    browser: &'a Browser,
    id: String,
}

/// A passkey that a device keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Passkey {
    /// Its id, in Base64.
    pub credential_id: String,
    /// Whether it is found without being named.
    pub is_resident_credential: bool,
    /// The site that it is for.
    pub rp_id: String,
    /// Its private key, in Base64.
    private_key: String,
    /// Whose it is, in Base64, as the site calls that person.
    pub user_handle: Option<String>,
    /// How often it was used.
    pub sign_count: u32,
}

impl Browser {
    /// Gives the person a device. Before, the browser has none, and there is nobody to ask.
    pub async fn gets_a_passkey_device(&self) -> Authenticator<'_> {
        self.devtools("WebAuthn.enable", json!({ "enableUI": false })).await;
        let options = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "automaticPresenceSimulation": true,
        });
        let made = self.devtools("WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await;
        let id = made["authenticatorId"].as_str().expect("an id").to_owned();
        Authenticator { browser: self, id }
    }
}

impl Authenticator<'_> {
    /// The passkeys that it keeps.
    pub async fn passkeys(&self) -> Vec<Passkey> {
        let mut kept = self.tell("WebAuthn.getCredentials", json!({})).await;
        serde_json::from_value(kept["credentials"].take()).expect("passkeys")
    }

    /// It keeps one that another device has, as those do that a person's account has in common.
    pub async fn keeps(&self, passkey: &Passkey) {
        self.tell("WebAuthn.addCredential", json!({ "credential": passkey })).await;
    }

    /// It no longer has this one.
    pub async fn forgets(&self, passkey: &Passkey) {
        let which = json!({ "credentialId": passkey.credential_id });
        self.tell("WebAuthn.removeCredential", which).await;
    }

    /// From here on it knows the finger that is put on it, or it does not.
    pub async fn knows_the_person(&self, knows: bool) {
        self.tell("WebAuthn.setUserVerified", json!({ "isUserVerified": knows })).await;
    }

    /// The person no longer has it.
    pub async fn is_lost(self) {
        self.tell("WebAuthn.removeVirtualAuthenticator", json!({})).await;
    }

    async fn tell(&self, method: &str, mut parameters: serde_json::Value) -> serde_json::Value {
        parameters["authenticatorId"] = json!(self.id);
        self.browser.devtools(method, parameters).await
    }
}
