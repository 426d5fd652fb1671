//! Two nodes at once: whatever may happen once happens once, and nobody waits for each other for ever.

use axum::http::{HeaderMap, HeaderValue, Method};
use bailiwick::permissions::Scope;
use serde_json::{Value, json};
use test_app::{Answer, Database, TestApp, Workspace};

/// How often each race is run.
const ROUNDS: usize = 100;

fn report_of<'a>(secrets: impl IntoIterator<Item = &'a String>) -> Value {
    secrets.into_iter().map(|secret| json!({"token": secret, "source": "commit"})).collect()
}

async fn secrets(workspace: &Workspace<'_>, count: usize) -> Vec<String> {
    let mut secrets = Vec::with_capacity(count);
    for _ in 0..count {
        secrets.push(workspace.token("one of many").await.secret);
    }
    secrets
}

/// How many deadlocks PostgreSQL has had to break in this database.
async fn deadlocks(app: &TestApp) -> i64 {
    if !Database::is_postgres() {
        return 0;
    }
    let rows = app.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await;
    rows[0].get("deadlocks").expect("it holds here")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_with_the_same_report_revoke_once_and_mail_once() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let acme = app.workspace("acme").await;
    for token in secrets(&acme, ROUNDS).await {
        let report = report_of([&token]);
        let (here, there) = tokio::join!(app.report_github(&report), other.report_github(&report));
        for answer in [here, there] {
            assert_eq!(answer.with_status(200).json[0]["label"], "true_positive");
        }
        assert_eq!(app.code(&token).await, "REVOKED");
    }
    let mut outcomes = acme.outcomes().await;
    outcomes.sort();
    let expected = [vec!["already_revoked"; ROUNDS], vec!["revoked"; ROUNDS]].concat();
    assert_eq!(outcomes, expected);
    assert_eq!(acme.audited("token.exposed").await, ROUNDS);

    tokio::join!(app.work_off(), other.work_off());
    app.work_off().await;
    assert_eq!(app.mails().len(), ROUNDS);
    assert_eq!(app.contents().await.rows("mails"), ROUNDS);
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_with_each_others_items_in_another_order_do_not_deadlock() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let acme = app.workspace("acme").await;
    // More than a chunk, so that the order must hold from one statement to the next.
    let known = secrets(&acme, 120).await;
    for fresh in secrets(&acme, 2 * ROUNDS).await.chunks(2) {
        let there: Vec<&String> = known.iter().rev().chain(fresh.iter().rev()).collect();
        let here: Vec<&String> = fresh.iter().chain(&known).collect();
        let (here, there) = (report_of(here), report_of(there));
        let (here, there) = tokio::join!(app.report_github(&here), other.report_github(&there));
        here.with_status(200);
        there.with_status(200);
    }
    assert_eq!(acme.audited("token.exposed").await, 120 + 2 * ROUNDS);
    tokio::join!(app.work_off(), other.work_off());
    app.work_off().await;
    assert_eq!(app.mails().len(), 120 + 2 * ROUNDS);
    other.end_node().await;
    assert_eq!(deadlocks(&app).await, 0);
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_end_the_same_warnings_say_so_once() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let other = app.second_node().await;
    let acme = app.workspace("acme").await;
    let tokens = secrets(&acme, ROUNDS).await;
    app.report_github(&report_of(&tokens)).await.with_status(200);
    app.work_off().await;
    app.clock.pass(std::time::Duration::from_hours(24));
    tokio::join!(app.run_scheduled("deadlines"), other.run_scheduled("deadlines"));
    assert_eq!(acme.audited("token.grace_ended").await, ROUNDS);
    tokio::join!(app.work_off(), other.work_off());
    app.work_off().await;
    assert_eq!(app.mails().len(), 2 * ROUNDS);
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_who_remove_each_other_one_stays() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    for round in 0..ROUNDS / 4 {
        let acme = app.workspace(&format!("acme{round}")).await.with_owner("bo@acme.example").await;
        let (ana, bo) = (format!("ana@acme{round}.example"), "bo@acme.example".to_owned());
        let members = format!("/v1/workspaces/{}/members", acme.id);
        let remove = [
            format!("{members}/{}", acme.member_named(&ana).await),
            format!("{members}/{}", acme.member_named(&bo).await),
        ];
        let (here, there) = tokio::join!(app.delete(&remove[0], &manage), other.delete(&remove[1], &manage));
        let mut statuses = [here.status.as_u16(), there.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{} {}", here.text, there.text);
        let left = app.all(&members, &manage).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0]["role"], "owner");
    }
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_who_demote_each_other_one_stays() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    for round in 0..ROUNDS / 4 {
        let acme = app.workspace(&format!("acme{round}")).await.with_owner("bo@acme.example").await;
        let members = format!("/v1/workspaces/{}/members", acme.id);
        let demoted = |mail: &str| json!({"mail": mail, "role": "member"});
        let (ana, bo) = (demoted(&format!("ana@acme{round}.example")), demoted("bo@acme.example"));
        let (here, there) =
            tokio::join!(app.post(&members, &manage, &ana), other.post(&members, &manage, &bo));
        let mut statuses = [here.status.as_u16(), there.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", here.text, there.text);
    }
    other.end_node().await;
    app.end().await;
}

