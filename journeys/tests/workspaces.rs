//! Workspaces and the people in them, kept in step with the product.

use axum::http::{HeaderValue, Method};
use bailiwick::permissions::Scope;
use serde_json::{Value, json};
use test_app::{Answer, TestApp};

async fn create(app: &TestApp, key: &str, body: Value) -> Answer {
    app.post("/v1/workspaces", key, &body).await
}

fn ana() -> Value {
    json!({"mail": "ana@acme.example"})
}

/// The mail addresses of the members, with their roles.
async fn members(app: &TestApp, key: &str, workspace: &str) -> Vec<(String, String)> {
    let members = app.all(&format!("/v1/workspaces/{workspace}/members"), key).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut members: Vec<_> =
        members.iter().map(|member| (text(&member["mail"]), text(&member["role"]))).collect();
    members.sort();
    members
}

fn pairs(members: &[(String, String)]) -> Vec<(&str, &str)> {
    members.iter().map(|(mail, role)| (mail.as_str(), role.as_str())).collect()
}

#[tokio::test]
async fn a_workspace_is_made_with_its_owner_and_found_by_its_external_id() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let body =
        json!({"name": "Acme", "external_id": "customer 7", "exposure_policy": "warn", "owner": ana()});
    let made = create(&app, &manage, body).await.with_status(201);
    let id = made.text_at("/id");
    assert_eq!(
        (made.text_at("/name"), made.text_at("/state"), made.text_at("/kind")),
        ("Acme", "active", "customer")
    );
    create(&app, &manage, json!({"name": "Other", "owner": ana()})).await.with_status(201);

    let found = app.get("/v1/workspaces?external_id=customer%207", &manage).await.with_status(200);
    assert_eq!(found.json["items"], json!([made.json]));
    // The product tells of it again: another name, one more owner; the policy stays.
    let body = json!({"name": "Acme Ltd", "external_id": "customer 7", "owner": {"mail": "bo@acme.example"}});
    let again = create(&app, &manage, body).await.with_status(200);
    assert_eq!(
        (again.text_at("/id"), again.text_at("/name"), again.text_at("/exposure_policy")),
        (id, "Acme Ltd", "warn")
    );
    assert_eq!(
        pairs(&members(&app, &manage, id).await),
        [("ana@acme.example", "owner"), ("bo@acme.example", "owner")]
    );
    assert_eq!(app.all("/v1/workspaces", &manage).await.len(), 2);
    app.end().await;
}

#[tokio::test]
async fn a_workspace_that_is_asked_for_twice_under_one_key_is_made_once() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let mut headers = TestApp::header("idempotency-key", "a-key");
    headers
        .insert("authorization", HeaderValue::try_from(format!("Bearer {manage}")).expect("it holds here"));
    let send = async |name: &str| {
        let body = serde_json::to_vec(&json!({"name": name, "owner": ana()})).expect("it holds here");
        app.send_raw(Method::POST, "/v1/workspaces", headers.clone(), body).await
    };
    let made = send("Acme").await.with_status(201);
    assert_eq!(send("Acme").await.with_status(200).text_at("/id"), made.text_at("/id"));
    send("Other").await.with_status(422);
    assert_eq!(app.all("/v1/workspaces", &manage).await.len(), 1);
    app.end().await;
}

#[tokio::test]
async fn what_cannot_be_a_workspace_is_refused() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    for body in [
        json!({"name": "Acme"}),
        json!({"name": "", "owner": ana()}),
        json!({"name": "a\u{0}b", "owner": ana()}),
        json!({"name": "Acme", "owner": {"mail": "not an address"}}),
        json!({"name": "Acme", "owner": {"mail": "ana@acme.example\r\nBcc: all@acme.example"}}),
        json!({"name": "Acme", "owner": ana(), "exposure_policy": "ignore"}),
        json!({"name": "Acme", "owner": ana(), "external_id": " "}),
    ] {
        let answer = create(&app, &manage, body.clone()).await;
        assert_eq!(answer.status.as_u16(), 422, "{body}: {}", answer.text);
    }
    assert_eq!(app.all("/v1/workspaces", &manage).await.len(), 0);
    app.end().await;
}

