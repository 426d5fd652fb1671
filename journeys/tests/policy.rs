//! What becomes of a leaked token is the choice of its workspace: revoked, warned of, or warned of and revoked a day later.

use bailiwick::{config::Policy, permissions::Scope};
use serde_json::{Value, json};
use test_app::{TestApp, Workspace};
use time_and_chance::{Clock as _, Duration};

const DAY: Duration = Duration::from_hours(24);
const A_MICROSECOND: Duration = Duration::from_micros(1);

async fn report(app: &TestApp, secret: &str) {
    let report = json!([{"token": secret, "source": "commit", "url": "https://github.com/acme/app/blob/1f3a/config.py"}]);
    let answer = app.report_github(&report).await.with_status(200);
    assert_eq!(answer.json[0]["label"], "true_positive");
}

/// The token as its owner sees it.
async fn shown(app: &TestApp, acme: &Workspace<'_>, description: &str) -> Value {
    let key = app.operator_key(&[Scope::Manage]).await;
    let tokens = app.all(&format!("/v1/workspaces/{}/tokens", acme.id), &key).await;
    tokens.into_iter().find(|token| token["description"] == description).expect("a token of this description")
}

fn subjects(app: &TestApp) -> Vec<String> {
    app.mails().into_iter().map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn a_warned_token_works_on_and_its_owners_are_told_once() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn")]).await;
    let acme = app.workspace("acme").await.with_owner("bo@acme.example").await;
    let token = acme.token("deploy-bot").await.secret;
    report(&app, &token).await;
    assert_eq!(app.code(&token).await, "VALID");
    assert_eq!(shown(&app, &acme, "deploy-bot").await["state"], "warned");
    app.work_off().await;
    assert_eq!(subjects(&app).len(), 2);
    assert!(subjects(&app)[0].contains("replace it now"), "{:?}", subjects(&app));

    report(&app, &token).await;
    app.clock.pass(30 * DAY);
    report(&app, &token).await;
    app.run_scheduled("deadlines").await;
    app.work_off().await;
    assert_eq!(app.mails().len(), 2, "a repeat tells nothing new");
    assert_eq!(app.code(&token).await, "VALID");
    assert_eq!(acme.outcomes().await, ["warned"; 3]);
    assert_eq!(acme.audited("token.warned").await, 1);
    app.end().await;
}

#[tokio::test]
async fn a_day_after_the_warning_the_verdict_ends_without_any_job() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await.secret;
    report(&app, &token).await;
    let end = app.clock.now().plus(DAY);
    assert_eq!(shown(&app, &acme, "deploy-bot").await["revoke_after"], end.to_string());

    app.clock.pass(DAY.saturating_sub(A_MICROSECOND));
    assert_eq!(app.code(&token).await, "VALID");
    app.clock.pass(A_MICROSECOND);
    assert_eq!(app.code(&token).await, "REVOKED");
    assert_eq!(shown(&app, &acme, "deploy-bot").await["state"], "revoked");
    // To a partner, too, it is as dead as if somebody had written it down.
    report(&app, &token).await;
    let mut outcomes = acme.outcomes().await;
    outcomes.sort();
    assert_eq!(outcomes, ["already_revoked", "warned"]);
    app.over().await;
}

#[tokio::test]
async fn the_end_of_a_warning_is_written_down_once_and_told() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let acme = app.workspace("acme").await.with_owner("bo@acme.example").await;
    let token = acme.token("deploy-bot").await.secret;
    report(&app, &token).await;
    app.work_off().await;
    let end = app.clock.now().plus(DAY);
    assert!(
        subjects(&app)[0].contains("replace it before 24 November 2026, 12:00 UTC"),
        "{:?}",
        subjects(&app)
    );
    app.run_scheduled("deadlines").await;
    assert_eq!(acme.audited("token.grace_ended").await, 0);

    // The job comes late; what it writes down is the moment itself.
    app.clock.pass(DAY + Duration::from_hours(3));
    for _ in 0..2 {
        app.run_scheduled("deadlines").await;
        app.work_off().await;
    }
    let token_now = shown(&app, &acme, "deploy-bot").await;
    assert_eq!((&token_now["revoked_at"], &token_now["revoked_why"]), (&json!(end), &json!("exposed")));
    assert_eq!(acme.audited("token.grace_ended").await, 1);
    let ended: Vec<_> =
        app.mails().into_iter().filter(|mail| mail.subject.ends_with("no longer works")).collect();
    assert_eq!(ended.len(), 2);
    assert!(ended[0].text.contains("https://github.com/acme/app/blob/1f3a/config.py"), "{}", ended[0].text);
    assert_eq!(app.mails().len(), 4);
    app.end().await;
}

