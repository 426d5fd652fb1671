//! A token's life over HTTP: made, found, renamed, rotated, revoked; and what it answers when it is presented.

use axum::http::{HeaderValue, Method};
use bailiwick::permissions::Scope;
use serde_json::{Value, json};
use test_app::{Answer, TestApp, Workspace};
use time_and_chance::{Clock as _, Duration, Time};

const DAY: Duration = Duration::from_hours(24);

fn path(acme: &Workspace<'_>) -> String {
    format!("/v1/workspaces/{}/tokens", acme.id)
}

async fn create(app: &TestApp, acme: &Workspace<'_>, key: &str, body: Value) -> Answer {
    app.post(&path(acme), key, &body).await
}

/// Sends a request under an `Idempotency-Key`.
async fn once(app: &TestApp, key: &str, idempotency: &str, path: &str, body: &Value) -> Answer {
    let mut headers = TestApp::header("idempotency-key", idempotency);
    headers.insert("authorization", HeaderValue::try_from(format!("Bearer {key}")).expect("it holds here"));
    app.send_raw(Method::POST, path, headers, serde_json::to_vec(body).expect("it holds here")).await
}

async fn rotate(app: &TestApp, key: &str, id: &str, body: Value) -> Answer {
    app.post(&format!("/v1/tokens/{id}/rotate"), key, &body).await
}

#[tokio::test]
async fn a_token_is_shown_whole_once_and_then_by_its_hint() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let body = json!({"description": " deploy-bot ", "creator": "ana@acme.example", "expires_in": 3600});
    let made = create(&app, &acme, &manage, body).await.with_status(201);
    let (id, secret) = (made.text_at("/id"), made.text_at("/secret"));
    assert!(secret.starts_with("bwk_") && secret.len() == 68);
    assert_eq!(made.text_at("/hint"), &secret[4..9]);
    assert_eq!(made.text_at("/expires_at"), app.clock.now().plus(Duration::from_hours(1)).to_string());
    assert_eq!((made.text_at("/description"), made.text_at("/state")), ("deploy-bot", "live"));

    let shown = app.get(&format!("/v1/tokens/{id}"), &manage).await.with_status(200);
    let mut but_for_the_secret = made.json.clone();
    but_for_the_secret.as_object_mut().expect("an object").remove("secret");
    assert_eq!(shown.json, but_for_the_secret);
    assert_eq!(app.code(secret).await, "VALID");
    app.clock.pass(Duration::from_hours(1));
    assert_eq!(app.code(secret).await, "EXPIRED");
    app.end().await;
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_with_a_reason() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let past = app.clock.now().minus(DAY);
    for body in [
        json!({}),
        json!({"description": ""}),
        json!({"description": "x".repeat(201)}),
        json!({"description": "two\nlines"}),
        json!({"description": "x", "role": "king"}),
        json!({"description": "x", "creator": "stranger@acme.example"}),
        json!({"description": "x", "expires_at": past}),
        json!({"description": "x", "expires_in": 0}),
        json!({"description": "x", "expires_in": 5, "expires_at": app.clock.now().plus(DAY)}),
        json!({"description": "x", "unknown": 1}),
    ] {
        let answer = create(&app, &acme, &manage, body.clone()).await;
        assert_eq!(answer.status.as_u16(), 422, "{body}: {}", answer.text);
        assert!(answer.text_at("/detail").ends_with('.'), "{}", answer.text);
    }
    assert_eq!(app.all(&path(&acme), &manage).await.len(), 0);
    app.end().await;
}

#[tokio::test]
async fn an_external_id_finds_the_token_again_and_changes_it() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let made = create(&app, &acme, &manage, json!({"description": "one", "external_id": "bot"}))
        .await
        .with_status(201);
    let body = json!({"description": "other", "role": "owner", "external_id": "bot"});
    let again = create(&app, &acme, &manage, body.clone()).await.with_status(200);
    assert_eq!(again.text_at("/id"), made.text_at("/id"));
    assert_eq!((again.text_at("/description"), again.text_at("/role")), ("other", "owner"));
    assert!(again.json.get("secret").is_none());
    // Another workspace may call its own the same.
    let other = app.workspace("other").await;
    create(&app, &other, &manage, body).await.with_status(201);
    assert_eq!(app.all(&path(&acme), &manage).await.len(), 1);
    app.end().await;
}

