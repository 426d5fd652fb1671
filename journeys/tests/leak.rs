//! A token that is found in public is dead within seconds, and its owners know.

use bailiwick::permissions::Scope;
use serde_json::json;
use test_app::{Receiver, TestApp};

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
    let key = app.operator_key(&[Scope::Manage]).await;
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

#[tokio::test]
async fn a_secret_that_a_place_is_named_after_is_stored_mailed_and_sent_nowhere() {
    let (receiver, url) = Receiver::start().await;
    let app = TestApp::with(&[("TRACK__ENDPOINT", &url), ("TRACK__WRITE_KEY", "k")]).await;
    let acme = app.workspace("acme").await;
    let mut secrets = Vec::new();
    for at in 0..10 {
        secrets.push(acme.token(&format!("number {at}")).await.secret);
    }
    let encoded: Vec<_> = secrets.iter().map(|secret| secret.replace('_', "%5F")).collect();
    let long = format!("https://github.com/{}/{}", "a/".repeat(998), secrets[0]);
    let report = json!([
        {"token": secrets[0], "url": format!("https://github.com/acme/{}.txt", encoded[0])},
        {"token": secrets[1], "url": format!("https://github.com/acme?all={}", encoded.join(","))},
        {"token": encoded[2], "url": format!("https://github.com/acme/{}", &secrets[2]["bwk_".len()..])},
        {"token": secrets[3], "url": long, "source": secrets[3]},
    ]);
    app.report_github(&report).await.with_status(200);
    app.work_off().await;
    assert_eq!(app.mails().len(), 4);
    let (contents, mails, sent) = (app.contents().await, app.mails(), receiver.received());
    for secret in &secrets {
        // Lower-case, as a kind of place is kept.
        for part in [&secret["bwk_".len()..][..20], &secret.to_lowercase()["bwk_".len()..][..20]] {
            assert_eq!(contents.tables_with(part), Vec::<&str>::new());
            assert!(mails.iter().all(|mail| !mail.text.contains(part)), "{}", mails[0].text);
            assert!(sent.iter().all(|request| !request.body.to_string().contains(part)));
        }
    }
    assert!(
        mails.iter().any(|mail| mail.text.contains(&format!("/{}", &secrets[0][..9]))),
        "{}",
        mails[0].text
    );
    app.end().await;
}
