//! Whoever can write to the database wants heads not to be made or not to get outside, or nobody to come to the end of a
//! verification: none of it works without being told.

use std::path::Path;

use bailiwick::{audit, jobs};
use chain::{Heads, Place, Report, SignedHead, Unproven};
use tempfile::TempDir;
use test_app::TestApp;
use time_and_chance::Duration;

/// An app that delivers its heads into a file.
async fn started(outside: &Path) -> TestApp {
    TestApp::with(&[("AUDIT__HEADS_FILE", outside.to_str().expect("UTF-8"))]).await
}

async fn make(app: &TestApp) {
    assert!(jobs::run_scheduled(&app.app, "heads").await.expect("the database answers"));
}

/// The numbers of the heads that were delivered.
fn delivered(outside: &Path) -> Vec<u64> {
    let lines = std::fs::read_to_string(outside).expect("heads were delivered");
    lines.lines().map(|line| SignedHead::parse(line).expect("a head").head.number).collect()
}

/// What a verification says that knows the heads outside.
async fn verified(app: &TestApp, outside: &Path) -> Report {
    let mut heads = Heads::default();
    for line in std::fs::read_to_string(outside).unwrap_or_default().lines() {
        heads.line(line, Place::Outside);
    }
    audit::known_heads(&app.app.db, &mut heads).await.expect("the database answers");
    audit::verify(&app.app.db, &app.app.vault, heads).await.expect("the database answers")
}

#[tokio::test]
async fn heads_that_are_noted_as_delivered_and_are_not_there_keep_no_head_from_being_delivered() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    make(&app).await;
    app.work_off().await;
    app.sql("UPDATE audit_deliveries SET delivered = 9000000000000000000").await;
    make(&app).await;
    app.clock.pass(Duration::from_hours(3));
    let oldest = app.metric("bailiwick_audit_heads_oldest_seconds{destination=\"file\"}").await;
    assert!(oldest >= 3.0 * 3_600.0, "its age is told: {oldest}");
    app.work_off().await;
    assert_eq!(delivered(&outside), [1, 2], "what is there is not appended again");
    make(&app).await;
    app.work_off().await;
    assert_eq!(delivered(&outside), [1, 2, 3]);
    app.end().await;
}

#[tokio::test]
async fn what_is_in_heads_of_the_database_alone_is_told() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let acme = app.workspace("acme").await;
    make(&app).await;
    app.work_off().await;
    acme.token("after the head that is outside").await;
    for _ in 0..2 {
        app.clock.pass(Duration::from_hours(3));
        make(&app).await;
    }
    let report = verified(&app, &outside).await;
    assert_eq!(report.findings, []);
    let open = Unproven::NotYetHeaded { chain: acme.id.to_string(), from: 3 };
    for told in [&Unproven::InsideOnly { from: 2, to: 3 }, &open] {
        assert!(report.unproven.contains(told), "{:?}", report.unproven);
    }
    let pauses = report.unproven.iter().filter(|open| matches!(open, Unproven::Pause { .. }));
    assert_eq!(pauses.count(), 2, "{:?}", report.unproven);
    app.work_off().await;
    let report = verified(&app, &outside).await;
    assert!(!report.unproven.contains(&open), "{:?}", report.unproven);
    app.end().await;
}
