//! What holds one report up: a database that falls silent, a token that somebody holds. It is answered all the same, and
//! holds up no other.

use std::time::Duration;

use serde_json::{Value, json};
use store::{Db, Options, Tx, args};
use test_app::{Database, Relay, TestApp, Token, eventually};

/// So short that the test need not wait for long.
const SHORT: Duration = Duration::from_secs(2);

fn report_of(token: &Token) -> Value {
    json!([{"token": token.secret, "source": "commit"}])
}

/// A transaction of somebody who holds this token.
async fn holding(app: &TestApp, token: &Token) -> Tx {
    let mut tx = app.app.db.begin().await.expect("the database answers");
    let held = tx.rows("SELECT id FROM tokens WHERE id = $1 FOR UPDATE", args![&token.id]).await;
    assert_eq!(held.expect("nobody else holds it").len(), 1);
    tx
}

/// A node whose one connection goes through a relay.
async fn node_behind(relay: &Relay, app: &TestApp) -> TestApp {
    let options = Options { answer: Some(SHORT), connections: 1, ..Options::default() };
    let node = app.second_node_on(Db::open(&relay.url, options).await.expect("a URL")).await;
    // From here on it knows the partner's keys.
    node.report_github(&json!([])).await.with_status(200);
    node
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_whose_database_falls_silent_is_answered_and_the_next_is_taken() {
    if !Database::is_postgres() {
        // There is no line to a file that could be cut.
        return;
    }
    let app = TestApp::start().await;
    let relay = Relay::before(app.database_url()).await;
    let node = node_behind(&relay, &app).await;
    let acme = app.workspace("acme").await;
    let (token, other) = (acme.token("deploy-bot").await, acme.token("other").await);

    let (held, report) = (holding(&app, &token).await, report_of(&token));
    let silence = async {
        app.until_waiting(1).await;
        relay.fall_silent();
        drop(held);
    };
    let answer = async { tokio::time::timeout(5 * SHORT, node.report_github(&report)).await };
    let (answer, ()) = tokio::join!(answer, silence);
    let refused = answer.expect("it is not waited for ever");
    assert_eq!(refused.with_status(503).text_at("/code"), "unavailable");
    assert_eq!(app.code(&token.secret).await, "VALID");

    node.get("/readyz", "").await.with_status(200);
    node.report_github(&report_of(&other)).await.with_status(200);
    node.report_github(&report).await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "REVOKED");
    node.work_off().await;
    assert_eq!(app.mails().len(), 2);
    node.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_fell_silent_while_nobody_used_it_is_replaced() {
    if !Database::is_postgres() {
        return;
    }
    let app = TestApp::start().await;
    let relay = Relay::before(app.database_url()).await;
    let node = node_behind(&relay, &app).await;
    let idle = "
        SELECT COUNT(*) AS sessions FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle' AND clock_timestamp() - state_change > interval '1.5 s'";
    eventually(Duration::from_mins(1), "its connection counts as used long ago", async || {
        app.sql(idle).await[0].get::<i64>("sessions").expect("a count") >= 1
    })
    .await;
    relay.fall_silent();
    node.report_github(&json!([])).await.with_status(200);
    node.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_broken_off_and_the_next_is_answered() {
    let app = TestApp::start().await;
    let options = Options { answer: Some(Duration::from_millis(500)), ..Options::default() };
    let db = Db::open(app.database_url(), options).await.expect("a URL");
    let long = "
        WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 20000000)
        SELECT COUNT(*) AS counted FROM counted";
    let Err(fault) = db.rows(long, args![]).await else { panic!("it is counted in half a second") };
    assert!(fault.is_away(), "{fault}");
    assert!(db.row("SELECT 1 AS one", args![]).await.expect("an answer").is_some());
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_somebody_holds_fails_no_report_but_its_own() {
    if !Database::is_postgres() {
        // SQLite locks no rows: a transaction that writes is alone.
        return;
    }
    let app = TestApp::start().await;
    let options = Options { lock_wait: SHORT, ..Options::default() };
    let node = app.second_node_on(Db::open(app.database_url(), options).await.expect("a URL")).await;
    let acme = app.workspace("acme").await;
    let (token, other) = (acme.token("held").await, acme.token("other").await);
    node.report_github(&json!([])).await.with_status(200);

    let held = holding(&app, &token).await;
    let (of_held, of_other) = (report_of(&token), report_of(&other));
    let merged = async {
        // While the first waits, the others come to wait for it, and are merged.
        app.until_waiting(1).await;
        tokio::join!(node.report_github(&of_held), node.report_github(&of_other))
    };
    let (first, (second, third)) = tokio::join!(node.report_github(&of_held), merged);
    assert_eq!(first.with_status(503).text_at("/code"), "unavailable");
    second.with_status(503);
    third.with_status(200);
    assert_eq!(app.code(&other.secret).await, "REVOKED");

    drop(held);
    node.report_github(&of_held).await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "REVOKED");
    node.work_off().await;
    assert_eq!(app.mails().len(), 2);
    node.end_node().await;
    app.end().await;
}
