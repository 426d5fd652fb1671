//! Who may call what: every route has its row, and the row holds.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, Method};
use bailiwick::permissions::Scope;
use serde_json::{Value, json};
use test_app::TestApp;

/// What each caller gets: nobody, an owner's token of another workspace, a member's token, an operator key that may only
/// verify, one that is only for security, one that only lets into the console, an owner's token, an operator key that may manage.
type Statuses = [u16; 8];

struct Row {
    method: Method,
    path: &'static str,
    body: Value,
    statuses: Statuses,
}

fn row(method: Method, path: &'static str, body: Value, statuses: Statuses) -> Row {
    Row { method, path, body, statuses }
}

/// A hash as another sign-in might have left it, of 31 dots.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuu...............................";

const WHO: [&str; 8] =
    ["nobody", "another's owner", "member", "verifier", "security", "portal", "owner", "manager"];

/// One row a route. What a member may not see looks to them, and to other workspaces, like what does not exist.
fn table() -> Vec<Row> {
    use Method as M;
    let owner = json!({"mail": "new@example.com"});
    let none = Value::Null;
    let public = |status| [status; 8];
    let owners = |ok| [401, 404, 404, 403, 403, 403, ok, ok];
    let verifiers = |ok| [401, 403, 403, ok, 403, 403, 403, 403];
    let operators = |ok| [401, 403, 403, 403, 403, 403, 403, ok];
    vec![
        row(M::POST, "/v1/workspaces", json!({"name": "New", "owner": owner}), operators(201)),
        row(M::GET, "/v1/workspaces", none.clone(), operators(200)),
        row(M::GET, "/v1/workspaces/{workspace}", none.clone(), operators(200)),
        row(M::PATCH, "/v1/workspaces/{workspace}", json!({"name": "Other"}), operators(200)),
        row(M::DELETE, "/v1/workspaces/{workspace}", none.clone(), operators(204)),
        row(M::POST, "/v1/workspaces/{workspace}/members", json!({"mail": "new@example.com"}), owners(201)),
        row(M::GET, "/v1/workspaces/{workspace}/members", none.clone(), owners(200)),
        row(M::DELETE, "/v1/workspaces/{workspace}/members/{member}", none.clone(), owners(204)),
        row(M::POST, "/v1/workspaces/{workspace}/tokens", json!({"description": "new"}), owners(201)),
        row(M::GET, "/v1/workspaces/{workspace}/tokens", none.clone(), owners(200)),
        row(
            M::POST,
            "/v1/workspaces/{workspace}/tokens/revoke",
            json!({"role": "owner", "dry_run": true}),
            [401, 404, 404, 403, 200, 403, 200, 200],
        ),
        row(M::GET, "/v1/workspaces/{workspace}/sightings", none.clone(), owners(200)),
        row(M::GET, "/v1/workspaces/{workspace}/audit", none.clone(), owners(200)),
        row(M::GET, "/v1/tokens/{token}", none.clone(), owners(200)),
        row(M::PATCH, "/v1/tokens/{token}", json!({"description": "other"}), owners(200)),
        row(M::DELETE, "/v1/tokens/{token}", none.clone(), owners(200)),
        row(M::POST, "/v1/tokens/{token}/rotate", json!({}), owners(200)),
        row(M::POST, "/v1/tokens/{token}/end-former", none.clone(), owners(200)),
        row(M::POST, "/v1/tokens/verify", json!({"token": "x"}), verifiers(200)),
        // Whoever holds a token may end it: here, none of ours is shown.
        row(M::POST, "/v1/tokens/self-revoke", json!({"token": "x"}), public(404)),
        // Partners prove themselves by a signature, or by the secret of the settings, and by no key of ours.
        row(M::POST, "/v1/exposures/github", json!([]), public(401)),
        row(M::POST, "/v1/exposures/gitlab", json!([]), public(401)),
        row(M::GET, "/v1/revocable_token_types", none.clone(), public(401)),
        row(M::POST, "/v1/revoke_tokens", json!([]), public(401)),
        // Whoever is signed in shows a cookie, and by none of our keys is anybody signed in.
        row(M::GET, "/v1/session", none.clone(), public(401)),
        row(
            M::POST,
            "/v1/session/exchange",
            json!({"code": "x", "to": "https://app.example.com/"}),
            verifiers(422),
        ),
        row(
            M::POST,
            "/v1/portal-links",
            json!({"workspace": "{workspace}", "person": "bo@example.com"}),
            [401, 403, 403, 403, 403, 201, 403, 403],
        ),
        row(
            M::POST,
            "/v1/passwords/import",
            json!({"items": [{"person": "bo@example.com", "hash": BCRYPT}]}),
            operators(200),
        ),
        row(M::GET, "/.well-known/jwks.json", none.clone(), public(200)),
        row(M::GET, "/healthz", none.clone(), public(200)),
        row(M::GET, "/readyz", none.clone(), public(200)),
        row(M::GET, "/metrics", none.clone(), public(200)),
        row(M::GET, "/openapi.json", none.clone(), public(200)),
        row(M::GET, "/docs", none.clone(), public(200)),
        row(M::GET, "/docs/style.css", none, public(200)),
    ]
}

