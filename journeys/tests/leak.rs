//! A token that is found in public is dead within seconds, and its owners know.

use serde_json::json;
use test_app::TestApp;

#[tokio::test]
async fn a_reported_token_is_revoked_and_its_owners_are_mailed() {
    let app = TestApp::start().await;
    let acme =
        app.workspace("acme").await.with_owner("bo@acme.example").await.with_member("cy@acme.example").await;
    let token = acme.token("deploy-bot").await;
    assert_eq!(app.code(&token.secret).await, "VALID");

    let url = "https://github.com/acme/app/blob/1f3a/config.py";
    let report = json!([{"token": token.secret, "type": "bwk_api_token", "url": url, "source": "commit"}]);
    let answer = app.report_github(&report).await.with_status(200);
    assert_eq!(answer.json[0]["label"], "true_positive");
    assert_eq!(answer.json[0]["token_type"], "bwk_api_token");
    assert_eq!(app.code(&token.secret).await, "REVOKED");

    app.work_off().await;
    let mails = app.mails();
    let mut to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["ana@acme.example", "bo@acme.example"]);
    assert!(mails[0].text.contains(url), "{}", mails[0].text);
    app.end().await;
}

#[tokio::test]
async fn a_token_reported_twice_is_revoked_once() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await;
    let report = json!([{"token": token.secret}, {"token": token.secret}]);
    app.report_github(&report).await.with_status(200);
    app.report_github(&report).await.with_status(200);
    app.work_off().await;
    assert_eq!(app.mails().len(), 1);
    let key = app.operator_key(&[bailiwick::permissions::Scope::Manage]).await;
    let sightings = app.get(&format!("/v1/workspaces/{}/sightings", acme.id), &key).await.with_status(200);
    let outcomes: Vec<_> = sightings.json["items"]
        .as_array()
        .expect("it holds here")
        .iter()
        .map(|s| s["outcome"].clone())
        .collect();
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "revoked").count(), 1);
    assert_eq!(outcomes.len(), 4);
    app.end().await;
}