#[tokio::test]
async fn a_warning_that_has_ended_gives_the_external_id_back_before_any_job_comes_round() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let body = json!({"description": "deploy-bot", "external_id": "bot"});
    let first = create(&app, &acme, &manage, body.clone()).await.with_status(201);
    app.report_github(&json!([{"token": first.text_at("/secret")}])).await.with_status(200);
    app.clock.pass(DAY - Duration::from_micros(1));
    let known = create(&app, &acme, &manage, body.clone()).await.with_status(200);
    assert_eq!((known.text_at("/id"), known.text_at("/state")), (first.text_at("/id"), "warned"));

    app.clock.pass(Duration::from_micros(1));
    let second = create(&app, &acme, &manage, body.clone()).await.with_status(201);
    assert_ne!(second.text_at("/id"), first.text_at("/id"));
    app.run_scheduled("deadlines").await;
    assert_eq!(acme.audited("token.grace_ended").await, 1);
    let again = create(&app, &acme, &manage, body).await.with_status(200);
    assert_eq!((again.text_at("/id"), again.text_at("/state")), (second.text_at("/id"), "live"));
    app.over().await;
}

#[tokio::test]
async fn a_list_pages_through_everything_oldest_first() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    for number in 0..7 {
        acme.token(&format!("token {number}")).await;
        app.clock.pass(Duration::from_millis(1));
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for expected in [3, 3, 1] {
        let page = app.get(&format!("{}?limit=3{cursor}", path(&acme)), &manage).await.with_status(200).json;
        let items = page["items"].as_array().expect("it holds here");
        assert_eq!(items.len(), expected);
        seen.extend(
            items.iter().map(|token| token["description"].as_str().expect("it holds here").to_owned()),
        );
        cursor = page["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    assert!(cursor.is_empty());
    assert_eq!(seen, (0..7).map(|number| format!("token {number}")).collect::<Vec<_>>());
    for bad in ["?limit=0", "?limit=201", "?limit=x", "?cursor=nonsense", "?cursor=%00"] {
        app.get(&format!("{}{bad}", path(&acme)), &manage).await.with_status(400);
    }
    app.end().await;
}

#[tokio::test]
async fn a_token_is_renamed_and_given_another_end_or_none() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let token = acme.token("one").await;
    let path = format!("/v1/tokens/{}", token.id);
    let end = app.clock.now().plus(DAY);
    let changed =
        app.patch(&path, &manage, &json!({"description": "other", "expires_at": end})).await.with_status(200);
    assert_eq!(
        (changed.text_at("/description"), changed.text_at("/expires_at")),
        ("other", end.to_string().as_str())
    );
    let kept = app.patch(&path, &manage, &json!({"description": "third"})).await.with_status(200);
    assert_eq!(kept.text_at("/expires_at"), end.to_string());
    app.patch(&path, &manage, &json!({"expires_at": app.clock.now()})).await.with_status(422);
    let endless = app.patch(&path, &manage, &json!({"expires_at": null})).await.with_status(200);
    assert_eq!(endless.json["expires_at"], Value::Null);
    app.clock.pass(2 * DAY);
    assert_eq!(app.code(&token.secret).await, "VALID");
    assert_eq!(acme.audited("token.changed").await, 3);
    app.end().await;
}

#[tokio::test]
async fn a_rotation_overlaps_for_as_long_as_was_said() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let month = 30 * 24 * 3600;
    for (body, seconds) in
        [(json!({}), 86_400), (json!({"overlap_seconds": 0}), 0), (json!({"overlap_seconds": month}), month)]
    {
        let token = acme.token("rotated").await;
        let rotated = rotate(&app, &manage, token.id.as_str(), body).await.with_status(200);
        let current = rotated.text_at("/secret").to_owned();
        if seconds > 0 {
            assert_eq!(app.code(&token.secret).await, "VALID");
            app.clock.pass(Duration::from_secs(seconds) - Duration::from_micros(1));
            assert_eq!(app.code(&token.secret).await, "VALID", "{seconds}");
            app.clock.pass(Duration::from_micros(1));
        }
        assert_eq!(
            (app.code(&token.secret).await, app.code(&current).await),
            ("EXPIRED", "VALID"),
            "{seconds}"
        );
    }
    let token = acme.token("rotated").await;
    rotate(&app, &manage, token.id.as_str(), json!({"overlap_seconds": month + 1})).await.with_status(422);
    rotate(&app, &manage, token.id.as_str(), json!({"overlap_seconds": -1})).await.with_status(422);
    assert_eq!(app.code(&token.secret).await, "VALID");
    app.end().await;
}

