//! The keys that GitHub signs with: rotated, out of reach, and remembered.

use std::time::Duration;

use serde_json::{Value, json};
use test_app::{Answer, Manner, TestApp};

async fn report(app: &TestApp) -> Answer {
    app.report_github(&json!([{"token": "some_token"}])).await
}

/// Reports something signed with a key that nobody has seen yet.
async fn report_under_a_new_key(app: &TestApp) -> Answer {
    app.partner.rotate();
    report(app).await
}

/// How the endpoint may fail.
const FAILURES: [Manner; 5] = [
    Manner::Status(503),
    Manner::Status(403),
    Manner::Text("<html>a captive portal</html>"),
    Manner::Text(r#"{"public_keys": []}"#),
    Manner::Text(r#"{"public_keys": [{"key_identifier": "a", "key": "nonsense"}]}"#),
];

#[tokio::test]
async fn after_a_rotation_both_keys_count_at_once() {
    let app = TestApp::start().await;
    report(&app).await.with_status(200);
    app.clock.pass(Duration::from_secs(11));
    report_under_a_new_key(&app).await.with_status(200);
    assert_eq!(app.partner.fetches(), 2);

    // It was under way while GitHub changed its key.
    let body = br#"[{"token": "some_token"}]"#;
    let headers = app.partner.signed_with_former_key("github", body);
    app.send_raw(axum::http::Method::POST, "/v1/exposures/github", headers, body.to_vec())
        .await
        .with_status(200);
    assert_eq!(app.partner.fetches(), 2, "known keys are not asked for");
    app.end().await;
}

#[tokio::test]
async fn while_the_endpoint_fails_known_keys_count_and_unknown_ones_are_to_come_back() {
    let app = TestApp::start().await;
    report(&app).await.with_status(200);
    for manner in FAILURES {
        app.partner.answers(manner);
        // Beyond every pause, and long enough that the known set is refreshed too.
        app.clock.pass(Duration::from_hours(2));
        report(&app).await.with_status(200);
        app.clock.pass(Duration::from_mins(2));
        let body = br#"[{"token": "some_token"}]"#;
        let stranger = test_app::FakePartner::start().await.signed("github", body);
        let path = "/v1/exposures/github";
        let answer =
            app.send_raw(axum::http::Method::POST, path, stranger, body.to_vec()).await.with_status(503);
        assert_eq!(answer.text_at("/code"), "keys_unavailable", "{manner:?}");
        assert!(answer.headers.contains_key("retry-after"));
    }
    app.partner.answers(Manner::Keys);
    app.clock.pass(Duration::from_mins(2));
    report_under_a_new_key(&app).await.with_status(200);
    app.end().await;
}

#[tokio::test]
async fn nobody_waits_for_ever_for_a_silent_endpoint_or_for_another() {
    let app = TestApp::start().await;
    report(&app).await.with_status(200);
    app.partner.answers(Manner::Silence);
    app.clock.pass(Duration::from_hours(2));
    let begun = std::time::Instant::now();
    // The known set is due for a refresh, which hangs; who comes under a known key does not wait for it.
    report(&app).await.with_status(200);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());

    let body = br#"[{"token": "some_token"}]"#;
    let headers = test_app::FakePartner::start().await.signed("github", body);
    let one =
        || app.send_raw(axum::http::Method::POST, "/v1/exposures/github", headers.clone(), body.to_vec());
    let (one, other) = tokio::join!(one(), one());
    one.with_status(503);
    other.with_status(503);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(app.partner.fetches(), 2, "one search at a time, however many wait");
    app.end().await;
}

/// What a stranger is answered who signs with a key of their own.
async fn strangers_report(app: &TestApp) -> Answer {
    let body = br#"[{"token": "some_token"}]"#;
    let headers = test_app::FakePartner::start().await.signed("github", body);
    app.send_raw(axum::http::Method::POST, "/v1/exposures/github", headers, body.to_vec()).await
}

#[tokio::test]
async fn a_key_that_the_partner_does_not_list_is_asked_for_once_in_a_while() {
    let app = TestApp::start().await;
    report(&app).await.with_status(200);
    let body = br#"[{"token": "some_token"}]"#;
    let headers = test_app::FakePartner::start().await.signed("github", body);
    for fetches in [2, 3] {
        for _ in 0..20 {
            let path = "/v1/exposures/github";
            app.send_raw(axum::http::Method::POST, path, headers.clone(), body.to_vec())
                .await
                .with_status(401);
        }
        assert_eq!(app.partner.fetches(), fetches);
        app.clock.pass(Duration::from_secs(11));
    }
    app.end().await;
}

#[tokio::test]
async fn a_rotation_is_believed_at_once_whatever_was_fetched_before_and_whoever_knocked() {
    let app = TestApp::start().await;
    report(&app).await.with_status(200);
    for _ in 0..5 {
        strangers_report(&app).await.with_status(401);
    }
    report_under_a_new_key(&app).await.with_status(200);
    app.end().await;
}

#[tokio::test]
async fn while_strangers_have_used_up_the_fetches_an_unknown_key_is_to_come_back() {
    let app = TestApp::start().await;
    report(&app).await.with_status(200);
    for _ in 0..9 {
        strangers_report(&app).await.with_status(401);
    }
    let refused = report_under_a_new_key(&app).await.with_status(503);
    assert_eq!(refused.text_at("/code"), "keys_unavailable");
    app.clock.pass(Duration::from_mins(4));
    report(&app).await.with_status(200);
    assert_eq!(app.partner.fetches(), 11);
    app.end().await;
}

#[tokio::test]
async fn a_restart_while_the_endpoint_is_down_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    report(&app).await.with_status(200);
    app.until_keys_are_kept().await;
    app.partner.answers(Manner::Status(500));
    app.clock.pass(Duration::from_hours(30));

    let restarted = app.second_node().await;
    let answer = restarted.report_github(&json!([{"token": token}])).await.with_status(200);
    assert_eq!(answer.json[0]["label"], Value::from("true_positive"));
    assert_eq!(app.code(&token).await, "REVOKED");
    restarted.work_off().await;
    restarted.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn the_first_message_of_all_waits_for_no_endpoint_that_is_down() {
    let app = TestApp::start().await;
    app.partner.answers(Manner::Status(500));
    report(&app).await.with_status(503);
    app.partner.answers(Manner::Keys);
    app.clock.pass(Duration::from_secs(6));
    report(&app).await.with_status(200);
    app.end().await;
}