fn once(key: &str, idempotency: &str) -> HeaderMap {
    let mut headers = TestApp::header("idempotency-key", idempotency);
    headers.insert("authorization", HeaderValue::try_from(format!("Bearer {key}")).expect("it holds here"));
    headers
}

/// The ids of two answers, of which one made something and the other found it.
fn one_made_it(here: &Answer, there: &Answer) -> String {
    let mut statuses = [here.status.as_u16(), there.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201], "{} {}", here.text, there.text);
    assert_eq!(here.text_at("/id"), there.text_at("/id"));
    here.text_at("/id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_idempotency_key_twice_at_once_makes_one_token() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    let path = format!("/v1/workspaces/{}/tokens", acme.id);
    let body = serde_json::to_vec(&json!({"description": "deploy-bot"})).expect("it holds here");
    for round in 0..ROUNDS / 4 {
        let headers = once(&manage, &format!("key-{round}"));
        let (here, there) = tokio::join!(
            app.send_raw(Method::POST, &path, headers.clone(), body.clone()),
            other.send_raw(Method::POST, &path, headers.clone(), body.clone()),
        );
        one_made_it(&here, &there);
        assert_ne!(
            here.json.get("secret").is_some(),
            there.json.get("secret").is_some(),
            "the secret is shown once"
        );
    }
    assert_eq!(app.all(&path, &manage).await.len(), ROUNDS / 4);
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_idempotency_key_twice_at_once_makes_one_workspace() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let body = serde_json::to_vec(&json!({"name": "Acme", "owner": {"mail": "ana@acme.example"}}))
        .expect("it holds here");
    for round in 0..ROUNDS / 4 {
        let headers = once(&manage, &format!("key-{round}"));
        let (here, there) = tokio::join!(
            app.send_raw(Method::POST, "/v1/workspaces", headers.clone(), body.clone()),
            other.send_raw(Method::POST, "/v1/workspaces", headers.clone(), body.clone()),
        );
        one_made_it(&here, &there);
    }
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_external_id_twice_at_once_makes_one_of_each() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    for round in 0..ROUNDS / 4 {
        let owner =
            json!({"mail": format!("ana@acme{round}.example"), "external_id": format!("person {round}")});
        let workspace = json!({"name": "Acme", "external_id": format!("customer {round}"), "owner": owner});
        let both = tokio::join!(
            app.post("/v1/workspaces", &manage, &workspace),
            other.post("/v1/workspaces", &manage, &workspace)
        );
        let id = one_made_it(&both.0, &both.1);

        let path = format!("/v1/workspaces/{id}/tokens");
        let token = json!({"description": "deploy-bot", "external_id": "the bot"});
        let both = tokio::join!(app.post(&path, &manage, &token), other.post(&path, &manage, &token));
        one_made_it(&both.0, &both.1);

        let path = format!("/v1/workspaces/{id}/members");
        let member = json!({"mail": "bo@acme.example", "external_id": format!("bo {round}")});
        let both = tokio::join!(app.post(&path, &manage, &member), other.post(&path, &manage, &member));
        if round == 0 {
            one_made_it(&both.0, &both.1);
        } else {
            // Bo is known by another id.
            both.0.with_status(409);
            both.1.with_status(409);
        }
        assert_eq!(app.all(&path, &manage).await.len(), if round == 0 { 2 } else { 1 });
    }
    other.end_node().await;
    app.end().await;
}