#[tokio::test]
async fn a_second_report_neither_prolongs_nor_shortens_the_day() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await.secret;
    report(&app, &token).await;
    app.clock.pass(DAY / 2);
    report(&app, &token).await;
    app.clock.pass((DAY / 2).saturating_sub(A_MICROSECOND));
    assert_eq!(app.code(&token).await, "VALID");
    app.clock.pass(A_MICROSECOND);
    assert_eq!(app.code(&token).await, "REVOKED");
    app.work_off().await;
    assert_eq!(app.mails().len(), 1);
    app.end().await;
}

#[tokio::test]
async fn a_workspaces_own_policy_counts_before_the_settings() {
    for (default, own, code) in [
        ("revoke", Policy::Warn, "VALID"),
        ("warn", Policy::Revoke, "REVOKED"),
        ("warn_then_revoke", Policy::Revoke, "REVOKED"),
    ] {
        let app = TestApp::with(&[("EXPOSURE__POLICY", default)]).await;
        let token = app.workspace_with("acme", Some(own)).await.token("deploy-bot").await.secret;
        let of_another = app.workspace("other").await.token("deploy-bot").await.secret;
        report(&app, &token).await;
        report(&app, &of_another).await;
        assert_eq!(app.code(&token).await, code, "{default}");
        assert_eq!(app.code(&of_another).await, if default == "revoke" { "REVOKED" } else { "VALID" });
        app.work_off().await;
        app.end().await;
    }
}

#[tokio::test]
async fn a_warned_token_is_judged_anew_by_the_policy_of_the_moment() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn")]).await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{}", acme.id);
    let (one, other) = (acme.token("one").await.secret, acme.token("other").await.secret);
    report(&app, &one).await;
    report(&app, &other).await;

    app.patch(&path, &manage, &json!({"exposure_policy": "warn_then_revoke"})).await.with_status(200);
    app.clock.pass(Duration::from_hours(1));
    report(&app, &one).await;
    assert_eq!(shown(&app, &acme, "one").await["revoke_after"], json!(app.clock.now().plus(DAY)));

    app.patch(&path, &manage, &json!({"exposure_policy": "revoke"})).await.with_status(200);
    report(&app, &other).await;
    assert_eq!((app.code(&one).await, app.code(&other).await), ("VALID", "REVOKED"));
    report(&app, &one).await;
    assert_eq!(app.code(&one).await, "REVOKED");

    // Back to the settings' own, which is milder: what is dead stays dead.
    app.patch(&path, &manage, &json!({"exposure_policy": null})).await.with_status(200);
    report(&app, &one).await;
    assert_eq!(app.code(&one).await, "REVOKED");
    app.work_off().await;
    // Twice warned and revoked: of one; warned and revoked: of the other.
    assert_eq!(app.mails().len(), 5);
    assert_eq!((acme.audited("token.warned").await, acme.audited("token.exposed").await), (3, 2));
    app.clock.pass(2 * DAY);
    app.run_scheduled("deadlines").await;
    app.work_off().await;
    assert_eq!(app.mails().len(), 5, "the end of a warning that was overtaken is no news");
    app.end().await;
}

