//! Whoever can write to the database wants heads not to be made or not to get outside, or nobody to come to the end of a
//! verification: none of it works without being told.

use std::{collections::BTreeSet, path::Path};

use bailiwick::{
    audit::{self, Turn},
    events::Event,
    jobs,
};
use chain::{SignedHead, Unproven};
use tempfile::TempDir;
use test_app::{Database, Receiver, TestApp, eventually};
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
    let report = app.audit_against(&outside).await;
    assert_eq!(report.findings, []);
    let open = Unproven::NotYetHeaded { chain: acme.id.to_string(), from: 3 };
    for told in [&Unproven::InsideOnly { from: 2, to: 3 }, &open] {
        assert!(report.unproven.contains(told), "{:?}", report.unproven);
    }
    let pauses = report.unproven.iter().filter(|open| matches!(open, Unproven::Pause { .. }));
    assert_eq!(pauses.count(), 2, "{:?}", report.unproven);
    app.work_off().await;
    let report = app.audit_against(&outside).await;
    assert!(!report.unproven.contains(&open), "{:?}", report.unproven);
    app.end().await;
}

#[tokio::test]
async fn a_chain_that_cannot_be_read_keeps_no_other_out_of_the_heads() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let no_hash = if Database::is_postgres() { "'\\x00'::bytea" } else { "X'00'" };
    app.sql(&format!("UPDATE audit_chains SET hash = {no_hash} WHERE chain = '{}'", acme.id)).await;
    make(&app).await;
    app.work_off().await;
    let lines = std::fs::read_to_string(&outside).expect("it was delivered");
    let head = SignedHead::parse(lines.trim_end()).expect("a head").head;
    let named: BTreeSet<&str> = head.chains.iter().map(|chain| chain.chain.as_str()).collect();
    assert!(named.contains(other.id.as_str()) && !named.contains(acme.id.as_str()), "{named:?}");
    assert_ne!(app.audit_against(&outside).await.findings, [], "and it is told");
    app.end_node().await;
}

#[tokio::test]
async fn a_database_that_sorts_in_its_own_way_loses_no_chain() {
    if !Database::is_postgres() {
        // SQLite sorts by the bytes.
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    // In Estonian Z stands before T.
    for (table, column) in [("audit_chains", "chain"), ("audit_entries", "chain"), ("shredded", "subject")] {
        app.sql(&format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE TEXT COLLATE \"et-x-icu\"")).await;
    }
    let mut chains = BTreeSet::new();
    for number in 0..100 {
        chains.insert(app.workspace(&format!("acme{number}")).await.id.to_string());
    }
    let sorted = app.sql("SELECT chain FROM audit_chains ORDER BY chain").await;
    let sorted: Vec<String> = sorted.iter().map(|row| row.get("chain").expect("a name")).collect();
    assert!(!sorted.is_sorted(), "otherwise this shows nothing");
    make(&app).await;
    app.work_off().await;
    let lines = std::fs::read_to_string(&outside).expect("it was delivered");
    let head = SignedHead::parse(lines.trim_end()).expect("a head").head;
    let named: BTreeSet<String> = head.chains.into_iter().map(|chain| chain.chain).collect();
    assert!(chains.is_subset(&named), "{:?}", chains.difference(&named));
    let report = app.audit_against(&outside).await;
    assert_eq!((report.findings, report.names.len()), (vec![], named.len()));
    app.end().await;
}

/// There is a head after which no other can come.
async fn last_of_all(app: &TestApp) {
    let hash = if Database::is_postgres() { "decode(repeat('00', 32), 'hex')" } else { "zeroblob(32)" };
    app.sql(&format!("INSERT INTO audit_heads VALUES (9223372036854775807, 0, 'x', {hash})")).await;
}

