use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, header};
use bailiwick::{
    permissions::Authority,
    signin::link::{self, Whose},
};
use factors::{AuthenticatorSecret, Step};
use test_authenticator::TestAuthenticator;
use time_and_chance::Time;

use crate::{Answer, Browser, PASSWORD, TestApp};

/// A phone with an authenticator app.
pub struct Phone(AuthenticatorSecret);

impl Phone {
    /// One whose app was told this secret, as it stands on the page: in Base32 (RFC 4648, section 6), whatever spaces are in it.
    ///
    /// # Panics
    /// When these are not 20 bytes.
    pub fn of_secret(typed: &str) -> Self {
        Self(AuthenticatorSecret::from_bytes(&of_base32(typed)).expect("20 bytes"))
    }

    /// What its app was told: as it is, and as it stood on the page.
    pub fn secret(&self) -> (Vec<u8>, String) {
        (self.0.expose().to_vec(), self.0.to_type().expose().to_owned())
    }

    /// The code that it shows at this time.
    pub fn code(&self, when: Time) -> String {
        self.0.code(Step::of(when)).expect("after 1970").expose().to_owned()
    }
}

impl TestApp {
    /// A link with which somebody becomes the owner of a new workspace.
    pub async fn owner_link(&self, workspace: &str) -> String {
        let by = Authority::on_this_machine();
        let made = link::make_owner_link(&self.app, &by, Whose::New(workspace.into())).await;
        made.unwrap_or_else(|stop| panic!("a link: {stop:?}")).url.expose().to_owned()
    }

    /// The browser of somebody with this address, who has just become the owner of a new workspace, and the path of that. They have
    /// [`PASSWORD`] and nothing but mail besides.
    pub async fn owner(&self, mail: &str) -> (Browser<'_>, String) {
        let browser = self.browser();
        let home = browser.come_as_owner(&self.owner_link("Acme").await, mail).await;
        self.work_off().await;
        (browser, home)
    }

    /// What its clock says.
    pub fn clock_now(&self) -> Time {
        self.app.clock.now()
    }

    /// How many mails went to this address.
    pub fn mails_to(&self, mail: &str) -> usize {
        self.mails().iter().filter(|one| one.to.contains(mail)).count()
    }
}

impl Browser<'_> {
    /// This browser, in which somebody has typed their address and [`PASSWORD`].
    pub async fn begun(self, mail: &str) -> Self {
        self.first_step(mail, PASSWORD).await.with_status(303);
        self
    }

    /// Takes the first step of signing in, and does not follow.
    pub async fn first_step(&self, mail: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("mail", mail), ("password", password)]).await
    }

    /// Types a code at the second step, and does not follow.
    pub async fn types_code(&self, code: &str) -> Answer {
        self.post("/sign-in/code", &[("code", code)]).await
    }

    /// Whether this browser is signed in: its account's page says so.
    pub async fn is_in(&self) -> bool {
        self.get("/account").await.status == 200
    }

    /// Proves again that it is them, with password and a mailed code.
    pub async fn proves_by_mail(&self, mail: &str) {
        self.post("/step-up", &[("password", PASSWORD)]).await.with_status(303);
        let code = self.mailed_code(mail).await;
        self.types_code(&code).await.with_status(303);
    }

    /// Adds an authenticator app.
    pub async fn adds_authenticator(&self, when: Time) -> Phone {
        let page = self.post("/account/authenticator", &[]).await.with_status(200).text;
        let secret = between(&page, "<code class=\"secret\">", "</code>");
        let phone = Phone::of_secret(secret);
        let id = between(&page, "action=\"/account/authenticator/", "\"");
        let path = format!("/account/authenticator/{id}");
        self.post(&path, &[("code", &phone.code(when))]).await.with_status(303);
        phone
    }

    /// Makes ten recovery codes.
    pub async fn makes_recovery_codes(&self) -> Vec<String> {
        let page = self.post("/account/recovery-codes", &[]).await.with_status(200).text;
        let codes: Vec<_> = page.split("<li><code>").skip(1).map(|rest| rest[..29].to_owned()).collect();
        assert_eq!(codes.len(), 10, "{page}");
        codes
    }

    /// Adds a passkey of this device.
    pub async fn adds_passkey(&self, device: &mut TestAuthenticator) {
        let options = self.post("/account/passkeys/options", &[]).await.with_status(200).text;
        let answer = device.create(&options);
        let fields = [("name", "My phone"), ("answer", answer.as_str())];
        self.post("/account/passkeys", &fields).await.with_status(200);
    }

    /// Shows a passkey of this device, as the second step or, with what else the first step's page sends, as the only one.
    pub async fn shows_passkey(&self, device: &mut TestAuthenticator, asked: &[(&str, &str)]) -> Answer {
        let options = self.post("/sign-in/passkey", asked).await.with_status(200).text;
        let answer = device.get(&options);
        self.post("/sign-in/passkey/answer", &[("answer", &answer)]).await
    }

    /// Sends a form from a page of somebody else's.
    pub async fn post_from_elsewhere(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://evil.example"));
        headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
        self.post_with(path, headers, fields).await
    }

    /// The same browser, with its cookies, at this address of the network.
    #[must_use]
    pub fn at(&self, address: &str) -> Self {
        let address: IpAddr = address.parse().expect("an address");
        Self { address: Some(address), ..self.clone() }
    }

    /// A browser with the same cookies that gets none of those that this one gets from here on.
    #[must_use]
    pub fn copied(&self) -> Self {
        let all = self.cookies.lock().expect("nobody panics with it").clone();
        Self { cookies: std::sync::Arc::new(std::sync::Mutex::new(all)), ..self.clone() }
    }
}

/// What stands between two marks of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split_once(after).expect("an end").0
}

fn of_base32(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let values = text.bytes().filter_map(|byte| ALPHABET.iter().position(|known| *known == byte));
    let bits: Vec<bool> =
        values.flat_map(|value| (0..5).rev().map(move |bit| value >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | u8::from(*bit))).collect()
}
