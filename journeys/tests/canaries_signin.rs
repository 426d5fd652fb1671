//! Whoever steals the disk or the log gets nobody in: everything that signs people in is used with marked names, addresses and passwords,
//! and then all that lies on disks is searched for the marks and for every secret that was shown.

#[path = "canaries/disk.rs"]
mod disk;

use std::{fs, path::Path};

use bailiwick::{
    permissions::Scope,
    signin::password::{Context, advise},
};
use disk::{files_with, holds, postgres_folder};
use reqwest::redirect::Policy;
use serde_json::json;
use test_app::{Process, TestApp};
use test_authenticator::TestAuthenticator;
use time_and_chance::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const MARK: &str = "canary5527";
const COOKIES: [&str; 3] = ["__Host-session", "__Host-attempt", "__Host-browser"];

fn mail(name: &str) -> String {
    format!("{name}.{MARK}@customer.example")
}

fn password() -> String {
    format!("{MARK} beneath the stairs")
}

/// Everything that signs people in, and every secret that somebody was shown on the way.
async fn use_everything(app: &TestApp) -> Vec<String> {
    let (ana, name, password) = (mail("ana"), format!("Ana {MARK}"), password());
    let mut secrets = Vec::new();
    let browser = app.browser();
    let link = app.owner_link(&format!("Acme {MARK}")).await;
    let path = link.strip_prefix(&app.app.public_url).expect("a link of ours").to_owned();
    let asked = [("name", name.as_str()), ("mail", ana.as_str()), ("password", password.as_str())];
    browser.post(&path, &asked).await.with_status(303);
    secrets.extend([path, browser.mailed_code(&ana).await, browser.mailed_link(&ana).await]);
    let code = browser.mailed_code(&ana).await;
    let home = browser.types_code(&code).await.leads_to().split('?').next().expect("a path").to_owned();

    secrets.extend(browser.makes_recovery_codes().await);
    let phone = browser.adds_authenticator(app.clock_now()).await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    browser.adds_passkey(&mut device).await;
    let bo = mail("bo");
    browser.post(&format!("{home}/people"), &[("mail", &bo)]).await.with_status(303);
    secrets.push(browser.mailed_link(&bo).await);
    browser.post("/account/address", &[("mail", &mail("ana.new"))]).await.with_status(303);
    secrets.push(browser.mailed_link(&mail("ana.new")).await);
    browser.post("/account/name", &[("name", &format!("Ana the second {MARK}"))]).await.with_status(303);
    browser.post("/forgot", &[("mail", &ana)]).await.with_status(303);
    secrets.push(browser.mailed_link(&ana).await);
    secrets.extend(COOKIES.iter().filter_map(|cookie| browser.cookie(cookie)));

    let second = app.browser();
    app.clock.pass(Duration::from_mins(5));
    let asked = [("mail", ana.as_str()), ("password", password.as_str()), ("next", "/account")];
    second.post("/sign-in", &asked).await.with_status(303);
    secrets.extend(second.cookie("__Host-attempt"));
    second.types_code(&phone.code(app.clock_now())).await.with_status(303);
    second.post("/account/password", &[("current", "wrong"), ("password", "wrong")]).await.with_status(422);
    secrets.extend(COOKIES.iter().filter_map(|cookie| second.cookie(cookie)));
    let begun = app.browser();
    begun
        .post("/sign-in", &[("mail", ana.as_str()), ("password", &format!("not {password}"))])
        .await
        .with_status(422);
    let portal = app.operator_key(&[Scope::Portal]).await;
    let workspace = home.trim_start_matches("/w/");
    let wanted = json!({"workspace": workspace, "person": ana});
    let made = app.post("/v1/portal-links", &portal, &wanted).await.with_status(201);
    secrets.push(made.text_at("/url").rsplit('/').next().expect("a secret").to_owned());
    secrets
}

#[tokio::test]
async fn nothing_that_signs_in_is_on_any_disk_outside_of_the_mails_themselves() {
    let app = TestApp::start().await;
    let mut marks = use_everything(&app).await;
    // A path of a link is its page's and the secret behind it.
    for mark in &mut marks {
        *mark = mark.rsplit('/').next().unwrap_or_default().to_owned();
    }
    marks.push(MARK.to_owned());
    app.work_off().await;
    let mails = app.folder().join("mail");
    assert!(!files_with(&mails, &marks).is_empty(), "the search finds what is there");
    let aside = tempfile::tempdir().expect("a folder");
    fs::rename(&mails, aside.path().join("mail")).expect("mails are put aside");
    let mut found = files_with(app.folder(), &marks);
    if let Some(folder) = postgres_folder(&app).await {
        found.extend(files_with(&folder, &marks));
    }
    assert_eq!(found, Vec::<String>::new());
    app.end().await;
}

/// Sends a form as a browser of this server's pages does, with a marked name of its own.
async fn send(server: &Process, path: &str, fields: &[(&str, &str)]) -> u16 {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let client = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
    let request = client
        .post(format!("{}{path}", server.url))
        .header("origin", "https://console.vendor.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", format!("__Host-session={MARK}"))
        .header("user-agent", format!("Browser of {MARK}"))
        .body(body);
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_log_that_says_all_says_nothing_of_who_signs_in() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    let (ana, password) = (mail("ana"), password());
    let link = app.owner_link("Acme").await;
    let trace = [
        ("BAILIWICK_LOG__LEVEL".to_owned(), "trace".to_owned()),
        ("BAILIWICK_SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
    ];
    let server =
        Process::serve(Path::new(PROGRAM), app.folder(), &[app.environment(), &trace].concat()).await;
    let who = [("name", "Ana"), ("mail", ana.as_str()), ("password", password.as_str()), ("workspace", MARK)];
    let secret = link.rsplit('/').next().expect("a secret").to_owned();
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
        assert_eq!(send(&server, &path, &who).await, expected, "{path}");
    }
    let log = server.log();
    server.stop_and_listen().await;
    assert!(log.contains("serving"), "{log}");
    for mark in [MARK, &secret] {
        assert!(!holds(log.as_bytes(), mark.as_bytes()), "the log holds {mark}");
    }
    app.sql("DELETE FROM jobs").await;
    app.end().await;
}

#[tokio::test]
async fn what_is_said_of_a_password_repeats_nothing_of_it_or_of_whoever_chooses_it() {
    let app = TestApp::start().await;
    let context = Context::of(&app.app).with(&mail("ana").as_str().into());
    for typed in [password(), mail("ana"), MARK.to_owned(), format!("{MARK} {}", "x".repeat(2_000))] {
        let advice = advise(&app.app, &typed.as_str().into(), &context).await.expect("there is room");
        let said = serde_json::to_string(&advice).expect("plain data");
        assert!(!holds(said.as_bytes(), MARK.as_bytes()), "{said}");
    }
    app.end().await;
}
