//! Sixty-four at once, on one workspace and on many: no gap, no fork, and nobody waits for each other for ever.

use bailiwick::permissions::Scope;
use futures_util::future::join_all;
use serde_json::{Value, json};
use test_app::TestApp;

const WRITERS: usize = 64;
/// How often a busy database is asked again; each time it is waited for.
const TRIES: usize = 20;
/// How many changes each makes.
const CHANGES: usize = 4;

/// How many entries a workspace's chain has; all of them in their places.
async fn length(app: &TestApp, chain: &str) -> i64 {
    let statement = format!(
        "SELECT COUNT(*) AS entries, MIN(sequence) AS first, MAX(sequence) AS last FROM audit_entries WHERE chain = '{chain}'"
    );
    let row = app.sql(&statement).await.remove(0);
    let [entries, first, last] =
        ["entries", "first", "last"].map(|column| row.get::<i64>(column).expect("a number"));
    assert_eq!((first, last), (1, entries));
    entries
}

/// Makes a token, however long others hold the database: whoever is told that it is busy asks again, as nothing was changed.
async fn make_token(node: &TestApp, path: &str, key: &str, body: &Value) {
    let mut answer = node.post(path, key, body).await;
    for _ in 0..TRIES {
        if answer.status != 503 {
            break;
        }
        answer = node.post(path, key, body).await;
    }
    answer.with_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_on_one_workspace_leave_no_gap_and_no_fork() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let before = length(&app, acme.id.as_str()).await;
    let path = format!("/v1/workspaces/{}/tokens", acme.id);
    let writers = (0..WRITERS).map(|writer| {
        let (node, path, manage) = (if writer % 2 == 0 { &app } else { &other }, &path, &manage);
        async move {
            for change in 0..CHANGES {
                let body = json!({"description": format!("{writer}.{change}")});
                make_token(node, path, manage, &body).await;
            }
        }
    });
    join_all(writers).await;
    let made = i64::try_from(WRITERS * CHANGES).expect("few");
    assert_eq!(length(&app, acme.id.as_str()).await, before + made);
    app.audit_holds().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_on_sixty_four_workspaces_leave_no_gap_and_no_fork() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let mut workspaces = Vec::with_capacity(WRITERS);
    for number in 0..WRITERS {
        workspaces.push(app.workspace(&format!("acme{number}")).await);
    }
    let writers = workspaces.iter().enumerate().map(|(writer, workspace)| {
        let (node, manage) = (if writer % 2 == 0 { &app } else { &other }, &manage);
        let path = format!("/v1/workspaces/{}/tokens", workspace.id);
        async move {
            for change in 0..CHANGES {
                let body = json!({"description": format!("{writer}.{change}")});
                make_token(node, &path, manage, &body).await;
            }
        }
    });
    join_all(writers).await;
    for workspace in &workspaces {
        let made = workspace.audited("token.created").await;
        assert_eq!(made, CHANGES);
        assert_eq!(length(&app, workspace.id.as_str()).await, i64::try_from(CHANGES).expect("few") + 2);
    }
    app.audit_holds().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_touch_the_same_workspaces_in_another_order_do_not_deadlock() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let mut workspaces = Vec::with_capacity(120);
    for number in 0..120 {
        workspaces.push(app.workspace(&format!("acme{number}")).await);
    }
    for _ in 0..10 {
        // Each report has tokens of its own, so that they meet in the chains alone.
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for workspace in &workspaces {
            here.push(json!({"token": workspace.token("here").await.secret}));
            there.push(json!({"token": workspace.token("there").await.secret}));
        }
        there.reverse();
        let (here, there) = (json!(here), json!(there));
        let (here, there) = tokio::join!(app.report_github(&here), other.report_github(&there));
        here.with_status(200);
        there.with_status(200);
    }
    assert!(
        app.metric("bailiwick_reports_retried_total").await < 0.5,
        "two transactions waited for each other"
    );
    for workspace in &workspaces {
        assert_eq!(workspace.audited("token.exposed").await, 20);
    }
    tokio::join!(app.work_off(), other.work_off());
    app.work_off().await;
    app.audit_holds().await;
    other.end_node().await;
    app.end().await;
}
