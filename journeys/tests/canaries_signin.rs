//! Whoever steals the disk or the log gets nobody in: everything that signs people in is used with marked names, addresses and passwords,
//! and then all that lies on disks is searched for the marks and for every secret that was shown.

#[path = "canaries/disk.rs"]
mod disk;

use std::{fs, path::Path};

use bailiwick::{
    backup,
    permissions::Scope,
    signin::password::{Context, advise, checked},
};
use disk::{files_with, holds, postgres_folder};
use serde_json::json;
use test_app::{Browser, Phone, Process, TestApp};
use test_authenticator::TestAuthenticator;
use time_and_chance::{Clock as _, Duration, SystemClock, Time};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const MARK: &str = "canary5527";
const BACK: &str = "https://app.vendor.example/in";
const RETURN: (&str, &str) = ("SIGNIN__RETURN_URLS", BACK);

fn mail(name: &str) -> String {
    format!("{name}.{MARK}@customer.example")
}

fn password() -> String {
    format!("{MARK} beneath the stairs")
}

/// People who use everything that signs them in, and every secret that they were shown, however it may be written.
struct Play<'a> {
    app: &'a TestApp,
    server: Option<&'a str>,
    secrets: Vec<Vec<u8>>,
}

impl<'a> Play<'a> {
    /// In the test's own app, or on a server of its own.
    fn on(app: &'a TestApp, server: Option<&'a str>) -> Self {
        Self { app, server, secrets: Vec::new() }
    }