#[tokio::test]
async fn a_head_with_the_last_number_there_is_keeps_no_other_turn_from_being_taken() {
    let app = TestApp::start().await;
    app.workspace("acme").await;
    make(&app).await;
    last_of_all(&app).await;
    let mut owed = BTreeSet::new();
    jobs::take_turns(&app.app, &mut owed).await.expect("the database answers");
    assert_eq!(app.sql("SELECT name FROM schedules").await.len(), jobs::SCHEDULES.len());
    let why = jobs::run_scheduled(&app.app, "heads").await.expect_err("there is no number left").to_string();
    assert!(why.contains("a row was written by hand"), "{why}");
    let age = app.metric("bailiwick_audit_head_age_seconds").await;
    assert!(age > 7_200.0, "the alarm rings: {age}");
    app.sql("DELETE FROM audit_heads WHERE number > 1").await;
    app.clock.pass(Duration::from_secs(10));
    jobs::take_turns(&app.app, &mut owed).await.expect("the database answers");
    assert_eq!(app.sql("SELECT number FROM audit_heads").await.len(), 2, "it was due again");
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_on_and_ends_well_when_a_head_has_the_last_number_there_is() {
    let app = TestApp::start().await;
    app.workspace("acme").await;
    make(&app).await;
    last_of_all(&app).await;
    let server = app.serve().await;
    eventually(Duration::from_secs(30), "all turns were taken", async || {
        app.sql("SELECT name FROM schedules").await.len() == jobs::SCHEDULES.len()
    })
    .await;
    server.stop();
    server.ended().await;
    app.end_node().await;
}

#[tokio::test]
async fn a_head_without_a_number_is_not_delivered_again_and_again() {
    if Database::is_postgres() {
        // It takes none.
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    for _ in 0..3 {
        make(&app).await;
    }
    app.sql("UPDATE audit_heads SET number = 'abc' WHERE number = 2").await;
    for _ in 0..5 {
        app.work_off().await;
        app.clock.pass(Duration::from_mins(5));
    }
    assert_eq!(delivered(&outside), [1, 3]);
    make(&app).await;
    app.work_off().await;
    assert_eq!(delivered(&outside), [1, 3, 4], "those with a number go on");
    app.end_node().await;
}

#[tokio::test]
async fn a_name_that_is_no_text_keeps_no_head_from_being_made() {
    if Database::is_postgres() {
        return;
    }
    let app = TestApp::start().await;
    app.workspace("acme").await;
    make(&app).await;
    app.sql("INSERT INTO audit_chains (chain, sequence, hash) VALUES (x'01', 1, zeroblob(32))").await;
    app.sql("INSERT INTO audit_chains (chain, sequence, hash) VALUES (CAST(x'ff' AS TEXT), 1, zeroblob(32))")
        .await;
    app.sql("INSERT INTO shredded (subject, at) VALUES (x'01', 0)").await;
    app.workspace("other").await;
    make(&app).await;
    let row = app.sql("SELECT line FROM audit_heads WHERE number = 2").await.remove(0);
    let head = SignedHead::parse(&row.get::<String>("line").expect("a line")).expect("a head").head;
    assert!(head.chains.iter().all(|named| named.chain.len() > 3), "{:?}", head.chains);
    assert!(head.chains.iter().any(|named| named.chain.starts_with("ws_")));
    let told = tokio::time::timeout(Duration::from_mins(1), jobs::run_scheduled(&app.app, "audit_stream"));
    assert!(told.await.expect("it ends").is_err(), "it is told");
    app.end_node().await;
}

/// Something is recorded that belongs to no workspace.
async fn in_house(app: &TestApp) -> store::Result<()> {
    let mut tx = app.app.db.begin().await?;
    let entry = audit::Entry {
        workspace: None,
        actor: &audit::Actor::Machine,
        event: Event::RootKeyRotated,
        target: "keyring",
        details: serde_json::json!({}),
    };
    audit::record(&mut tx, app.app.now(), &[entry]).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_chain_with_the_last_number_there_is_takes_no_entry_and_is_a_fault() {
    let app = TestApp::start().await;
    in_house(&app).await.expect("it is recorded");
    app.sql("UPDATE audit_chains SET sequence = 9223372036854775807 WHERE chain = 'house'").await;
    let why = in_house(&app).await.expect_err("there is no place left").to_string();
    assert!(why.contains("a row was written by hand"), "{why}");
    app.end_node().await;
}

/// The chains of which the receiver has had entries since then, with their places.
fn streamed(receiver: &Receiver, before: usize) -> BTreeSet<(String, i64)> {
    let received = receiver.received();
    let entries = received[before..].iter().filter_map(|request| request.body["data"]["entries"].as_array());
    let place = |entry: &serde_json::Value| {
        let chain = entry["chain"].as_str().expect("a chain").to_owned();
        (chain, entry["sequence"].as_i64().expect("a number"))
    };
    entries.flatten().map(place).collect()
}

#[tokio::test]
async fn a_chain_that_cannot_be_read_holds_up_no_other_and_its_age_tells() {
    if Database::is_postgres() {
        // There is nothing that cannot be read.
        return;
    }
    let (receiver, url) = Receiver::start().await;
    let (url, secret) = (format!("{url}/audit"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let app = TestApp::with(&[("AUDIT__STREAM_URL", &url), ("AUDIT__STREAM_SECRET", secret)]).await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let deliver = async || audit::deliver_entries(&app.app).await.expect("the database answers");
    deliver().await;
    acme.token("is changed").await;
    app.sql(&format!("UPDATE audit_entries SET sequence = 'x' WHERE chain = '{}' AND sequence = 3", acme.id))
        .await;
    for number in 0..20 {
        let before = receiver.received().len();
        other.token("is left alone").await;
        assert_eq!(deliver().await, Turn::Waits);
        assert_eq!(streamed(&receiver, before), BTreeSet::from([(other.id.to_string(), 3 + number)]));
        app.clock.pass(Duration::from_mins(1));
    }
    let oldest = app.metric("bailiwick_audit_stream_oldest_seconds").await;
    assert!((oldest - 1_200.0).abs() < 1.0, "the alarm rings: {oldest}");

    let before = receiver.received().len();
    app.sql(&format!("UPDATE audit_entries SET sequence = 3 WHERE chain = '{}' AND sequence = 'x'", acme.id))
        .await;
    assert_eq!(deliver().await, Turn::Done, "it is mended");
    assert_eq!(streamed(&receiver, before), BTreeSet::from([(acme.id.to_string(), 3)]));
    assert!(app.metric("bailiwick_audit_stream_oldest_seconds").await < 1.0);
    app.end().await;
}

#[tokio::test]
async fn a_destination_that_is_away_for_days_leaves_no_job_behind() {
    let folder = TempDir::new().expect("a folder");
    // There is a folder where the file is to be.
    let outside = folder.path().join("heads");
    std::fs::create_dir(&outside).expect("a folder");
    let app = started(&outside).await;
    for _ in 0..72 {
        make(&app).await;
        for _ in 0..2 {
            app.work_off().await;
            app.clock.pass(Duration::from_mins(30));
        }
        let jobs = app.sql("SELECT parked_at FROM jobs WHERE kind = 'deliver_heads'").await;
        assert_eq!(jobs.len(), 1, "what one cannot do is left to the next");
        assert_eq!(jobs[0].get::<Option<i64>>("parked_at").expect("a time"), None);
    }
    std::fs::remove_dir(&outside).expect("it is empty");
    // For more than a day no head was made, so that there was none to leave it to.
    app.sql("UPDATE jobs SET parked_at = 1 WHERE kind = 'deliver_heads'").await;
    make(&app).await;
    app.work_off().await;
    assert_eq!(delivered(&outside), (1..=73).collect::<Vec<_>>());
    app.end().await;
}
