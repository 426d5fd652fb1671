//! Two at once change the same thing on two nodes: whatever there is at most, or at least, one of is one afterwards.

use axum::http::{HeaderMap, HeaderValue, Method};
use bailiwick::permissions::Scope;
use serde_json::json;
use test_app::{Answer, TestApp};

/// How often each race is run.
const ROUNDS: usize = 25;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_who_remove_each_other_one_stays() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    for round in 0..ROUNDS {
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
    for round in 0..ROUNDS {
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
    headers.insert("authorization", HeaderValue::try_from(format!("Bearer {key}")).expect("visible ASCII"));
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
    let body = serde_json::to_vec(&json!({"description": "deploy-bot"})).unwrap();
    for round in 0..ROUNDS {
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
    assert_eq!(app.all(&path, &manage).await.len(), ROUNDS);
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_idempotency_key_twice_at_once_makes_one_workspace() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let body = serde_json::to_vec(&json!({"name": "Acme", "owner": {"mail": "ana@acme.example"}})).unwrap();
    for round in 0..ROUNDS {
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
    for round in 0..ROUNDS {
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