#[tokio::test]
async fn a_token_has_two_secrets_at_most() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let token = acme.token("rotated").await;
    let mut secrets = vec![token.secret.clone()];
    for _ in 0..3 {
        let rotated = rotate(&app, &manage, token.id.as_str(), json!({})).await.with_status(200);
        secrets.push(rotated.text_at("/secret").to_owned());
    }
    let mut codes = Vec::new();
    for secret in &secrets {
        codes.push(app.code(secret).await);
    }
    assert_eq!(codes, ["EXPIRED", "EXPIRED", "VALID", "VALID"]);
    app.delete(&format!("/v1/tokens/{}", token.id), &manage).await.with_status(200);
    for secret in &secrets {
        assert_eq!(app.code(secret).await, "REVOKED");
    }
    let refused = rotate(&app, &manage, token.id.as_str(), json!({})).await.with_status(409);
    assert_eq!(refused.text_at("/code"), "not_live");
    app.end().await;
}

#[tokio::test]
async fn revoking_twice_is_harmless_and_the_first_time_stands() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let token = acme.token("revoked").await;
    let path = format!("/v1/tokens/{}", token.id);
    let first = app.delete(&path, &manage).await.with_status(200);
    app.clock.pass(DAY);
    let second = app.delete(&path, &manage).await.with_status(200);
    assert_eq!(first.json["revoked_at"], second.json["revoked_at"]);
    assert_eq!(first.text_at("/revoked_why"), "revoked");
    assert_eq!(acme.audited("token.revoked").await, 1);
    app.end().await;
}

#[tokio::test]
async fn a_request_that_is_repeated_under_its_key_is_carried_out_once() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let body = json!({"description": "deploy-bot"});
    let made = once(&app, &manage, "a-key", &path(&acme), &body).await.with_status(201);
    let again = once(&app, &manage, "a-key", &path(&acme), &body).await.with_status(200);
    assert_eq!(again.text_at("/id"), made.text_at("/id"));
    assert!(again.json.get("secret").is_none());
    let other =
        once(&app, &manage, "a-key", &path(&acme), &json!({"description": "another"})).await.with_status(422);
    assert_eq!(other.text_at("/code"), "idempotency_key_reused");
    // Of another caller it is another key; after a day, too.
    let owner = acme.owners_token("owner").await.secret;
    once(&app, &owner, "a-key", &path(&acme), &body).await.with_status(201);
    app.clock.pass(DAY + Duration::from_secs(1));
    once(&app, &manage, "a-key", &path(&acme), &body).await.with_status(201);
    for bad in ["", &"x".repeat(256)] {
        once(&app, &manage, bad, &path(&acme), &body).await.with_status(400);
    }

    let rotate = format!("/v1/tokens/{}/rotate", made.text_at("/id"));
    let rotated = once(&app, &manage, "a-rotation", &rotate, &json!({})).await.with_status(200);
    let again = once(&app, &manage, "a-rotation", &rotate, &json!({})).await.with_status(200);
    assert!(again.json.get("secret").is_none());
    assert_eq!(again.json["hint"], rotated.json["hint"]);
    assert_eq!(app.code(made.text_at("/secret")).await, "VALID");
    app.end().await;
}

#[tokio::test]
async fn an_upsert_under_a_key_can_be_repeated_too() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let body = json!({"description": "deploy-bot", "external_id": "bot"});
    let made = create(&app, &acme, &manage, body.clone()).await.with_status(201);
    for _ in 0..2 {
        let again = once(&app, &manage, "a-key", &path(&acme), &body).await.with_status(200);
        assert_eq!(again.text_at("/id"), made.text_at("/id"));
    }
    app.end().await;
}

#[tokio::test]
async fn last_use_is_written_down_behind_the_verdict() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("used").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let last_used =
        async || app.get(&format!("/v1/tokens/{}", token.id), &manage).await.json["last_used_at"].clone();
    assert_eq!(last_used().await, Value::Null);
    app.clock.pass(DAY);
    let used: Time = app.clock.now();
    assert_eq!(app.code(&token.secret).await, "VALID");
    app.clock.pass(DAY);
    bailiwick::tokens::flush_last_used(&app.app.db, &app.app.tokens).await.expect("it holds here");
    assert_eq!(last_used().await, json!(used));
    // A verdict that lets nobody pass is no use.
    app.delete(&format!("/v1/tokens/{}", token.id), &manage).await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "REVOKED");
    bailiwick::tokens::flush_last_used(&app.app.db, &app.app.tokens).await.expect("it holds here");
    assert_eq!(last_used().await, json!(used));
    app.end().await;
}

