//! Passkeys: two factors in one, each of one person, each answer once; and workspaces that ask for more than mail.

use test_app::{PASSWORD, TestApp};
use test_authenticator::TestAuthenticator;
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@beta.example";
const ALONE: [(&str, &str); 1] = [("purpose", "sign_in")];

#[tokio::test]
async fn a_passkey_is_all_that_it_takes_and_counts_as_the_second_step_too() {
    let app = TestApp::start().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    app.owner(ANA).await.0.adds_passkey(&mut device).await;
    let alone = app.browser();
    alone.shows_passkey(&mut device, &ALONE).await.with_status(200);
    assert!(alone.is_in().await);
    let second = app.browser().begun(ANA).await;
    assert!(!second.get("/sign-in/second").await.text.contains("mailbox"));
    second.shows_passkey(&mut device, &[]).await.with_status(200);
    assert!(second.is_in().await);
    app.over().await;
}

#[tokio::test]
async fn somebody_elses_passkey_opens_only_what_is_theirs() {
    let app = TestApp::start().await;
    let (mut of_ana, mut of_bo) =
        (TestAuthenticator::at(&app.app.public_url), TestAuthenticator::at(&app.app.public_url));
    let (ana, _) = app.owner(ANA).await;
    ana.adds_passkey(&mut of_ana).await;
    app.owner(BO).await.0.adds_passkey(&mut of_bo).await;
    of_bo.habits.ignores_list = true;
    let browser = app.browser().begun(ANA).await;
    browser.shows_passkey(&mut of_bo, &[]).await.with_status(422);
    assert!(!browser.is_in().await);
    // Nor does it prove that Ana is at Ana's session.
    app.clock.pass(Duration::from_mins(11));
    ana.shows_passkey(&mut of_bo, &[("purpose", "step_up"), ("next", "/account")]).await.with_status(422);
    ana.post("/account/recovery-codes", &[]).await.with_status(303);
    ana.shows_passkey(&mut of_ana, &[("purpose", "step_up"), ("next", "/account")]).await.with_status(200);
    ana.makes_recovery_codes().await;
    app.over().await;
}

#[tokio::test]
async fn an_answer_counts_once_for_its_question_and_from_its_site() {
    let app = TestApp::start().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    app.owner(ANA).await.0.adds_passkey(&mut device).await;
    let browser = app.browser();
    let options = browser.post("/sign-in/passkey", &ALONE).await.with_status(200).text;
    let answer = device.get(&options);
    let other = app.browser();
    other.post("/sign-in/passkey", &ALONE).await.with_status(200);
    other.post("/sign-in/passkey/answer", &[("answer", &answer)]).await.with_status(422);
    let copy = browser.copied();
    browser.post("/sign-in/passkey/answer", &[("answer", &answer)]).await.with_status(200);
    for again in [&copy, &other] {
        again.post("/sign-in/passkey/answer", &[("answer", &answer)]).await.with_status(422);
        assert!(!again.is_in().await);
    }
    for nonsense in ["", "{}", "null", &"[".repeat(5_000)] {
        other.post("/sign-in/passkey", &ALONE).await.with_status(200);
        other.post("/sign-in/passkey/answer", &[("answer", nonsense)]).await.with_status(422);
    }
    let mut elsewhere = device;
    elsewhere.origin = "https://console.vendor.example.evil.example".to_owned();
    other.shows_passkey(&mut elsewhere, &ALONE).await.with_status(422);
    elsewhere.origin.clone_from(&app.app.public_url);
    elsewhere.habits.verifies = false;
    other.shows_passkey(&mut elsewhere, &ALONE).await.with_status(422);
    assert!(!other.is_in().await);
    app.over().await;
}

#[tokio::test]
async fn a_workspace_that_asks_for_more_than_mail_lets_nobody_in_by_mail() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let people = format!("{home}/people");
    ana.get(&people).await.with_status(200);
    app.sql("UPDATE workspaces SET strong_factor = TRUE").await;
    let refused = ana.get(&people).await.with_status(403);
    assert!(refused.text.contains("authenticator app or a passkey"), "{}", refused.text);
    ana.get("/account").await.with_status(200);
    ana.adds_authenticator(app.clock_now()).await;
    ana.get(&people).await.with_status(200);
    // A session does not outlive the factor by which it is let in.
    let page = ana.get("/account").await.text;
    let remove = page.split("action=\"/account/factors/").nth(1).expect("a factor").split('"').next();
    let remove = format!("/account/factors/{}", remove.expect("an id"));
    ana.post(&remove, &[]).await.with_status(303);
    ana.get(&people).await.with_status(403);
    app.over().await;
}

#[tokio::test]
async fn the_second_step_goes_on_while_the_mail_server_is_away() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    let codes = ana.makes_recovery_codes().await;
    app.work_off().await;
    // Nobody listens there.
    let node = app.second_node_with(&[("MAIL__SMTP_URL", "smtp://127.0.0.1:9?tls=opportunistic")]).await;
    let browser = node.browser().begun(ANA).await;
    node.work_off().await;
    let page = browser.get("/sign-in/second").await.with_status(200);
    assert!(page.text.contains("on their way") && page.text.contains("recovery codes"), "{}", page.text);
    browser.types_code(&codes[0]).await.with_status(303);
    assert!(browser.is_in().await);
    node.end_node().await;
    // What could not be sent goes out when there is a way again.
    app.clock.pass(Duration::from_hours(1));
    app.work_off().await;
    assert!(app.mails_to(ANA) >= 2);
    app.end().await;
}

#[tokio::test]
async fn a_passkey_confirms_nobodys_address() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    app.owner("mallory@evil.example").await.0.adds_passkey(&mut device).await;
    let bigcorp = app.workspace("bigcorp").await;
    let members = "SELECT id, person_id FROM members WHERE workspace_id = ";
    let who = async || {
        let of_bigcorp = app.sql(&format!("{members}'{}'", bigcorp.id)).await;
        let text = |name| of_bigcorp[0].get::<String>(name).expect("an id");
        (of_bigcorp.len(), bigcorp.member_named("ana@bigcorp.example").await, text("id"), text("person_id"))
    };
    let before = who().await;
    let browser = app.browser();
    let asked =
        [("workspace", "Mine"), ("name", "Mallory"), ("mail", "ana@bigcorp.example"), ("password", PASSWORD)];
    browser.post("/sign-up", &asked).await.with_status(303);
    let attempt = browser.cookie("__Host-attempt").expect("an attempt");
    let options = browser.post("/sign-in/passkey", &[]).await.with_status(200).text;
    let answer = device.get(&options);
    // Whatever attempt the browser was given for it, it is not the one whose address was to be confirmed.
    browser.keep("__Host-attempt", &attempt);
    browser.post("/sign-in/passkey/answer", &[("answer", &answer)]).await.with_status(422);
    assert!(!browser.is_in().await);
    app.clock.pass(Duration::from_hours(2));
    app.browser().first_step("ana@bigcorp.example", PASSWORD).await.with_status(422);
    assert_eq!(who().await, before, "she is still who she was");
    app.over().await;
}