/// Routes of pages about the API itself, which its description does not list. A test of the sources finds those that lack.
const UNDOCUMENTED: [(&str, &str); 3] =
    [("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/docs/style.css")];

#[tokio::test]
async fn every_route_stands_in_the_table() {
    let app = TestApp::start().await;
    let openapi = app.get("/openapi.json", "").await.with_status(200).json;
    let mut routes: BTreeSet<(String, String)> =
        UNDOCUMENTED.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    for (path, operations) in openapi["paths"].as_object().expect("paths") {
        let methods = operations.as_object().expect("operations").keys();
        routes.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
    }
    let rows: BTreeSet<_> = table().iter().map(|row| (row.method.to_string(), row.path.to_owned())).collect();
    assert_eq!(routes, rows);
    app.end().await;
}

#[tokio::test]
async fn every_row_holds_for_every_caller() {
    let app = TestApp::with(&[("EXPOSURE__GITLAB_REVOCATION_SECRET", "a-secret-of-sixteen")]).await;
    let others = app.workspace("other").await.owners_token("theirs").await.secret;
    let verifier = app.operator_key(&[Scope::Verify]).await;
    let security = app.operator_key(&[Scope::Security]).await;
    let portal = app.operator_key(&[Scope::Portal]).await;
    let manager = app.operator_key(&[Scope::Manage]).await;
    for (at, row) in table().into_iter().enumerate() {
        for (caller, expected) in row.statuses.into_iter().enumerate() {
            let workspace =
                app.workspace(&format!("w{at}-{caller}")).await.with_member("bo@example.com").await;
            let (member, owner) = (workspace.token("member").await, workspace.owners_token("owner").await);
            let target = workspace.token("target").await;
            let keys = ["", &others, &member.secret, &verifier, &security, &portal, &owner.secret, &manager];
            let bo = workspace.member_named("bo@example.com").await;
            let path =
                row.path.replace("{workspace}", workspace.id.as_str()).replace("{token}", target.id.as_str());
            let path = path.replace("{member}", bo.as_str());
            let body = row.body.to_string().replace("{workspace}", workspace.id.as_str());
            let body: Value = serde_json::from_str(&body).expect("it was JSON before");
            let answer = app.send(row.method.clone(), &path, keys[caller], &body).await;
            let who = WHO[caller];
            assert_eq!(answer.status.as_u16(), expected, "{} {path} by {who}: {}", row.method, answer.text);
        }
    }
    app.end().await;
}

#[tokio::test]
async fn what_is_another_workspaces_looks_like_what_does_not_exist() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let theirs = acme.token("theirs").await;
    let mine = app.workspace("mine").await.owners_token("mine").await.secret;
    for (method, body) in
        [(Method::GET, Value::Null), (Method::DELETE, Value::Null), (Method::PATCH, json!({}))]
    {
        let real = app.send(method.clone(), &format!("/v1/tokens/{}", theirs.id), &mine, &body).await;
        let made_up =
            app.send(method.clone(), "/v1/tokens/tok_01KAR0A7N3V5X8Y2Z4B6C9D1EF", &mine, &body).await;
        let no_id = app.send(method, "/v1/tokens/what", &mine, &body).await;
        assert_eq!((real.status, &real.text), (made_up.status, &made_up.text));
        assert_eq!((real.status, &real.text), (no_id.status, &no_id.text));
    }
    assert_eq!(app.code(&theirs.secret).await, "VALID");
    app.end().await;
}

#[tokio::test]
async fn a_key_that_manages_does_not_reach_the_operators_own_workspace() {
    let app = TestApp::start().await;
    let manager = app.operator_key(&[Scope::Manage]).await;
    let own = app.operator_workspace().await;
    let path = format!("/v1/workspaces/{own}/tokens");
    app.post(&path, &manager, &json!({"description": "more"})).await.with_status(404);
    app.get(&path, &manager).await.with_status(404);
    app.end().await;
}

#[tokio::test]
async fn a_key_sent_twice_or_badly_opens_nothing() {
    let app = TestApp::start().await;
    let key = app.operator_key(&[Scope::Manage]).await;
    let mut twice = HeaderMap::new();
    for _ in 0..2 {
        twice.append("authorization", format!("Bearer {key}").parse().expect("it holds here"));
    }
    app.send_raw(Method::GET, "/v1/workspaces", twice, Vec::new()).await.with_status(401);
    for value in [
        key.clone(),
        format!("Basic {key}"),
        format!("Bearer{key}"),
        "Bearer".to_owned(),
        format!("Bearer {key}x"),
    ] {
        let answer = app
            .send_raw(Method::GET, "/v1/workspaces", TestApp::header("authorization", &value), Vec::new())
            .await;
        assert_eq!(answer.status.as_u16(), 401, "{value}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert!(!answer.text.contains(&key));
    }
    app.end().await;
}