#[tokio::test]
async fn a_suspension_closes_every_token_and_its_end_opens_them() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let (token, owner) = (acme.token("deploy-bot").await.secret, acme.owners_token("owner").await.secret);
    let manage = app.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{}", acme.id);
    let suspended = app.patch(&path, &manage, &json!({"suspended": true})).await.with_status(200);
    assert_eq!(suspended.text_at("/state"), "suspended");
    assert_eq!(app.code(&token).await, "DISABLED");
    app.get(&format!("{path}/tokens"), &owner).await.with_status(401);
    app.patch(&path, &manage, &json!({"name": "Acme Ltd"})).await.with_status(200);
    assert_eq!(app.code(&token).await, "DISABLED", "a rename does not end it");
    app.patch(&path, &manage, &json!({"suspended": false})).await.with_status(200);
    assert_eq!(app.code(&token).await, "VALID");
    let events = ["workspace.suspended", "workspace.changed", "workspace.resumed"];
    for event in events {
        assert_eq!(acme.audited(event).await, 1, "{event}");
    }
    app.end().await;
}

#[tokio::test]
async fn a_deleted_workspace_is_gone_for_everyone() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await;
    let owner = acme.owners_token("owner").await.secret;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{}", acme.id);
    app.delete(&path, &manage).await.with_status(204);
    assert_eq!(app.code(&token.secret).await, "REVOKED");
    for gone in [
        path.clone(),
        format!("{path}/tokens"),
        format!("{path}/members"),
        format!("{path}/audit"),
        format!("{path}/sightings"),
        format!("/v1/tokens/{}", token.id),
    ] {
        app.get(&gone, &manage).await.with_status(404);
        app.get(&gone, &owner).await.with_status(401);
    }
    app.delete(&path, &manage).await.with_status(404);
    app.post(&format!("{path}/tokens"), &manage, &json!({"description": "x"})).await.with_status(404);
    app.delete(&format!("/v1/tokens/{}", token.id), &manage).await.with_status(404);
    app.end().await;
}

#[tokio::test]
async fn a_member_is_added_once_gets_another_role_and_goes() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{}/members", acme.id);
    let bo = json!({"mail": "Bo@Acme.example", "name": "Bo", "external_id": "person 2"});
    let made = app.post(&path, &manage, &bo).await.with_status(201);
    assert_eq!((made.text_at("/role"), made.text_at("/name")), ("member", "Bo"));
    let id = made.text_at("/id").to_owned();
    let again =
        app.post(&path, &manage, &json!({"mail": "bo@acme.EXAMPLE", "role": "owner"})).await.with_status(200);
    assert_eq!((again.text_at("/id"), again.text_at("/role")), (id.as_str(), "owner"));
    // The product knows Bo by an id, under which the address may change.
    let demoted = json!({"mail": "bo@new.example", "external_id": "person 2", "role": "member"});
    let moved = app.post(&path, &manage, &demoted).await.with_status(200);
    assert_eq!(
        (moved.text_at("/id"), moved.text_at("/mail"), moved.text_at("/role")),
        (id.as_str(), "bo@new.example", "member")
    );
    app.post(&path, &manage, &json!({"mail": "ana@acme.example", "external_id": "person 1"}))
        .await
        .with_status(200);
    let taken = app
        .post(&path, &manage, &json!({"mail": "ana@acme.example", "external_id": "person 2"}))
        .await
        .with_status(409);
    assert!(taken.text_at("/detail").ends_with('.'));

    app.delete(&format!("{path}/{id}"), &manage).await.with_status(204);
    app.delete(&format!("{path}/{id}"), &manage).await.with_status(404);
    assert_eq!(pairs(&members(&app, &manage, acme.id.as_str()).await), [("ana@acme.example", "owner")]);
    // Who comes back is the same person, and a new member.
    let back = app.post(&path, &manage, &json!({"mail": "bo@new.example"})).await.with_status(201);
    assert_eq!(back.json["person_id"], made.json["person_id"]);
    assert_ne!(back.text_at("/id"), id);
    app.end().await;
}

