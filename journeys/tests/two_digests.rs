//! A vendor imports the old SHA-1 column of its tokens, and later the newer SHA-256 column of the same tokens. Each secret
//! then opens two tokens of ours, and whatever ends it must end it as both.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use bailiwick::{permissions::Scope, tokens};
use serde_json::{Value, json};
use test_app::{TestApp, Workspace};
use time_and_chance::{Clock as _, Duration};

/// The two columns, in the order in which they are imported.
const COLUMNS: [(&str, &digest::Algorithm); 2] =
    [("sha1", &digest::SHA1_FOR_LEGACY_USE_ONLY), ("sha256", &digest::SHA256)];

fn secret(number: u32) -> String {
    format!("bwk_{number:064}")
}

/// Imports this secret twice; each line has more besides.
async fn import_twice(acme: &Workspace<'_>, secret: &str, more: [Value; 2]) {
    for ((name, algorithm), more) in COLUMNS.into_iter().zip(more) {
        let bytes = digest::digest(algorithm, secret.as_bytes());
        let hex = bytes.as_ref().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a String takes any text");
            hex
        });
        let mut line = json!({
            "digest": hex, "algorithm": name, "encoding": "hex", "prefix_hashed": true, "version": 2,
            "prefix": "bwk", "description": name,
        });
        line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        acme.import(&[line]).await;
    }
}

fn nothing_more() -> [Value; 2] {
    [json!({}), json!({})]
}

/// The state of each of the workspace's tokens, the first import's first.
async fn states(app: &TestApp, acme: &Workspace<'_>, key: &str) -> Vec<String> {
    let tokens = app.all(&format!("/v1/workspaces/{}/tokens", acme.id), key).await;
    let mut states: Vec<(String, String)> = Vec::new();
    for token in &tokens {
        let text = |name: &str| token[name].as_str().expect("a text").to_owned();
        states.push((text("description"), text("state")));
    }
    states.sort();
    states.into_iter().map(|(_, state)| state).collect()
}

#[tokio::test]
async fn a_report_ends_every_token_that_the_secret_opens() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    import_twice(&acme, &secret(1), nothing_more()).await;
    assert_eq!(app.code(&secret(1)).await, "VALID");

    let report = json!([{"token": secret(1), "url": "https://github.com/a/b"}, {"token": secret(1)}]);
    let feedback = app.report_github(&report).await.with_status(200).json;
    assert_eq!(feedback.as_array().expect("a list").len(), 2);
    assert_eq!(states(&app, &acme, &manage).await, ["revoked", "revoked"]);
    assert_eq!(app.code(&secret(1)).await, "REVOKED");
    let mut outcomes = acme.outcomes().await;
    outcomes.sort();
    assert_eq!(outcomes, ["already_revoked", "already_revoked", "revoked", "revoked"]);
    assert_eq!(acme.audited("token.exposed").await, 2);
    app.work_off().await;
    assert_eq!(app.mails().len(), 2);
    app.end().await;
}

#[tokio::test]
async fn a_verdict_is_the_strictest_of_what_the_tokens_allow() {
    let app = TestApp::start().await;
    let (manage, verify) =
        (app.operator_key(&[Scope::Manage]).await, app.operator_key(&[Scope::Verify]).await);
    let acme = app.workspace("acme").await;
    let ends = app.clock.now().plus(Duration::from_hours(1));
    for (number, more) in [
        (1, [json!({"role": "owner", "external_id": "kept"}), json!({"external_id": "revoked"})]),
        (2, [json!({"external_id": "revoked too"}), json!({"role": "owner", "external_id": "kept too"})]),
        (3, [json!({"expires_at": ends, "role": "owner"}), json!({})]),
        (4, [json!({}), json!({"expires_at": ends, "role": "owner"})]),
    ] {
        import_twice(&acme, &secret(number), more).await;
        let verdict = app.post("/v1/tokens/verify", &verify, &json!({"token": secret(number)})).await.json;
        assert_eq!((&verdict["code"], &verdict["role"]), (&json!("VALID"), &json!("member")));
    }
    let tokens = app.all(&format!("/v1/workspaces/{}/tokens", acme.id), &manage).await;
    for token in tokens
        .iter()
        .filter(|token| token["external_id"].as_str().is_some_and(|id| id.starts_with("revoked")))
    {
        let path = format!("/v1/tokens/{}", token["id"].as_str().expect("an id"));
        app.delete(&path, &manage).await.with_status(200);
    }
    app.clock.pass(Duration::from_hours(1));
    let mut codes = Vec::new();
    for number in 1..=4 {
        codes.push(app.code(&secret(number)).await);
    }
    assert_eq!(codes, ["REVOKED", "REVOKED", "EXPIRED", "EXPIRED"]);
    app.end().await;
}

#[tokio::test]
async fn whoever_holds_the_secret_ends_every_token_that_it_opens() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    import_twice(&acme, &secret(1), nothing_more()).await;
    for _ in 0..2 {
        app.post("/v1/tokens/self-revoke", "", &json!({"token": secret(1)})).await.with_status(204);
    }
    assert_eq!(states(&app, &acme, &manage).await, ["revoked", "revoked"]);
    assert_eq!(acme.audited("token.revoked").await, 2, "twice is harmless");
    app.end().await;
}

#[tokio::test]
async fn a_use_is_noted_of_every_token_that_the_secret_opens() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    import_twice(&acme, &secret(1), nothing_more()).await;
    assert_eq!(app.code(&secret(1)).await, "VALID");
    tokens::flush_last_used(&app.app.db, &app.app.tokens).await.expect("the database answers");
    // Or the lever for an incident would take the other one for unused, and end the secret by it.
    let unused = json!({"unused_since": app.clock.now(), "dry_run": true});
    let path = format!("/v1/workspaces/{}/tokens/revoke", acme.id);
    assert_eq!(app.post(&path, &manage, &unused).await.with_status(200).json["count"], 0);
    app.end().await;
}