#[tokio::test]
async fn a_sighting_keeps_the_prefix_of_the_secret_that_was_seen() {
    let app = TestApp::start().await;
    let secret = app.workspace("acme").await.token("deploy-bot").await.secret;
    let without_prefix = "x".repeat(64);
    app.report_github(&json!([{"token": secret}, {"token": without_prefix}])).await.with_status(200);
    let rows = app.sql("SELECT prefix, hint FROM sightings").await;
    let mut seen: Vec<(Option<String>, Option<String>)> = Vec::new();
    for row in &rows {
        seen.push((row.get("prefix").expect("a column"), row.get("hint").expect("a column")));
    }
    assert!(seen.contains(&(Some("bwk".to_owned()), Some(secret[4..9].to_owned()))), "{seen:?}");
    assert!(seen.contains(&(None, Some("xxxxx".to_owned()))), "{seen:?}");
    app.over().await;
}

#[tokio::test]
async fn no_secret_is_in_any_table_whatever_was_done_with_it() {
    let app = TestApp::with(&[("TRACK__ENDPOINT", "http://127.0.0.1:9"), ("TRACK__WRITE_KEY", "k")]).await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage, Scope::Verify]).await;
    let body = json!({"description": "deploy-bot", "external_id": "bot"});
    let made = once(&app, &manage, "a-key", &path(&acme), &body).await.with_status(201);
    let (id, first) = (made.text_at("/id"), made.text_at("/secret"));
    let second = rotate(&app, &manage, id, json!({})).await.with_status(200).text_at("/secret").to_owned();
    app.post("/v1/tokens/verify", &manage, &json!({"token": second})).await.with_status(200);
    let report =
        json!([{"token": format!("KEY={first}"), "url": "https://github.com/a/b"}, {"token": second}]);
    app.report_github(&report).await.with_status(200);
    app.report_gitlab(&report).await.with_status(204);
    app.post("/v1/tokens/self-revoke", "", &json!({"token": second})).await.with_status(204);
    app.work_off().await;

    let contents = app.contents().await;
    for secret in [first, &second, &manage] {
        assert_eq!(contents.tables_with(secret), Vec::<&str>::new());
        let body = secret.split_once('_').expect("it holds here").1;
        assert_eq!(contents.tables_with(body), Vec::<&str>::new());
    }
    // So that the search itself is known to find what is there.
    assert_eq!(contents.tables_with("a-key"), ["idempotency_keys"]);
    assert!(contents.tables_with(id).contains(&"tokens"));
    app.sql("DELETE FROM jobs").await;
    app.end().await;
}

#[tokio::test]
async fn two_idempotency_keys_are_refused() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let mut headers = TestApp::header("idempotency-key", "one");
    headers.append("idempotency-key", HeaderValue::from_static("two"));
    headers
        .insert("authorization", HeaderValue::try_from(format!("Bearer {manage}")).expect("it holds here"));
    let body = json!({"description": "deploy-bot"}).to_string().into_bytes();
    let refused = app.send_raw(Method::POST, &path(&acme), headers, body).await.with_status(400);
    assert_eq!(refused.text_at("/code"), "bad_idempotency_key");
    assert!(refused.text_at("/detail").contains("one Idempotency-Key"), "{}", refused.text);
    app.end().await;
}

#[tokio::test]
async fn an_end_is_the_last_second_that_can_be_written_or_is_in_the_form_of_rfc_3339() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let token = format!("/v1/tokens/{}", acme.token("deploy-bot").await.id);
    let never = "9999-12-31T23:59:59Z";
    let changed = app.patch(&token, &manage, &json!({"expires_at": never})).await.with_status(200);
    assert_eq!(changed.text_at("/expires_at"), never);
    for bad in ["20300101T000000Z", "2030-01-01 00:00Z", "2030-01-01T00:00:00-08:00[America/Los_Angeles]"] {
        app.patch(&token, &manage, &json!({"expires_at": bad})).await.with_status(422);
    }
    app.end().await;
}
