//! Two nodes at once: whatever may happen once happens once, and nobody waits for each other for ever.

use std::time::Duration;

use serde_json::{Value, json};
use store::args;
use test_app::{Database, TestApp, Workspace};

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

/// Whether no report had to be taken again because two transactions waited for each other.
async fn none_was_broken_off(app: &TestApp) -> bool {
    app.metric("bailiwick_reports_retried_total").await < 0.5
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
    assert!(none_was_broken_off(&app).await);
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_are_held_up_in_the_middle_do_not_wait_for_each_other() {
    if !Database::is_postgres() {
        // SQLite locks no rows: a transaction that writes is alone.
        return;
    }
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let acme = app.workspace("acme").await;
    let tokens = secrets(&acme, 60).await;
    let (here, there) = (report_of(&tokens), report_of(tokens.iter().rev()));
    app.report_github(&json!([])).await.with_status(200);
    for offset in [10, 20, 30, 40, 50] {
        // Somebody holds a token in the middle: each node has some of the others by the time it waits for that.
        let mut tx = app.app.db.begin().await.unwrap();
        let held = "SELECT id FROM tokens WHERE id = (SELECT id FROM tokens ORDER BY id LIMIT 1 OFFSET $1) FOR UPDATE";
        tx.rows(held, args![offset]).await.unwrap();
        let release = async {
            app.until_waiting(2).await;
            drop(tx);
        };
        let (here, there, ()) = tokio::join!(app.report_github(&here), other.report_github(&there), release);
        here.with_status(200);
        there.with_status(200);
    }
    assert!(none_was_broken_off(&app).await);
    app.work_off().await;
    other.end_node().await;
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
    app.clock.pass(Duration::from_hours(24));
    tokio::join!(app.run_scheduled("deadlines"), other.run_scheduled("deadlines"));
    assert_eq!(acme.audited("token.grace_ended").await, ROUNDS);
    tokio::join!(app.work_off(), other.work_off());
    app.work_off().await;
    assert_eq!(app.mails().len(), 2 * ROUNDS);
    other.end_node().await;
    app.end().await;
}