    fn browser(&self) -> Browser<'a> {
        let browser = self.app.browser();
        self.server.map_or(browser.clone(), |url| browser.at_server(url))
    }

    fn now(&self) -> Time {
        self.server.map_or(self.app.clock_now(), |_| SystemClock.now())
    }

    fn note(&mut self, secret: &str) {
        // Of an address, what stands behind its last slash.
        let secret = secret.rsplit('/').next().unwrap_or_default();
        self.secrets.push(secret.into());
        // A code stands in groups for whoever types it.
        let bare = secret.replace([' ', '-'], "");
        if bare.len() < secret.len() && bare.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.secrets.push(bare.into());
        }
    }

    fn note_cookies(&mut self, browser: &Browser<'_>) {
        for cookie in ["__Host-session", "__Host-attempt", "__Host-browser"] {
            if let Some(secret) = browser.cookie(cookie) {
                self.note(&secret);
            }
        }
    }

    async fn mailed_link(&mut self, browser: &Browser<'_>, mail: &str) -> String {
        let link = browser.mailed_link(mail).await;
        self.note(&link);
        link
    }

    async fn mailed_code(&mut self, browser: &Browser<'_>, mail: &str) -> String {
        let code = browser.mailed_code(mail).await;
        self.note(&code);
        code
    }

    async fn goes_on(mut self) -> Vec<Vec<u8>> {
        let (ana, home) = self.a_first_owner_comes().await;
        let (phone, codes) = self.they_add_every_factor(&ana).await;
        self.somebody_is_invited_and_signs_in_by_a_mailed_link(&ana, &home).await;
        self.their_address_changes(&ana).await;
        self.they_sign_in_by_their_authenticator_and_prove_themselves(&phone, &codes[0]).await;
        self.the_product_learns_of_it(&ana, &home).await;
        self.secrets
    }

    async fn a_first_owner_comes(&mut self) -> (Browser<'a>, String) {
        let (browser, ana) = (self.browser(), mail("ana"));
        let link = self.app.owner_link(&format!("Acme {MARK}")).await;
        self.note(&link);
        let path = link.strip_prefix(&self.app.app.public_url).expect("a link of ours");
        let (name, password) = (format!("Ana {MARK}"), password());
        let asked = [("name", name.as_str()), ("mail", ana.as_str()), ("password", password.as_str())];
        browser.post(path, &asked).await.with_status(303);
        self.note_cookies(&browser);
        self.mailed_link(&browser, &ana).await;
        let code = self.mailed_code(&browser, &ana).await;
        let home = browser.types_code(&code).await.leads_to().split('?').next().expect("a path").to_owned();
        self.note_cookies(&browser);
        let name = format!("Ana the second {MARK}");
        browser.post("/account/name", &[("name", &name)]).await.with_status(303);
        (browser, home)
    }

    async fn they_add_every_factor(&mut self, ana: &Browser<'_>) -> (Phone, Vec<String>) {
        let codes = ana.makes_recovery_codes().await;
        for code in &codes {
            self.note(code);
        }
        let phone = ana.adds_authenticator(self.now()).await;
        let (bytes, typed) = phone.secret();
        self.secrets.push(bytes);
        self.note(&typed);
        let mut device = TestAuthenticator::at(&self.app.app.public_url);
        ana.adds_passkey(&mut device).await;
        let second = self.browser();
        second.shows_passkey(&mut device, &[("purpose", "sign_in")]).await.with_status(200);
        self.note_cookies(&second);
        (phone, codes)
    }

    async fn somebody_is_invited_and_signs_in_by_a_mailed_link(&mut self, ana: &Browser<'_>, home: &str) {
        let (bo, password) = (mail("bo"), password());
        ana.post(&format!("{home}/people"), &[("mail", &bo), ("role", "member")]).await.with_status(303);
        let invitation = self.mailed_link(ana, &bo).await;
        let asked = [("name", format!("Bo {MARK}")), ("password", password.clone())];
        let asked: Vec<_> = asked.iter().map(|(name, text)| (*name, text.as_str())).collect();
        self.browser().post(&invitation, &asked).await.with_status(303);
        let browser = self.browser();
        browser.first_step(&bo, &password).await.with_status(303);
        self.mailed_code(&browser, &bo).await;
        let link = self.mailed_link(&browser, &bo).await;
        browser.post(&link, &[]).await.with_status(303);
        assert!(browser.is_in().await);
        self.note_cookies(&browser);
    }

    async fn their_address_changes(&mut self, ana: &Browser<'_>) {
        let new = mail("ana.new");
        ana.post("/account/address", &[("mail", &new)]).await.with_status(303);
        let link = self.mailed_link(ana, &new).await;
        ana.post(&link, &[]).await.with_status(303);
        ana.post("/forgot", &[("mail", &new)]).await.with_status(303);
        self.mailed_link(ana, &new).await;
    }

    async fn they_sign_in_by_their_authenticator_and_prove_themselves(&mut self, phone: &Phone, code: &str) {
        let (browser, new, password) = (self.browser(), mail("ana.new"), password());
        browser.first_step(&new, &format!("not {password}")).await.with_status(422);
        browser.first_step(&new, &password).await.with_status(303);
        self.note_cookies(&browser);
        // The one after that with which the app was added.
        browser.types_code(&phone.code(self.now().plus(Duration::from_secs(30)))).await.with_status(303);
        self.note_cookies(&browser);
        let wrong = [("current", "wrong"), ("password", "wrong")];
        browser.post("/account/password", &wrong).await.with_status(422);
        browser.post("/step-up", &[("password", &password)]).await.with_status(303);
        self.note_cookies(&browser);
        browser.types_code(code).await.with_status(303);
        assert!(browser.is_in().await);
        self.note_cookies(&browser);
    }

    async fn the_product_learns_of_it(&mut self, ana: &Browser<'_>, home: &str) {
        let back = ana.get(&format!("/sign-in/product?to={BACK}")).await;
        let code = back.leads_to().split_once("?code=").expect("a code").1.to_owned();
        self.note(&code);
        let verify = self.app.operator_key(&[Scope::Verify]).await;
        self.note(&verify);
        let body = json!({"code": code, "to": BACK});
        self.app.post("/v1/session/exchange", &verify, &body).await.with_status(200);
        let said = ana.get("/v1/session?jwt=https://app.vendor.example").await.with_status(200);
        self.note(said.text_at("/jwt"));

        let portal = self.app.operator_key(&[Scope::Portal]).await;
        self.note(&portal);
        let wanted = json!({"workspace": home.trim_start_matches("/w/"), "person": mail("bo")});
        let made = self.app.post("/v1/portal-links", &portal, &wanted).await.with_status(201);
        self.note(made.text_at("/url"));
        let path = made.text_at("/url").strip_prefix(&self.app.app.public_url).expect("ours");
        let browser = self.browser();
        browser.post(path, &[]).await.with_status(303);
        self.note_cookies(&browser);
    }
}

