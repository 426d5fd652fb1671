//! How a token is changed, rotated and revoked.

use test_app::TestApp;
use time_and_chance::Duration;

use crate::story::{hidden, owner, secret_of};

#[tokio::test]
async fn a_token_is_made_rotated_or_revoked_by_who_has_proved_lately_that_they_are_there() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let token = acme.token("deploy-bot").await;
    let path = format!("{home}/tokens/{}", token.id);
    let once = hidden(&ana.open(&path).await, "once");
    app.clock.pass(Duration::from_mins(11));
    for (path, fields) in [
        (format!("{home}/tokens/new"), &[("description", "x"), ("end", "none"), ("role", "member")][..]),
        (path.clone(), &[("description", "renamed")][..]),
        (format!("{path}/rotate"), &[("overlap", "none"), ("once", &once)][..]),
        (format!("{path}/revoke"), &[("confirmation", "deploy-bot")][..]),
    ] {
        let answer = ana.post(&path, fields).await.with_status(303);
        let there = answer.leads_to();
        assert!(there.starts_with("/step-up?next=%2Fw%2F"), "{there}");
    }
    assert_eq!(app.code(&token.secret).await, "VALID");
    ana.open(&path).await.with_status(200).has("<h1>deploy-bot</h1>");
    app.over().await;
}

#[tokio::test]
async fn a_token_is_rotated_once_however_often_the_form_is_sent() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let token = acme.token("deploy-bot").await;
    let path = format!("{home}/tokens/{}", token.id);
    let once = hidden(&ana.open(&path).await.with_status(200), "once");
    ana.post(&format!("{path}/rotate"), &[("overlap", "ever"), ("once", &once)])
        .await
        .with_status(422)
        .has("Choose how long");
    let fields = [("overlap", "hour"), ("once", &*once)];
    let page = ana.post(&format!("{path}/rotate"), &fields).await.with_status(200);
    let secret = secret_of(&page);
    assert_eq!((app.code(&token.secret).await, app.code(&secret).await), ("VALID", "VALID"));
    let again = ana.post(&format!("{path}/rotate"), &fields).await.with_status(200);
    again.has("It was rotated already");
    again.has_not(&secret);
    assert_eq!(app.code(&secret).await, "VALID");
    ana.open(&path).await.has("Former secret");
    app.clock.pass(Duration::from_mins(61));
    assert_ne!(app.code(&token.secret).await, "VALID");
    assert_eq!(app.code(&secret).await, "VALID");
    app.over().await;
}

#[tokio::test]
async fn a_token_is_revoked_by_who_types_its_hint_or_its_description() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    for (at, description) in ["first", "second", "third"].into_iter().enumerate() {
        let token = acme.token(description).await;
        let path = format!("{home}/tokens/{}", token.id);
        for wrong in ["", "fir", "bwk_", "…", "yes"] {
            let page = ana.post(&format!("{path}/revoke"), &[("confirmation", wrong)]).await.with_status(422);
            page.has("Nothing was revoked");
        }
        assert_eq!(app.code(&token.secret).await, "VALID");
        let typed =
            [description.to_owned(), token.secret[4..9].to_owned(), format!("{}…", &token.secret[..9])];
        let page =
            ana.submit(&format!("{path}/revoke"), &[("confirmation", &typed[at])]).await.with_status(200);
        page.has("The token is revoked.");
        page.has_not("Rotate it");
        assert_eq!(app.code(&token.secret).await, "REVOKED");
    }
    app.over().await;
}

#[tokio::test]
async fn a_description_is_changed_and_a_wrong_one_stays_in_the_field() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let path = format!("{home}/tokens/{}", acme.token("deploy-bot").await.id);
    let page = ana.submit(&path, &[("description", "deploy-bot of the shop")]).await.with_status(200);
    page.has("<h1>deploy-bot of the shop</h1>");
    for wrong in ["x".repeat(201), "two\nlines".to_owned()] {
        let page = ana.post(&path, &[("description", &wrong)]).await.with_status(422);
        page.has("Say what it is for");
        page.has(&format!("value=\"{wrong}\""));
        page.has("<h1>deploy-bot of the shop</h1>");
    }
    ana.open(&path).await.has("value=\"deploy-bot of the shop\"");
    app.over().await;
}
