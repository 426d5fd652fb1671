//! The second step: what was mailed, an authenticator's codes, recovery codes. Each counts once, in its attempt.

use axum::http::{HeaderMap, Method, header};
use test_app::{PASSWORD, TestApp};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";

/// What a mail scanner asks for, without a cookie.
async fn scan(app: &TestApp, path: &str) {
    let host = app.app.public_url.split_once("://").expect("an address").1.parse().expect("a header");
    let headers: HeaderMap = [(header::HOST, host)].into_iter().collect();
    for method in [Method::HEAD, Method::GET] {
        let answer = app.send_raw(method, path, headers.clone(), Vec::new()).await;
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
}

#[tokio::test]
async fn a_mailed_link_counts_once_by_a_click_in_the_browser_that_asked_for_it() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let (browser, other) = (app.browser().begun(ANA).await, app.browser());
    let link = browser.mailed_link(ANA).await;
    let page = other.get(&link).await.with_status(403);
    assert!(page.text.contains("Another browser"), "{}", page.text);
    other.post(&link, &[]).await.with_status(403);
    app.browser().begun(ANA).await.post(&link, &[]).await.with_status(403);
    assert!(!other.is_in().await);

    assert!(browser.get(&link).await.with_status(200).text.contains("Yes, go on"));
    assert!(!browser.is_in().await);
    browser.post_from_elsewhere(&link, &[]).await.with_status(403);
    browser.post(&link, &[]).await.with_status(303);
    assert!(browser.is_in().await);
    for at in [&browser, &other] {
        let used = at.post(&link, &[]).await.with_status(410);
        assert!(used.text.contains("was used"), "{}", used.text);
        at.get(&link).await.with_status(410);
    }
    app.over().await;
}

#[tokio::test]
async fn whoever_only_looks_at_links_changes_nothing() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let welcome = app.owner_link("Beta").await;
    let welcome = welcome.strip_prefix(&app.app.public_url).expect("ours").to_owned();
    let browser = app.browser().begun(ANA).await;
    let link = browser.mailed_link(ANA).await;
    app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let reset = browser.mailed_link(ANA).await;
    let before = app.contents().await;
    for path in [&link, &reset, &welcome] {
        for _ in 0..5 {
            scan(&app, path).await;
            browser.get(path).await.with_status(200);
        }
    }
    browser.get("/sign-in/second").await.with_status(200);
    assert_eq!(app.contents().await, before);
    browser.post(&link, &[]).await.with_status(303);
    assert!(browser.is_in().await);
    app.over().await;
}

#[tokio::test]
async fn what_was_mailed_holds_for_ten_minutes() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let browser = app.browser().begun(ANA).await;
    let (link, code) = (browser.mailed_link(ANA).await, browser.mailed_code(ANA).await);
    app.clock.pass(Duration::from_secs(599));
    browser.get(&link).await.with_status(200);
    app.clock.pass(Duration::from_secs(1));
    let late = browser.get(&link).await.with_status(410);
    assert!(late.text.contains("10 minutes") && late.text.contains("/sign-in/second"), "{}", late.text);
    browser.post(&link, &[]).await.with_status(410);
    browser.types_code(&code).await.with_status(422);
    assert!(!browser.is_in().await);
    // Another one is had from the same page.
    browser.post("/sign-in/mail", &[]).await.with_status(303);
    let code = browser.mailed_code(ANA).await;
    browser.types_code(&code).await.with_status(303);
    assert!(browser.is_in().await);
    app.over().await;
}

#[tokio::test]
async fn of_several_mails_the_newest_counts_and_of_half_an_hour_nothing_is_left() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let browser = app.browser().begun(ANA).await;
    let (link, code) = (browser.mailed_link(ANA).await, browser.mailed_code(ANA).await);
    browser.post("/sign-in/mail", &[]).await.with_status(303);
    let newer = browser.mailed_code(ANA).await;
    assert!(browser.get(&link).await.with_status(404).text.contains("newer one"));
    browser.post(&link, &[]).await.with_status(404);
    browser.types_code(&code).await.with_status(422);
    app.clock.pass(Duration::from_mins(31));
    browser.post("/sign-in/mail", &[]).await.with_status(410);
    let over = browser.types_code(&newer).await.with_status(410);
    assert!(over.text.contains("Begin again"), "{}", over.text);
    app.over().await;
}

#[tokio::test]
async fn a_code_belongs_to_its_attempt_and_is_tried_five_times_at_most() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let one = app.browser().begun(ANA).await;
    let of_one = one.mailed_code(ANA).await;
    let two = app.browser().begun(ANA).await;
    let of_two = two.mailed_code(ANA).await;
    two.types_code(&of_one).await.with_status(422);
    one.types_code(&of_two).await.with_status(422);
    assert!(!one.is_in().await && !two.is_in().await);
    two.types_code(&of_two).await.with_status(303);

    // One of five tries is gone.
    for wrong in 0..4 {
        one.types_code(&format!("0000 000{wrong}")).await.with_status(422);
    }
    one.types_code(&of_one).await.with_status(422);
    one.post("/sign-in/mail", &[]).await.with_status(303);
    let newer = one.mailed_code(ANA).await;
    one.types_code(&newer).await.with_status(303);
    assert!(one.is_in().await);
    app.over().await;
}

