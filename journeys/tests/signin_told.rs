//! What a person is told of, and what takes the place of what: browsers that are new, sessions that go on or are replaced, addresses
//! that somebody asks for.

use bailiwick::{
    permissions::{Authority, Scope},
    signin::factor,
};
use serde_json::{Value, json};
use test_app::{Browser, PASSWORD, TestApp, Workspace};
use test_authenticator::TestAuthenticator;
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@beta.example";
const EVE: &str = "eve@nowhere.example";
const SESSION: &str = "__Host-session";

fn told_of_new_browsers(app: &TestApp) -> usize {
    app.mails().iter().filter(|mail| mail.subject.contains("A new browser has signed in")).count()
}

fn workspace<'a>(app: &'a TestApp, home: &str) -> Workspace<'a> {
    app.workspace_of(home.trim_start_matches("/w/").parse().expect("an id"))
}

#[tokio::test]
async fn a_new_browser_is_told_of_though_no_other_is_known() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    assert_eq!(told_of_new_browsers(&app), 0, "whoever joins knows that they do");
    // Nobody has been here for longer than browsers are remembered.
    app.clock.pass(Duration::from_hours(181 * 24));
    app.run_scheduled("signin").await;
    assert_eq!(app.contents().await.rows("browsers"), 0);
    app.browser().sign_in(ANA, PASSWORD).await.with_status(200);
    app.work_off().await;
    assert_eq!(told_of_new_browsers(&app), 1);
    ana.sign_in(ANA, PASSWORD).await.with_status(200);
    app.work_off().await;
    assert_eq!(told_of_new_browsers(&app), 2);
    ana.sign_in(ANA, PASSWORD).await.with_status(200);
    app.work_off().await;
    assert_eq!(told_of_new_browsers(&app), 2, "it is known by now");
    app.end().await;
}

#[tokio::test]
async fn no_browser_is_known_any_more_when_the_password_was_forgotten_or_the_factors_lost() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    ana.post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let (reset, anew) = (ana.mailed_link(ANA).await, "eleven tall grey herons");
    ana.post(&reset, &[("password", anew)]).await.with_status(303);
    assert_eq!(app.contents().await.rows("browsers"), 0);
    ana.sign_in(ANA, anew).await.with_status(200);
    app.work_off().await;
    assert_eq!(told_of_new_browsers(&app), 1);
    let by = Authority::on_this_machine();
    factor::remove_all(&app.app, &by, ANA).await.expect("there is such a person");
    assert_eq!(app.contents().await.rows("browsers"), 0);
    ana.sign_in(ANA, anew).await.with_status(200);
    app.work_off().await;
    assert_eq!(told_of_new_browsers(&app), 2);
    app.end().await;
}

/// The details of an entry, without from where it came.
fn said_of(entry: &Value) -> Value {
    let mut details = entry["details"].clone();
    details.as_object_mut().expect("details").remove("from");
    details
}

#[tokio::test]
async fn that_somebody_proves_themselves_again_is_on_record_and_that_they_ask_for_another_address() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    ana.proves_by_mail(ANA).await;
    ana.post("/renew", &[("password", PASSWORD)]).await.with_status(303);
    let code = ana.mailed_code(ANA).await;
    ana.types_code(&code).await.with_status(303);
    ana.post("/account/address", &[("mail", "new@acme.example")]).await.with_status(303);
    let audit = workspace(&app, &home).audit().await;
    let of = |event: &str| audit.iter().filter(|entry| entry["event"] == event).collect::<Vec<_>>();
    let proved = of("session.proved");
    let said: Vec<_> = proved.iter().map(|entry| said_of(entry)).collect();
    assert_eq!(said.len(), 2, "{audit:#?}");
    let session = &of("session.begun")[0]["details"]["session_id"];
    for (details, purpose) in said.iter().zip(["step_up", "renew"]) {
        assert_eq!(*details, json!({"session_id": session, "means": "mail", "purpose": purpose}));
    }
    let asked = of("address.asked");
    assert_eq!(asked.len(), 1);
    assert_eq!(said_of(asked[0]), json!({"mail": "new@acme.example"}));
    app.work_off().await;
    app.end().await;
}

/// A portal link's path, for Ana.
async fn portal(app: &TestApp, key: &str, home: &str) -> String {
    let body = json!({"workspace": home.trim_start_matches("/w/"), "person": ANA});
    let made = app.post("/v1/portal-links", key, &body).await.with_status(201);
    made.text_at("/url").strip_prefix(&app.app.public_url).expect("ours").to_owned()
}

/// That what this browser had before is over, and what it has now is good.
async fn replaced(browser: &Browser<'_>, before: &Browser<'_>) {
    assert_ne!(browser.cookie(SESSION), before.cookie(SESSION));
    browser.get("/v1/session").await.with_status(200);
    before.get("/v1/session").await.with_status(401);
}

