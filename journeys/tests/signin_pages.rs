//! What the pages of signing in and of one's account say and keep.

use axum::http::header;
use test_app::{Answer, Browser, PASSWORD, TestApp};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const NEW: &str = "a heron upon a rusty gate";
const DAY: Duration = Duration::from_hours(25);

#[track_caller]
fn has(page: &Answer, text: &str) {
    assert!(page.text.contains(text), "{text:?} is not in {}", page.text);
}

#[track_caller]
fn has_not(page: &Answer, text: &str) {
    assert!(!page.text.contains(text), "{text:?} is in {}", page.text);
}

fn location(answer: &Answer) -> &str {
    answer.headers[header::LOCATION].to_str().expect("text")
}

async fn over(app: TestApp) {
    app.work_off().await;
    app.end().await;
}

/// The browser of somebody new, who has accepted an invitation as a member.
async fn comes<'a>(app: &'a TestApp, ana: &Browser<'_>, home: &str, mail: &str) -> Browser<'a> {
    ana.post(&format!("{home}/people"), &[("mail", mail), ("role", "member")]).await.with_status(303);
    let link = ana.mailed_link(mail).await;
    let browser = app.browser();
    browser.post(&link, &[("name", "Bo Somebody"), ("password", PASSWORD)]).await.with_status(303);
    browser
}

/// Sets a forgotten password anew, and signs in with it.
async fn forgets<'a>(app: &'a TestApp, mail: &str) -> Browser<'a> {
    let browser = app.browser();
    forgets_in(&browser, mail).await;
    browser
}

async fn forgets_in(browser: &Browser<'_>, mail: &str) {
    browser.post("/forgot", &[("mail", mail)]).await.with_status(303);
    let link = browser.mailed_link(mail).await;
    browser.post(&link, &[("password", NEW)]).await.with_status(303);
    browser.sign_in(mail, NEW).await.with_status(200);
}

/// The path at which the one member is opened again to whom it is closed.
fn way_to_lift(page: &Answer, people: &str) -> String {
    let (before, _) = page.text.split_once("/lift\"><button type=\"submit\">Open again").expect("a button");
    let member = before.rsplit('/').next().expect("an id");
    format!("{people}/{member}/lift")
}

#[tokio::test]
async fn an_owner_sees_to_whom_it_is_closed_and_opens_it_again_with_a_button() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let people = format!("{home}/people");
    comes(&app, &ana, &home, BO).await;
    app.clock.pass(DAY);
    ana.proves_by_mail(ANA).await;
    has_not(&ana.get(&people).await, "/lift\"");
    let bo = forgets(&app, BO).await;
    bo.post("/account/recovery-codes", &[]).await.with_status(403);
    has_not(&bo.get(&people).await, "/lift\"");
    let page = ana.get(&people).await.with_status(200);
    has(&page, "closed</span> <span class=\"quiet\">until <time");
    let path = way_to_lift(&page, &people);
    assert_eq!(location(&ana.post(&path, &[]).await.with_status(303)), format!("{people}?done=lifted"));
    has_not(&ana.get(&people).await, "/lift\"");
    bo.makes_recovery_codes().await;
    app.work_off().await;
    let mails = app.mails();
    let told = mails.iter().rfind(|one| one.to.contains(BO) && one.subject.contains("open to you again"));
    let words = told.expect("a mail").text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Ana Lovelace, an owner of the workspace \"Acme\", has opened"), "{words}");
    // What is not closed is not said to be opened.
    assert_eq!(location(&ana.post(&path, &[]).await.with_status(303)), people);
    over(app).await;
}

#[tokio::test]
async fn nobody_vouches_for_whom_they_have_put_into_a_workspace_of_their_own() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let (eve, lair) = app.owner("eve@evil.example").await;
    let bo = comes(&app, &ana, &home, BO).await;
    app.clock.pass(DAY);
    // Eve reads Bo's mail.
    let taken = forgets(&app, BO).await;
    assert!(!bo.is_in().await);
    let people = format!("{lair}/people");
    eve.proves_by_mail("eve@evil.example").await;
    eve.post(&people, &[("mail", BO), ("role", "owner")]).await.with_status(303);
    let link = eve.mailed_link(BO).await;
    taken.post(&link, &[]).await.with_status(303);
    // Nor once Bo has left where they were, and it has begun anew.
    let left = home.replace("/w/", "/account/workspaces/") + "/leave";
    for _ in 0..2 {
        let page = eve.get(&people).await.with_status(200);
        has(&page, "closed</span> <span class=\"quiet\">until <time");
        has_not(&page, "/lift\"");
        for member in app.sql("SELECT id FROM members WHERE left_at IS NULL").await {
            let id: String = member.get("id").expect("text");
            let answer = eve.post(&format!("{people}/{id}/lift"), &[]).await;
            assert!(answer.status == 404 || location(&answer) == people, "{}", answer.text);
        }
        taken.post("/account/recovery-codes", &[]).await.with_status(403);
        taken.post(&left, &[]).await;
        forgets_in(&taken, BO).await;
    }
    over(app).await;
}

#[tokio::test]
async fn a_script_is_told_that_it_is_closed_for_now_and_not_to_prove_anything() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let ana = forgets(&app, ANA).await;
    let answer = ana.post("/account/passkeys/options", &[]).await.with_status(403);
    has(&answer, "stay closed until");
    has_not(&answer, "Prove once more");
    over(app).await;
}
