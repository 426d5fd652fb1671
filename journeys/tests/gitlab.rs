//! What GitLab reports: as GitLab.com's partner, and as a self-managed installation.

use axum::http::{HeaderMap, Method};
use bailiwick::permissions::Scope;
use serde_json::{Value, json};
use test_app::{Answer, TestApp};

const SECRET: &str = "a-secret-that-both-sides-know";
const URL: &str = "https://gitlab.example.com/acme/app/-/raw/1f3a/config.py";

async fn send(app: &TestApp, body: &[u8]) -> Answer {
    let headers = app.partner.signed("gitlab", body);
    app.send_raw(Method::POST, "/v1/exposures/gitlab", headers, body.to_vec()).await
}

async fn self_managed() -> TestApp {
    TestApp::with(&[("EXPOSURE__GITLAB_REVOCATION_SECRET", SECRET)]).await
}

async fn revoke(app: &TestApp, authorization: &str, body: impl AsRef<[u8]>) -> Answer {
    let headers = if authorization.is_empty() {
        HeaderMap::new()
    } else {
        TestApp::header("authorization", authorization)
    };
    app.send_raw(Method::POST, "/v1/revoke_tokens", headers, body.as_ref().to_vec()).await
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("JSON")
}

#[tokio::test]
async fn a_token_that_gitlab_reports_is_revoked_and_its_owners_know_where_it_was() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await.secret;
    let answer = app
        .report_gitlab(&json!([{"type": "my_api_token", "token": token, "url": URL}]))
        .await
        .with_status(204);
    assert_eq!(answer.text, "");
    assert_eq!(app.code(&token).await, "REVOKED");
    let sighting = acme.sightings().await.remove(0);
    assert_eq!((&sighting["partner"], &sighting["url"]), (&json!("gitlab"), &json!(URL)));
    app.work_off().await;
    let mail = app.mails().remove(0);
    assert!(mail.subject.contains("on GitLab") && mail.text.contains(URL), "{}", mail.text);
    app.end().await;
}

#[tokio::test]
async fn whatever_is_authentic_is_answered_204_and_a_fault_in_it_is_counted() {
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    for body in [&b"not JSON"[..], b"{}", b"", b"null", b"[1", b"\xff"] {
        send(&app, body).await.with_status(204);
    }
    send(&app, b"[]").await.with_status(204);
    let mixed = json!([{"token": 1}, "x", null, {"token": "nothing of ours", "type": "unheard_of"}, {"token": format!("K={token}")}]);
    send(&app, &bytes(&mixed)).await.with_status(204);
    assert_eq!(app.code(&token).await, "REVOKED");
    let malformed = app.metric("bailiwick_malformed_reports_total{partner=\"gitlab\"}").await;
    assert!((malformed - 6.0).abs() < 0.5, "{malformed}");
    let left_out = app.metric("bailiwick_items_left_out_total{partner=\"gitlab\"}").await;
    assert!((left_out - 3.0).abs() < 0.5, "{left_out}");
    app.over().await;
}

#[tokio::test]
async fn who_is_not_gitlab_is_refused() {
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    let body = bytes(&json!([{"token": token}]));
    let forged = [HeaderMap::new(), app.partner.signed("gitlab", b"[]"), app.partner.signed("github", &body)];
    for headers in forged {
        app.send_raw(Method::POST, "/v1/exposures/gitlab", headers, body.clone()).await.with_status(401);
    }
    assert_eq!(app.code(&token).await, "VALID");
    app.end().await;
}

#[tokio::test]
async fn without_an_enrolment_there_is_no_such_partner() {
    let app = TestApp::with(&[("EXPOSURE__GITLAB_KEYS_URL", "")]).await;
    send(&app, b"[]").await.with_status(404);
    assert_eq!(app.partner.fetches(), 0);
    app.end().await;
}

#[tokio::test]
async fn a_self_managed_gitlab_asks_for_the_types_and_has_tokens_revoked() {
    let app = self_managed().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await.secret;
    let types = app
        .send_raw(Method::GET, "/v1/revocable_token_types", TestApp::header("authorization", SECRET), vec![])
        .await;
    let types = types.with_status(200).json;
    assert_eq!(
        types,
        json!({"types": ["gitleaks_rule_id_bwk-api-token", "gitleaks_rule_id_bwkop-api-token"]})
    );

    // Each finding carries more than the documentation says.
    let body = json!([
        {"type": types["types"][0], "token": token, "location": URL, "vulnerability": {"id": 7, "finding": {"a": [1]}}},
        {"type": types["types"][0], "token": token, "location": URL, "vulnerability": null},
    ]);
    let answer = revoke(&app, SECRET, bytes(&body)).await.with_status(204);
    assert_eq!(answer.text, "");
    assert_eq!(app.code(&token).await, "REVOKED");
    // Its worker sends the same again, many times if need be.
    revoke(&app, SECRET, bytes(&body)).await.with_status(204);
    let sightings = acme.sightings().await;
    assert_eq!(sightings.len(), 4);
    assert!(sightings.iter().all(|sighting| sighting["url"] == URL));
    app.work_off().await;
    assert_eq!(app.mails().len(), 1);
    app.end().await;
}

#[tokio::test]
async fn a_self_managed_gitlab_is_answered_204_whatever_it_sends() {
    let app = self_managed().await;
    for body in [
        "not JSON",
        "{}",
        "",
        "[]",
        "[{\"token\": 5}]",
        "[{\"type\": \"unheard_of\", \"token\": \"x\", \"location\": null}]",
    ] {
        revoke(&app, SECRET, body).await.with_status(204);
    }
    app.end().await;
}

#[tokio::test]
async fn the_secret_of_a_self_managed_gitlab_is_taken_as_it_is_and_no_other() {
    let app = self_managed().await;
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    let body = bytes(&json!([{"token": token}]));
    let manage = app.operator_key(&[Scope::Manage]).await;
    let with_scheme = format!("Bearer {SECRET}");
    for wrong in ["", "another-secret-of-that-length!", &SECRET[1..], &with_scheme, &manage] {
        revoke(&app, wrong, &body).await.with_status(401);
        let headers =
            if wrong.is_empty() { HeaderMap::new() } else { TestApp::header("authorization", wrong) };
        app.send_raw(Method::GET, "/v1/revocable_token_types", headers, vec![]).await.with_status(401);
    }
    let counted =
        app.metric("bailiwick_unauthentic_reports_total{partner=\"gitlab\",reason=\"wrong_secret\"}").await;
    assert!((counted - 10.0).abs() < 0.5, "{counted}");
    assert_eq!(app.code(&token).await, "VALID");
    app.end().await;
}

#[tokio::test]
async fn without_a_secret_the_revocation_api_is_off() {
    let app = TestApp::start().await;
    revoke(&app, SECRET, "[]").await.with_status(404);
    revoke(&app, "", "[]").await.with_status(404);
    app.get("/v1/revocable_token_types", "").await.with_status(404);
    app.end().await;
}

#[tokio::test]
async fn a_self_managed_gitlabs_body_has_the_same_limit() {
    let settings = [("EXPOSURE__GITLAB_REVOCATION_SECRET", SECRET), ("EXPOSURE__MAX_BODY_BYTES", "2048")];
    let app = TestApp::with(&settings).await;
    revoke(&app, SECRET, " ".repeat(2049)).await.with_status(413);
    send(&app, " ".repeat(2049).as_bytes()).await.with_status(413);
    app.end().await;
}