#[tokio::test]
async fn a_session_in_whose_place_another_begins_is_over() {
    let app = TestApp::start().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    let key = app.operator_key(&[Scope::Portal]).await;
    let (ana, home) = app.owner(ANA).await;
    let elsewhere = app.browser();
    elsewhere.sign_in(ANA, PASSWORD).await.with_status(200);

    let before = ana.copied();
    ana.sign_in(ANA, PASSWORD).await.with_status(200);
    replaced(&ana, &before).await;
    let before = ana.copied();
    ana.first_step(ANA, PASSWORD).await.with_status(303);
    let link = ana.mailed_link(ANA).await;
    ana.post(&link, &[]).await.with_status(303);
    replaced(&ana, &before).await;
    ana.adds_passkey(&mut device).await;
    let before = ana.copied();
    ana.shows_passkey(&mut device, &[("purpose", "sign_in")]).await.with_status(200);
    replaced(&ana, &before).await;
    let before = ana.copied();
    let link = portal(&app, &key, &home).await;
    ana.post(&link, &[]).await.with_status(303);
    replaced(&ana, &before).await;
    // An invitation is taken by somebody new where somebody has come by a portal link.
    elsewhere.post(&format!("{home}/people"), &[("mail", EVE), ("role", "member")]).await.with_status(303);
    let (before, link) = (ana.copied(), elsewhere.mailed_link(EVE).await);
    ana.post(&link, &[("name", "Eve"), ("password", PASSWORD)]).await.with_status(303);
    replaced(&ana, &before).await;
    assert!(elsewhere.is_in().await, "those of other browsers go on");

    let audit = workspace(&app, &home).audit().await;
    let ended = audit.iter().filter(|entry| entry["event"] == "session.ended").collect::<Vec<_>>();
    assert_eq!(ended.len(), 5);
    assert!(ended.iter().all(|entry| entry["details"]["why"] == "replaced"));
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn whoever_comes_by_a_portal_link_is_in_its_workspace_however_many_they_are_in() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    for turn in 0..50 {
        // The oldest come first.
        app.clock.pass(Duration::from_secs(1));
        app.workspace(&format!("number{turn}")).await.with_member(ANA).await;
    }
    app.clock.pass(Duration::from_secs(1));
    let last = app.workspace("last").await.with_member(ANA).await;
    let key = app.operator_key(&[Scope::Portal]).await;
    let browser = app.browser();
    let link = portal(&app, &key, last.id.as_str()).await;
    browser.post(&link, &[]).await.with_status(303);
    let session = browser.get("/v1/session").await.with_status(200).json;
    assert_eq!(session["workspaces"].as_array().expect("a list").len(), 1, "{session}");
    assert_eq!(session["workspaces"][0]["id"], last.id.as_str());
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn an_address_is_confirmed_by_the_one_who_has_asked_for_it_and_whoever_gets_the_mail_reads_who_that_is()
{
    let app = TestApp::start().await;
    let (eve, _) = app.owner(EVE).await;
    let (bo, _) = app.owner(BO).await;
    let wanted = "ana@bigcorp.example";
    eve.post("/account/address", &[("mail", wanted)]).await.with_status(303);
    let mail = eve.mailed(wanted).await;
    assert!(mail.contains(EVE), "{mail}");
    let link = eve.mailed_link(wanted).await;

    // Whoever is not signed in comes back to it.
    let stranger = app.browser();
    for answer in [stranger.get(&link).await, stranger.post(&link, &[]).await] {
        let there = answer.with_status(303).headers["location"].to_str().expect("text").to_owned();
        assert!(there.starts_with("/sign-in?next="), "{there}");
    }
    let back = stranger.get(&link).await;
    assert!(back.headers["location"].to_str().expect("text").contains("%2Faddress%2F"));
    for answer in [bo.get(&link).await, bo.post(&link, &[]).await] {
        assert!(answer.with_status(403).text.contains("Another account has asked for this"));
    }
    let page = eve.get(&link).await.with_status(200);
    assert!(page.text.contains(EVE) && page.text.contains(wanted), "{}", page.text);
    eve.post(&link, &[]).await.with_status(303);
    assert_eq!(eve.get("/v1/session").await.json["person"]["mail"], wanted);
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn whether_an_address_is_somebodys_is_not_told_to_whoever_asks_for_it_and_its_owner_is() {
    let app = TestApp::start().await;
    let (eve, _) = app.owner(EVE).await;
    app.owner(ANA).await;
    let mut costs = Vec::new();
    for mail in ["free@acme.example", ANA, "free@acme.example", ANA] {
        let before = app.app.db.statements();
        let answer = eve.post("/account/address", &[("mail", mail)]).await.with_status(303);
        costs.push(app.app.db.statements() - before);
        assert_eq!(answer.headers["location"], "/account?done=address-asked");
    }
    assert_eq!(costs[2], costs[3]);
    app.work_off().await;
    let mails = app.mails();
    let to_ana: Vec<_> =
        mails.iter().filter(|mail| mail.to.contains(ANA) && mail.text.contains(EVE)).collect();
    assert_eq!(to_ana.len(), 2);
    assert!(to_ana.iter().all(|mail| !mail.text.contains("/address/")), "{}", to_ana[0].text);
    app.end().await;
}