#[tokio::test]
async fn the_last_owner_neither_goes_nor_becomes_a_member() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await.with_member("bo@acme.example").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{}/members", acme.id);
    let ana_id = acme.member_named("ana@acme.example").await;
    let refused = app.delete(&format!("{path}/{ana_id}"), &manage).await.with_status(409);
    assert_eq!(refused.text_at("/code"), "last_owner");
    app.post(&path, &manage, &json!({"mail": "ana@acme.example", "role": "member"})).await.with_status(409);
    app.post(&path, &manage, &json!({"mail": "bo@acme.example", "role": "owner"})).await.with_status(200);
    app.delete(&format!("{path}/{ana_id}"), &manage).await.with_status(204);
    assert_eq!(pairs(&members(&app, &manage, acme.id.as_str()).await), [("bo@acme.example", "owner")]);
    app.end().await;
}

#[tokio::test]
async fn an_owners_token_adds_people_but_does_not_say_who_they_are() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let owner = acme.owners_token("owner").await.secret;
    let path = format!("/v1/workspaces/{}/members", acme.id);
    app.post(&path, &owner, &json!({"mail": "bo@acme.example"})).await.with_status(201);
    for more in ["name", "external_id"] {
        let mut body = json!({"mail": "cy@acme.example"});
        body[more] = json!("somebody else's");
        app.post(&path, &owner, &body).await.with_status(403);
    }
    // Another workspace's members are as good as none.
    let other = app.workspace("other").await;
    let theirs = format!("/v1/workspaces/{}/members", other.id);
    app.get(&theirs, &owner).await.with_status(404);
    app.post(&theirs, &owner, &json!({"mail": "bo@acme.example"})).await.with_status(404);
    let member = other.member_named("ana@other.example").await;
    app.delete(&format!("{theirs}/{member}"), &owner).await.with_status(404);
    app.delete(&format!("{path}/{member}"), &owner).await.with_status(404);
    app.end().await;
}

#[tokio::test]
async fn a_leak_is_told_to_whoever_owns_the_workspace_then() {
    let app = TestApp::start().await;
    let acme =
        app.workspace("acme").await.with_owner("bo@acme.example").await.with_member("cy@acme.example").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{}/members", acme.id);
    let token = acme.token("deploy-bot").await.secret;
    app.delete(&format!("{path}/{}", acme.member_named("ana@acme.example").await), &manage)
        .await
        .with_status(204);
    app.post(&path, &manage, &json!({"mail": "cy@acme.example", "role": "owner"})).await.with_status(200);
    app.report_github(&json!([{"token": token}])).await.with_status(200);
    app.work_off().await;
    let mut to: Vec<_> = app.mails().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, ["bo@acme.example", "cy@acme.example"]);
    app.end().await;
}

#[tokio::test]
async fn the_audit_says_who_did_what_newest_first() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let owner = acme.owners_token("owner").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    app.clock.pass(std::time::Duration::from_secs(1));
    let token = app
        .post(&format!("/v1/workspaces/{}/tokens", acme.id), &owner.secret, &json!({"description": "x"}))
        .await;
    let (id, secret) = (token.text_at("/id"), token.text_at("/secret"));
    app.clock.pass(std::time::Duration::from_secs(1));
    app.patch(&format!("/v1/tokens/{id}"), &manage, &json!({"description": "y"})).await.with_status(200);
    app.clock.pass(std::time::Duration::from_secs(1));
    app.report_github(&json!([{"token": secret}])).await.with_status(200);
    let audit = app
        .get(&format!("/v1/workspaces/{}/audit?limit=3", acme.id), &owner.secret)
        .await
        .with_status(200)
        .json;
    let told: Vec<_> = audit["items"]
        .as_array()
        .expect("it holds here")
        .iter()
        .map(|one| {
            (
                one["event"].as_str().expect("it holds here"),
                one["actor"]["kind"].as_str().expect("it holds here"),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("token.exposed", "partner"), ("token.changed", "operator_key"), ("token.created", "token")]
    );
    assert_eq!(audit["items"][2]["actor"]["id"], json!(owner.id));
    assert!(audit["items"].as_array().expect("it holds here").iter().all(|entry| entry["target"] == id));
    app.over().await;
}