/// Nothing of this is on a disk but in the mails, which have to say it.
async fn nothing_is_on_a_disk(app: &TestApp, marks: &[Vec<u8>]) {
    let mails = app.folder().join("mail");
    assert!(!files_with(&mails, marks).is_empty(), "the search finds what is there");
    let aside = tempfile::tempdir().expect("a folder");
    fs::rename(&mails, aside.path().join("mail")).expect("mails are put aside");
    let mut found = files_with(app.folder(), marks);
    if let Some(folder) = postgres_folder(app).await {
        found.extend(files_with(&folder, marks));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_that_signs_in_is_on_any_disk_outside_of_the_mails_themselves() {
    let app = TestApp::with_dice(&[RETURN], 1_000_000).await;
    let mut marks = Play::on(&app, None).goes_on().await;
    marks.push(MARK.into());
    // What is backed up lies in the folder that is searched.
    backup::create(&app.app.settings, &app.folder().join("waiting.backup")).await.expect("a backup");
    app.work_off().await;
    backup::create(&app.app.settings, &app.folder().join("after.backup")).await.expect("a backup");
    nothing_is_on_a_disk(&app, &marks).await;
    app.end().await;
}

/// What somebody sends who is not signed in, on every page that takes something of them.
async fn send_what_leads_nowhere(app: &TestApp, server: &Process) -> String {
    let link = app.owner_link("Acme").await;
    let secret = link.rsplit('/').next().expect("a secret").to_owned();
    let (ana, password) = (mail("eve"), password());
    let who = [("name", "Eve"), ("mail", ana.as_str()), ("password", password.as_str()), ("workspace", MARK)];
    for (path, expected) in [
        (format!("/welcome/{secret}"), 303),
        ("/sign-up".to_owned(), 303),
        ("/sign-in".to_owned(), 422),
        ("/forgot".to_owned(), 303),
        ("/guidance".to_owned(), 200),
        (format!("/reset/{MARK}"), 404),
        (format!("/sign-in/link/{MARK}"), 404),
        ("/sign-in/passkey".to_owned(), 200),
        ("/account/name".to_owned(), 303),
    ] {
        let browser = app.browser().at_server(&server.url);
        browser.keep("__Host-session", MARK);
        let mut headers = TestApp::header("user-agent", &format!("Browser of {MARK}"));
        headers.extend(TestApp::header("origin", &app.app.public_url));
        let answer = browser.post_with(&path, headers, &who).await;
        assert_eq!(answer.status.as_u16(), expected, "{path}: {}", answer.text);
    }
    secret
}

#[tokio::test]
async fn a_log_that_says_all_says_nothing_of_who_signs_in() {
    let app = TestApp::with_dice(&[("SIGNIN__SIGN_UP", "open"), RETURN], 2_000_000).await;
    // The server's clock is the machine's, and an owner's link is made by the test's.
    app.clock.pass(SystemClock.now().since(app.clock_now()));
    let trace = [
        ("BAILIWICK_LOG__LEVEL".to_owned(), "trace".to_owned()),
        ("BAILIWICK_SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
    ];
    let server =
        Process::serve(Path::new(PROGRAM), app.folder(), &[app.environment(), &trace].concat()).await;
    let mut marks = vec![MARK.into(), send_what_leads_nowhere(&app, &server).await.into()];
    marks.extend(Play::on(&app, Some(&server.url)).goes_on().await);
    let log = server.log();
    server.stop_and_listen().await;
    assert!(log.contains("INSERT INTO sessions"), "the log says all of what was done");
    for mark in &marks {
        assert!(!holds(log.as_bytes(), mark), "the log holds {}", mark.escape_ascii());
    }
    nothing_is_on_a_disk(&app, &marks).await;
    // What was put off by the machine's clock is due.
    app.sql("UPDATE jobs SET run_at = 0").await;
    app.over().await;
}

#[tokio::test]
async fn of_a_password_that_is_not_taken_nothing_is_in_what_a_log_could_hold() {
    let app = TestApp::start().await;
    let (ana, name) = (mail("ana"), format!("Ana {MARK}"));
    let context = Context::of(&app.app).with(&ana.as_str().into()).with(&name.as_str().into());
    for typed in
        [mail("ana"), name, format!("{MARK}1"), MARK[..5].to_owned(), format!("{MARK} {}", "x".repeat(2_000))]
    {
        let Err(refused) = checked(&app.app, &typed.as_str().into(), &context).await else {
            panic!("{typed} is taken")
        };
        let logged = format!("{refused:?}");
        assert!(!holds(logged.as_bytes(), &MARK.as_bytes()[..5]), "{logged}");
        // Whoever types it is told, and of the word they know that it is theirs.
        let said = advise(&app.app, &typed.as_str().into(), &context).await.expect("there is room");
        assert!(!said.fits && said.advice.ends_with('.'), "{}", said.advice);
    }
    app.end().await;
}