#[tokio::test]
async fn a_code_is_read_however_it_is_typed_and_anything_else_is_a_sentence_beside_the_field() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    for write in
        [|code: &str| code.replace(' ', ""), |code: &str| format!("  {}-{} ", &code[..4], &code[5..])]
    {
        let browser = app.browser().begun(ANA).await;
        let code = browser.mailed_code(ANA).await;
        browser.types_code(&write(&code)).await.with_status(303);
    }
    let browser = app.browser().begun(ANA).await;
    for nonsense in
        ["", "x", "123", "１２３４５６", "'; DROP TABLE people", &"9".repeat(10_000), "\u{0}\u{202e}"]
    {
        let answer = browser.types_code(nonsense).await.with_status(422);
        assert!(answer.text.contains("id=\"code-wrong\""), "{}", answer.text);
    }
    app.over().await;
}

#[tokio::test]
async fn a_code_of_an_authenticator_counts_once_though_the_phone_is_off_by_a_minute() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    let phone = browser.adds_authenticator(app.clock_now()).await;
    app.clock.pass(Duration::from_hours(1));
    let minute = Duration::from_mins(1);
    for off in [-2_i64, -1, 0, 1, 2] {
        let there = app.browser().begun(ANA).await;
        let shift = minute / 2 * u32::try_from(off.unsigned_abs()).expect("a few half minutes");
        let now = app.clock_now();
        let shown = || phone.code(if off < 0 { now.minus(shift) } else { now.plus(shift) });
        let code = shown();
        there.types_code(&code).await.with_status(303);
        assert!(there.is_in().await, "{off}");
        app.browser().begun(ANA).await.types_code(&code).await.with_status(422);
        app.clock.pass(Duration::from_mins(5));
    }
    for far in [Duration::from_secs(95), Duration::from_hours(1)] {
        let there = app.browser().begun(ANA).await;
        there.types_code(&phone.code(app.clock_now().minus(far))).await.with_status(422);
        there.types_code(&phone.code(app.clock_now().plus(far))).await.with_status(422);
    }
    app.over().await;
}

#[tokio::test]
async fn mail_is_no_second_factor_of_whoever_has_an_authenticator_whatever_else_happens() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    // Mailed before there was an authenticator.
    let early = app.browser().begun(ANA).await;
    let (link, code) = (early.mailed_link(ANA).await, early.mailed_code(ANA).await);
    browser.adds_authenticator(app.clock_now()).await;
    app.work_off().await;
    early.types_code(&code).await.with_status(422);
    assert_ne!(early.post(&link, &[]).await.status, 303);
    let before = app.mails_to(ANA);

    let there = app.browser().begun(ANA).await;
    let page = there.get("/sign-in/second").await.with_status(200);
    assert!(!page.text.contains("/sign-in/mail") && !page.text.contains("mailbox"), "{}", page.text);
    there.post("/sign-in/mail", &[]).await.with_status(303);
    // Not by making many attempts fail either.
    for _ in 0..6 {
        app.browser().first_step(ANA, "not the password").await;
    }
    let guarded = app.browser().begun(ANA).await;
    guarded.post("/sign-in/mail", &[]).await.with_status(303);
    app.work_off().await;
    assert_eq!(app.mails_to(ANA), before, "a mail was sent");
    app.end().await;
}

#[tokio::test]
async fn nothing_is_proved_by_mail_without_the_password() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    app.clock.pass(Duration::from_hours(1));
    let before = app.mails_to(ANA);
    for purpose in ["step_up", "renew", "sign_in"] {
        let answer = browser.post("/sign-in/passkey", &[("purpose", purpose), ("next", "/account")]).await;
        answer.with_status(200);
        browser.post("/sign-in/mail", &[]).await.with_status(303);
        let page = browser.get("/sign-in/second").await.with_status(200);
        assert!(!page.text.contains("on their way"), "{}", page.text);
    }
    app.work_off().await;
    assert_eq!(app.mails_to(ANA), before, "a mail was sent");
    app.end().await;
}

#[tokio::test]
async fn a_recovery_code_counts_once_is_told_of_and_goes_when_new_ones_are_made() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    let codes = browser.makes_recovery_codes().await;
    let there = app.browser().begun(ANA).await;
    there.types_code(&codes[3].to_uppercase().replace('-', " ")).await.with_status(303);
    app.work_off().await;
    let told = app.mails().iter().filter(|mail| mail.subject.contains("recovery code was used")).count();
    assert_eq!(told, 1);
    assert!(there.get("/account").await.text.contains("9 of your codes are left"));
    app.browser().begun(ANA).await.types_code(&codes[3]).await.with_status(422);
    let newer = there.makes_recovery_codes().await;
    app.browser().begun(ANA).await.types_code(&codes[4]).await.with_status(422);
    // Nobody else's, and not without a password.
    let bo = app.owner("bo@beta.example").await.0;
    app.work_off().await;
    let of_bo = app.browser();
    of_bo.first_step("bo@beta.example", PASSWORD).await.with_status(303);
    of_bo.types_code(&newer[0]).await.with_status(422);
    assert!(bo.is_in().await);
    app.browser().begun(ANA).await.types_code(&newer[0]).await.with_status(303);
    app.over().await;
}
