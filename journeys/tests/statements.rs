//! What a report costs the database grows by hundreds of items, not by item.

use serde_json::{Value, json};
use test_app::{TestApp, Workspace};

/// A chunk is this many rows of one statement.
const CHUNK: u64 = 100;
/// Statements that each touch all items of a report once, at most: find, hold, revoke or warn, and what is noted of it.
const PASSES: u64 = 6;

/// Half of it live tokens, the rest unknown, repeated and dead ones.
async fn report(app: &TestApp, acme: &Workspace<'_>, items: usize, dead: &str) -> Value {
    let mut report = Vec::with_capacity(items);
    for at in 0..items / 2 {
        report.push(json!({"token": acme.token("one of many").await.secret, "url": format!("https://github.com/a/{at}")}));
    }
    for _ in 0..items * 3 / 10 {
        report.push(json!({"token": app.look_alike()}));
    }
    for at in 0..items / 10 {
        report.push(report[at].clone());
        report.push(json!({"token": dead}));
    }
    assert_eq!(report.len(), items);
    json!(report)
}

/// How many statements it takes to take this report.
async fn cost(app: &TestApp, report: &Value) -> u64 {
    let before = app.app.db.statements();
    app.report_github(report).await.with_status(200);
    app.app.db.statements() - before
}

async fn costs_of_small_and_large(policy: &str) -> (u64, u64) {
    let app = TestApp::with(&[("EXPOSURE__POLICY", policy)]).await;
    let acme = app.workspace("acme").await;
    let dead = acme.token("dead").await.secret;
    let small = report(&app, &acme, 100, &dead).await;
    let large = report(&app, &acme, 1_000, &dead).await;
    // The first message of all also looks for the partner's keys.
    app.report_github(&json!([{"token": dead}])).await.with_status(200);
    app.until_keys_are_kept().await;
    let costs = (cost(&app, &small).await, cost(&app, &large).await);
    app.over().await;
    costs
}

#[tokio::test]
async fn statements_grow_by_chunk_and_not_by_item() {
    for policy in ["revoke", "warn_then_revoke"] {
        let (small, large) = costs_of_small_and_large(policy).await;
        println!("{policy}: 100 items {small} statements, 1,000 items {large}");
        assert!(small <= 20, "{policy}: {small} statements for 100 items");
        assert!(large <= small + (900 / CHUNK) * PASSES, "{policy}: from {small} to {large} statements");
    }
}

/// The product asks it with each of its own pages.
#[tokio::test]
async fn who_is_signed_in_is_answered_by_few_statements_however_many_workspaces_they_are_in() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner("ana@acme.example").await;
    let mut costs = Vec::new();
    for more in [0, 10] {
        for _ in 0..more {
            let link = app.owner_link("Another").await;
            browser.post(link.strip_prefix(&app.app.public_url).expect("ours"), &[]).await.with_status(303);
        }
        // The first time it is noted that it was used.
        browser.get("/v1/session").await.with_status(200);
        let before = app.app.db.statements();
        let said = browser.get("/v1/session").await.with_status(200);
        costs.push(app.app.db.statements() - before);
        assert_eq!(said.json["workspaces"].as_array().expect("a list").len(), 1 + more);
    }
    println!("{costs:?} statements");
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0] <= 4, "{costs:?} statements");
    app.over().await;
}

#[tokio::test]
async fn a_report_of_look_alikes_costs_a_look_a_sighting_and_an_event() {
    let app = TestApp::start().await;
    // The first of all also looks for the partner's keys, and makes the key that seals what waits.
    app.report_github(&json!([{"token": app.look_alike()}])).await.with_status(200);
    app.until_keys_are_kept().await;
    let unknown: Value = (0..1_000).map(|_| json!({"token": app.look_alike()})).collect();
    let cost = cost(&app, &unknown).await;
    println!("{cost} statements");
    assert_eq!(app.contents().await.rows("sightings"), 1_001);
    assert!(cost <= 3 * 1_000 / CHUNK + 7, "{cost} statements");
    app.end().await;
}

#[tokio::test]
async fn letters_and_their_sending_grow_by_chunk_too() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let mut costs = Vec::new();
    for items in [10, 110] {
        let mut tokens = Vec::new();
        for _ in 0..items {
            tokens.push(json!({"token": acme.token("one of many").await.secret}));
        }
        app.report_github(&json!(tokens)).await.with_status(200);
        // What writes the letters, but not what sends them: each is noted as soon as it is out.
        let before = app.app.db.statements();
        let jobs = app.jobs().await;
        assert_eq!(jobs.len(), 1, "one job per report: {jobs:?}");
        app.work_off().await;
        costs.push(app.app.db.statements() - before);
    }
    let per_mail = (costs[1] - costs[0]) / 100;
    assert!(per_mail <= 2, "{costs:?}: more than the note that a mail was sent");
    app.end().await;
}
