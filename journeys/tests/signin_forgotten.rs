//! Forgotten passwords: a link sets a new one and opens nothing by itself.

use test_app::{PASSWORD, TestApp};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const NEW: &str = "a heron upon a rusty gate";

async fn reset_link(app: &TestApp) -> String {
    app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
    app.browser().mailed_link(ANA).await
}

#[tokio::test]
async fn a_link_sets_a_password_once_ends_every_session_and_signs_nobody_in() {
    let app = TestApp::start().await;
    let (here, _) = app.owner(ANA).await;
    let half_in = app.browser().begun(ANA).await;
    let code = half_in.mailed_code(ANA).await;
    let link = reset_link(&app).await;
    let there = app.browser();
    there.get(&link).await.with_status(200);
    there.post(&link, &[("password", "short")]).await.with_status(422);
    there.post(&link, &[("password", NEW)]).await.with_status(303);
    assert_eq!(there.cookie("__Host-session"), None);
    assert!(!here.is_in().await);
    // What was begun with the password before leads nowhere.
    half_in.types_code(&code).await.with_status(422);
    assert!(!half_in.is_in().await);
    assert!(there.post(&link, &[("password", NEW)]).await.with_status(410).text.contains("was used"));
    there.first_step(ANA, PASSWORD).await.with_status(422);
    there.first_step(ANA, NEW).await.with_status(303);
    assert!(!there.is_in().await, "the second factor still stands");
    app.over().await;
}

#[tokio::test]
async fn a_link_goes_with_its_hour_with_a_newer_one_and_with_whatever_changes_password_or_address() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    let late = reset_link(&app).await;
    app.clock.pass(Duration::from_hours(1));
    app.browser().get(&late).await.with_status(410);
    let older = reset_link(&app).await;
    let newer = reset_link(&app).await;
    assert!(app.browser().get(&older).await.with_status(410).text.contains("newer"));
    app.browser().get(&newer).await.with_status(200);
    ana.post("/account/password", &[("current", PASSWORD), ("password", NEW)]).await.with_status(303);
    app.browser().get(&newer).await.with_status(410);
    let link = reset_link(&app).await;
    ana.post("/step-up", &[("password", NEW)]).await.with_status(303);
    let code = ana.mailed_code(ANA).await;
    ana.types_code(&code).await.with_status(303);
    ana.post("/account/address", &[("mail", "ana@new.example")]).await.with_status(303);
    let confirm = ana.mailed_link("ana@new.example").await;
    ana.post(&confirm, &[]).await.with_status(303);
    app.browser().get(&link).await.with_status(410);
    app.work_off().await;
    let is_told = |subject: &str| subject.contains("address") && subject.contains("was changed");
    let told = app.mails().iter().filter(|mail| mail.to.contains(ANA) && is_told(&mail.subject)).count();
    assert_eq!(told, 1, "the old address is told");
    app.end().await;
}

#[tokio::test]
async fn of_two_that_were_asked_for_the_newer_counts_in_whatever_order_they_are_worked_off() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    for _ in 0..2 {
        app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
    }
    app.work_off().await;
    let ids = async |which: &'static str| -> Vec<String> {
        app.sql(which).await.iter().map(|row| row.get("id").expect("text")).collect()
    };
    let good =
        ids("SELECT id FROM links WHERE kind = 'reset' AND withdrawn_at IS NULL AND used_at IS NULL").await;
    let newest = ids("SELECT id FROM links WHERE kind = 'reset' ORDER BY id DESC LIMIT 1").await;
    assert_eq!(good, newest);
    // Both may have been mailed, at the same moment.
    let mails = app.mails();
    let texts = mails.iter().filter(|mail| mail.to.contains(ANA)).map(|mail| &mail.text);
    let links = texts.filter_map(|text| {
        let link = text.lines().find_map(|line| line.trim().strip_prefix(&app.app.public_url))?;
        link.starts_with("/reset/").then_some(link)
    });
    let mut opening = 0;
    for link in links {
        opening += usize::from(app.browser().get(link).await.status == 200);
    }
    assert_eq!(opening, 1);
    app.end().await;
}

#[tokio::test]
async fn whoever_has_only_mail_finds_what_is_sensitive_closed_for_a_day_and_not_who_has_more() {
    let app = TestApp::start().await;
    let (_, home) = app.owner(ANA).await;
    let link = reset_link(&app).await;
    app.browser().post(&link, &[("password", NEW)]).await.with_status(303);
    let browser = app.browser();
    browser.first_step(ANA, NEW).await.with_status(303);
    let code = browser.mailed_code(ANA).await;
    browser.types_code(&code).await.with_status(303);
    let tokens = format!("{home}/tokens/new");
    let paths = ["authenticator", "passkeys/options", "recovery-codes", "address"]
        .map(|end| format!("/account/{end}"));
    for path in paths.iter().chain([&tokens]) {
        let sent = [("mail", "new@acme.example"), ("description", "deploy-bot")];
        browser.post(path, &sent).await.with_status(403).has("stay closed until");
    }
    browser.get(&tokens).await.with_status(403);
    assert_eq!(app.contents().await.rows("tokens"), 0);
    app.clock.pass(Duration::from_hours(24));
    browser.post("/step-up", &[("password", NEW)]).await.with_status(303);
    let code = browser.mailed_code(ANA).await;
    browser.types_code(&code).await.with_status(303);
    let phone = browser.adds_authenticator(app.clock_now()).await;
    let link = reset_link(&app).await;
    app.browser().post(&link, &[("password", PASSWORD)]).await.with_status(303);
    app.clock.pass(Duration::from_mins(5));
    browser.first_step(ANA, PASSWORD).await.with_status(303);
    browser.types_code(&phone.code(app.clock_now())).await.with_status(303);
    browser.makes_recovery_codes().await;
    app.over().await;
}

#[tokio::test]
async fn nobody_learns_whose_address_it_is_and_no_mailbox_is_filled() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let known = app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let unknown = app.browser().post("/forgot", &[("mail", "eve@acme.example")]).await.with_status(303);
    assert_eq!(known.leads_to(), unknown.leads_to());
    app.work_off().await;
    assert_eq!(app.mails_to("eve@acme.example"), 0);
    assert_eq!(app.sql("SELECT id FROM links WHERE kind = 'reset' AND person_id IS NULL").await.len(), 0);
    let before = app.mails_to(ANA);
    for _ in 0..30 {
        app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
    }
    app.work_off().await;
    assert!(app.mails_to(ANA) < before + 10, "{}", app.mails_to(ANA) - before);
    app.end().await;
}