#[tokio::test]
async fn a_warning_goes_with_the_secret_that_leaked_and_its_end_is_told() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await;
    report(&app, &token.secret).await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let overlap = json!({"overlap_seconds": 30 * 24 * 3600});
    let rotated =
        app.post(&format!("/v1/tokens/{}/rotate", token.id), &manage, &overlap).await.with_status(200);
    let current = rotated.text_at("/secret");
    app.work_off().await;
    assert!(subjects(&app)[0].contains("replace it before"), "{:?}", subjects(&app));

    app.clock.pass(DAY);
    assert_eq!((app.code(&token.secret).await, app.code(current).await), ("REVOKED", "VALID"));
    app.run_scheduled("deadlines").await;
    app.work_off().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 2, "the end is told");
    assert!(mails[1].subject.contains("a former secret of token"), "{}", mails[1].subject);
    assert!(mails[1].text.contains("works on with its present secret"), "{}", mails[1].text);
    assert_eq!(app.code(current).await, "VALID");
    app.end().await;
}

#[tokio::test]
async fn the_end_of_a_warning_is_no_news_of_a_token_that_its_owner_revoked() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let (plain, rotated) = (acme.token("plain").await, acme.token("rotated").await);
    report(&app, &plain.secret).await;
    report(&app, &rotated.secret).await;
    app.work_off().await;
    let overlap = json!({"overlap_seconds": 30 * 24 * 3600});
    app.post(&format!("/v1/tokens/{}/rotate", rotated.id), &manage, &overlap).await.with_status(200);
    for token in [&plain, &rotated] {
        app.delete(&format!("/v1/tokens/{}", token.id), &manage).await.with_status(200);
    }
    app.clock.pass(2 * DAY);
    app.run_scheduled("deadlines").await;
    app.work_off().await;
    assert_eq!(app.mails().len(), 2, "only the warnings themselves");
    assert_eq!(acme.audited("token.grace_ended").await, 0);
    app.end().await;
}

/// When a verdict says that a secret ends.
async fn verdict_end(app: &TestApp, secret: &str) -> Value {
    let key = app.operator_key(&[Scope::Verify]).await;
    let verdict = app.post("/v1/tokens/verify", &key, &json!({"token": secret})).await.with_status(200);
    verdict.json["expires_at"].clone()
}

#[tokio::test]
async fn the_end_of_a_leaked_secret_is_told_before_and_after_its_rotation() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let token = acme.token("deploy-bot").await;
    report(&app, &token.secret).await;
    let end = json!(app.clock.now().plus(DAY).to_string());
    assert_eq!(verdict_end(&app, &token.secret).await, end);

    let overlap = json!({"overlap_seconds": 30 * 24 * 3600});
    let rotated =
        app.post(&format!("/v1/tokens/{}/rotate", token.id), &manage, &overlap).await.with_status(200);
    assert_eq!((&rotated.json["overlap_until"], &rotated.json["revoke_after"]), (&end, &Value::Null));
    assert_eq!(verdict_end(&app, &token.secret).await, end);
    assert_eq!(verdict_end(&app, rotated.text_at("/secret")).await, Value::Null);
    app.clock.pass(DAY);
    assert_eq!(app.code(&token.secret).await, "REVOKED");
    assert_eq!(shown(&app, &acme, "deploy-bot").await["overlap_until"], Value::Null);
    app.work_off().await;
    app.run_scheduled("deadlines").await;
    app.over().await;
}

#[tokio::test]
async fn an_overlap_ends_with_its_token() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let made = json!({"description": "deploy-bot", "expires_in": 3600});
    let made = app.post(&format!("/v1/workspaces/{}/tokens", acme.id), &manage, &made).await.with_status(201);
    let path = format!("/v1/tokens/{}", made.text_at("/id"));
    let rotated = app.post(&format!("{path}/rotate"), &manage, &json!({"overlap_seconds": 86400})).await;
    assert_eq!(rotated.json["overlap_until"], made.json["expires_at"]);
    app.delete(&path, &manage).await.with_status(200);
    assert_eq!(shown(&app, &acme, "deploy-bot").await["overlap_until"], Value::Null);
    app.end().await;
}
