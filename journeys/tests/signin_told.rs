//! What a person is told of, and what takes the place of what: browsers that are new, sessions that go on or are replaced, addresses
//! that somebody asks for.

use bailiwick::{permissions::Authority, signin::factor};
use serde_json::json;
use test_app::{PASSWORD, TestApp, Workspace};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";

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
    let said: Vec<_> = proved.iter().map(|entry| &entry["details"]).collect();
    assert_eq!(said.len(), 2, "{audit:#?}");
    let session = &of("session.begun")[0]["details"]["session_id"];
    for (details, purpose) in said.iter().zip(["step_up", "renew"]) {
        assert_eq!(**details, json!({"session_id": session, "means": "mail", "purpose": purpose}));
    }
    let asked = of("address.asked");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["details"], json!({"mail": "new@acme.example"}));
    app.work_off().await;
    app.end().await;
}
