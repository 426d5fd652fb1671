//! The lever for an incident: very many tokens are revoked at once, and everything else goes on meanwhile.

use std::{collections::HashSet, time::Duration};

use axum::http::StatusCode;
use bailiwick::permissions::Scope;
use serde_json::{Value, json};
use store::args;
use test_app::{Database, TestApp, Workspace, eventually};
use token_format::Digest;

/// Two whole steps and a half.
const MANY: usize = 2_500;

fn secret(number: usize) -> String {
    format!("bwk_{number:064}")
}

async fn many(acme: &Workspace<'_>) {
    let line = |number: usize| {
        json!({
            "digest": Digest::of(&secret(number)).hex(), "algorithm": "sha256", "encoding": "hex",
            "prefix_hashed": true, "version": 2, "prefix": "bwk",
        })
    };
    acme.import(&(0..MANY).map(line).collect::<Vec<_>>()).await;
}

fn lever(acme: &Workspace<'_>) -> String {
    format!("/v1/workspaces/{}/tokens/revoke", acme.id)
}

/// The ids that the audit names as revoked, an entry each.
async fn audited(acme: &Workspace<'_>) -> Vec<Vec<Value>> {
    let entries = acme.audit().await.into_iter().filter(|entry| entry["event"] == "tokens.revoked");
    entries.map(|entry| entry["details"]["token_ids"].as_array().expect("ids").clone()).collect()
}

#[tokio::test]
async fn very_many_are_revoked_in_steps_and_the_audit_names_each() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    many(&acme).await;
    let looked =
        app.post(&lever(&acme), &manage, &json!({"role": "member", "dry_run": true})).await.with_status(200);
    let done = app.post(&lever(&acme), &manage, &json!({"role": "member"})).await.with_status(200);
    for answer in [&looked.json, &done.json] {
        assert_eq!(answer["count"], MANY);
        assert_eq!(answer["token_ids"].as_array().expect("ids").len(), 1_000);
    }
    assert_eq!(looked.json["token_ids"], done.json["token_ids"]);
    let steps = audited(&acme).await;
    assert_eq!(steps.len(), 3);
    assert_eq!(steps.iter().flatten().collect::<HashSet<_>>().len(), MANY);
    for number in [0, 999, 1_000, MANY - 1] {
        assert_eq!(app.code(&secret(number)).await, "REVOKED", "{number}");
    }
    app.end().await;
}

#[tokio::test]
async fn a_look_at_which_waits_for_nobody_who_writes() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    acme.token("one").await;
    let mut writes = app.app.db.begin().await.expect("the database answers");
    writes.execute("UPDATE tokens SET description = 'x'", args![]).await.expect("the database answers");
    writes.execute("UPDATE workspaces SET name = 'x'", args![]).await.expect("the database answers");
    let look = json!({"creator": "ana@acme.example", "role": "member", "dry_run": true});
    app.post(&lever(&acme), &manage, &look).await.with_status(200);
    drop(writes);
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_is_gone_on_with_when_it_is_asked_for_again() {
    if !Database::is_postgres() {
        // SQLite locks no rows, so nothing can be held up between two steps.
        return;
    }
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    many(&acme).await;
    // Somebody holds the last token: the third step waits, and what was done before it is so.
    let mut held = app.app.db.begin().await.expect("the database answers");
    let last =
        "SELECT id FROM tokens WHERE id = (SELECT MAX(id) FROM tokens WHERE workspace_id = $1) FOR UPDATE";
    held.rows(last, args![&acme.id]).await.expect("the database understands");
    let (path, body) = (lever(&acme), json!({"role": "member"}));
    let waits = async {
        app.until_waiting(1).await;
        assert_eq!(app.code(&secret(0)).await, "REVOKED");
        // Who is told of a leak in the meantime gets it written down.
        app.report_github(&json!([{"token": secret(0)}])).await.with_status(200);
    };
    // The caller hangs up.
    tokio::select! {
        answer = app.post(&path, &manage, &body) => panic!("not held up: {}", answer.text),
        () = waits => {}
    }
    drop(held);
    assert_eq!(audited(&acme).await.iter().map(Vec::len).collect::<Vec<_>>(), [1_000, 1_000]);

    eventually(Duration::from_secs(10), "the last step's locks are gone", async || {
        app.post(&path, &manage, &body).await.status == StatusCode::OK
    })
    .await;
    assert_eq!(audited(&acme).await.iter().flatten().collect::<HashSet<_>>().len(), MANY);
    app.over().await;
}
