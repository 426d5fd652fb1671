//! What an operator's machines see: alive, ready, measured; a good end, and a database that is away.

use std::{path::Path, time::Duration};

use bailiwick::{permissions::Scope, telemetry::METRICS};
use serde_json::json;
use store::{Db, Options};
use test_app::{Database, Process, Served, TestApp, Wire, eventually};
use tokio::signal::unix::{SignalKind, signal};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const SIGXFSZ: i32 = 25;
const BODY: &str = r#"[{"token": "some_token", "url": "https://github.com/a/b"}]"#;

/// A report whose last byte has not been sent.
async fn begun_report(app: &TestApp, served: &Served) -> Wire {
    let signed = app.partner.signed("github", BODY.as_bytes());
    let headers: String = signed
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().expect("visible ASCII")))
        .collect();
    let mut wire = served.connect().await;
    wire.write(format!(
        "POST /v1/exposures/github HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{}",
        BODY.len(),
        &BODY[..BODY.len() - 1]
    ))
    .await;
    // It is known to have been begun when another that came later is answered.
    let mut later = served.connect().await;
    later.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(later.read().await.starts_with("HTTP/1.1 200 "));
    wire
}

async fn requests(app: &TestApp, status: u16) -> f64 {
    let labels = format!("route=\"/v1/exposures/github\",method=\"POST\",status=\"{status}\"");
    app.metric(&format!("bailiwick_http_requests_total{{{labels}}}")).await
}

#[tokio::test]
async fn a_node_is_alive_ready_and_measured() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/healthz", "").await.with_status(200).text, "alive\n");
    assert_eq!(app.get("/readyz", "").await.with_status(200).text, "ready\n");
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    app.code(&token).await;
    app.report_github(&json!([{"token": token}, {"token": "x"}])).await.with_status(200);
    app.report_github_raw(b"{}").await.with_status(400);
    app.work_off().await;
    let metrics = app.get("/metrics", "").await.with_status(200);
    assert!(metrics.headers["content-type"].to_str().expect("it holds here").starts_with("text/plain"));
    let measured: Vec<_> =
        metrics.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for expected in [
        "bailiwick_reports_total{partner=\"github\"} 1",
        "bailiwick_sightings_total{partner=\"github\",outcome=\"revoked\"} 1",
        "bailiwick_malformed_reports_total{partner=\"github\"} 1",
        "bailiwick_key_refreshes_total{partner=\"github\",result=\"ok\"} 1",
        "bailiwick_verdicts_total{code=\"VALID\"} 1",
        "bailiwick_mails_sent_total 1",
        "bailiwick_report_seconds_count 1",
        "bailiwick_jobs_waiting{kind=\"send_mail\"} 0",
    ] {
        assert!(measured.contains(&expected), "missing: {expected}\n{}", measured.join("\n"));
    }
    // Nothing is measured that is not declared, and so documented.
    for line in measured {
        let name = line.split(['{', ' ']).next().expect("it holds here");
        let declared = METRICS.iter().any(|metric| {
            let ending = name.strip_prefix(metric.name);
            ending.is_some_and(|ending| ["", "_count", "_sum", "_bucket"].contains(&ending))
        });
        assert!(declared, "not declared: {line}");
    }
    app.end().await;
}

#[tokio::test]
async fn a_stop_finishes_what_was_begun_and_takes_nothing_new() {
    let app = TestApp::start().await;
    app.report_github(&json!([])).await.with_status(200);
    let served = app.serve().await;
    let mut wire = begun_report(&app, &served).await;

    let address = served.address;
    served.stop();
    eventually(Duration::from_secs(10), "nobody new is let in", async || {
        tokio::net::TcpStream::connect(address).await.is_err()
    })
    .await;
    wire.write(&BODY[BODY.len() - 1..]).await;
    let answer = wire.read().await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("false_positive"), "{answer}");
    served.ended().await;
    assert_eq!(app.contents().await.rows("sightings"), 1);
    app.end().await;
}

#[tokio::test]
async fn a_caller_who_never_finishes_does_not_hold_up_the_stop_for_ever() {
    let app = TestApp::start().await;
    app.report_github(&json!([])).await.with_status(200);
    let served = app.serve().await;
    let dawdling = begun_report(&app, &served).await;
    served.stop();
    served.ended().await;
    drop(dawdling);
    assert_eq!(app.contents().await.rows("sightings"), 0);
    app.end().await;
}

#[tokio::test]
async fn a_stop_writes_down_what_was_only_in_memory() {
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await;
    let key = app.operator_key(&[Scope::Verify, Scope::Manage]).await;
    let served = app.serve().await;
    let body = json!({"token": token.secret}).to_string();
    let mut wire = served.connect().await;
    wire.write(format!(
        "POST /v1/tokens/verify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    let answer = wire.read().await;
    assert!(answer.contains("\"VALID\""), "{answer}");
    served.stop();
    served.ended().await;
    let shown = app.get(&format!("/v1/tokens/{}", token.id), &key).await.with_status(200);
    assert!(shown.json["last_used_at"].is_string(), "{}", shown.text);
    app.end().await;
}

#[tokio::test]
async fn the_program_stops_well_at_a_signal() {
    let app = TestApp::with(&[("SERVER__LISTEN", "127.0.0.1:0")]).await;
    let server = Process::serve(Path::new(PROGRAM), app.folder(), app.environment()).await;
    let ready = reqwest::get(format!("{}/readyz", server.url)).await.expect("it holds here");
    assert_eq!(ready.status().as_u16(), 200);
    assert!(server.stop().await.success());
    app.end().await;
}

#[tokio::test]
async fn a_schema_that_excludes_this_version_is_left_alone() {
    let app = TestApp::with(&[("SERVER__LISTEN", "127.0.0.1:0")]).await;
    app.sql("INSERT INTO schema_migrations (number, name, oldest, applied_at) VALUES (9000, '9000_later.sql', 8000, 0)").await;
    let before = app.contents().await;
    let refused = tokio::process::Command::new(PROGRAM)
        .arg("serve")
        .env_clear()
        .envs(app.environment().iter().cloned())
        .current_dir(app.folder())
        .output()
        .await
        .expect("it holds here");
    let said = String::from_utf8(refused.stderr).expect("it holds here");
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains("excludes versions before schema 8000") && said.contains("Start a newer version"),
        "{said}"
    );
    assert_eq!(refused.stdout, b"");
    assert_eq!(app.contents().await, before);
    app.end().await;
}

#[tokio::test]
async fn a_schema_that_is_further_but_still_allows_this_version_is_used() {
    let app = TestApp::start().await;
    app.sql("INSERT INTO schema_migrations (number, name, oldest, applied_at) VALUES (9000, '9000_later.sql', 1, 0)").await;
    let other = app.second_node().await;
    other.get("/readyz", "").await.with_status(200);
    other.end_node().await;
    app.end().await;
}

/// Takes the database away: on SQLite somebody else holds the writer's lock, on PostgreSQL it is dropped.
async fn without_a_database(app: &TestApp) -> Option<(Db, store::Tx)> {
    let name = |(name, _): &&(String, String)| name == "BAILIWICK_DATABASE__URL";
    let (_, url) = app.environment().iter().find(name).expect("a setting");
    if !Database::is_postgres() {
        let db = Db::open(url, Options::default()).await.expect("a database");
        let tx = db.begin().await.expect("a transaction");
        return Some((db, tx));
    }
    let (server, name) = url.rsplit_once('/').expect("it holds here");
    let db = Db::open(&format!("{server}/postgres"), Options::default()).await.expect("it holds here");
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    db.rows(Box::leak(drop.into_boxed_str()), Vec::new()).await.expect("it holds here");
    db.close().await;
    None
}

#[tokio::test]
async fn without_a_database_nothing_is_acknowledged() {
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    app.report_github(&json!([])).await.with_status(200);
    let locked = without_a_database(&app).await;

    let report = json!([{"token": token.secret}]);
    let refused = app.report_github(&report).await.with_status(503);
    assert_eq!(refused.text_at("/code"), "unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    app.report_gitlab(&report).await.with_status(503);
    app.delete(&format!("/v1/tokens/{}", token.id), &manage).await.with_status(503);
    app.get("/healthz", "").await.with_status(200);
    app.get("/metrics", "").await.with_status(200);
    assert!(requests(&app, 503).await > 0.5);
    app.get("/readyz", "").await.with_status(503);

    let Some((db, tx)) = locked else {
        // PostgreSQL is gone for reading, too.
        app.post("/v1/tokens/self-revoke", "", &json!({"token": token.secret})).await.with_status(503);
        return app.end_node().await;
    };
    drop(tx);
    db.close().await;
    app.clock.pass(Duration::from_secs(1));
    app.get("/readyz", "").await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "VALID");
    app.report_github(&report).await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "REVOKED");
    app.work_off().await;
    assert_eq!(app.mails().len(), 1);
    app.end().await;
}

#[tokio::test]
async fn a_node_whose_database_only_reads_is_not_ready() {
    let app = TestApp::with(&[("DATABASE__CONNECTIONS", "1")]).await;
    let token = app.workspace("acme").await.token("deploy-bot").await;
    app.report_github(&json!([])).await.with_status(200);
    app.get("/readyz", "").await.with_status(200);
    // The one connection that writes does so no more, as after a failover to a standby.
    let only_reads = if Database::is_postgres() {
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    } else {
        "PRAGMA query_only = ON"
    };
    app.sql(only_reads).await;
    app.clock.pass(Duration::from_secs(1));
    let refused = app.get("/readyz", "").await.with_status(503);
    assert_eq!(refused.text_at("/code"), "unavailable");
    app.report_github(&json!([{"token": token.secret}])).await.with_status(503);
    assert_eq!(app.code(&token.secret).await, "VALID", "it is read all the same");
    app.end().await;
}

#[tokio::test]
async fn however_many_ask_whether_a_node_is_ready_the_database_is_asked_once_a_second() {
    let app = TestApp::start().await;
    app.get("/readyz", "").await.with_status(200);
    let contents = app.contents().await;
    let asked = app.app.db.statements();
    let ready = futures_util::future::join_all((0..50).map(|_| app.get("/readyz", ""))).await;
    assert!(ready.iter().all(|answer| answer.status == 200));
    assert_eq!(app.app.db.statements(), asked);
    app.clock.pass(Duration::from_secs(1));
    futures_util::future::join_all((0..50).map(|_| app.get("/readyz", ""))).await;
    assert_eq!(app.app.db.statements() - asked, 4);
    assert_eq!(app.contents().await, contents, "it leaves nothing behind");
    app.end().await;
}

/// Lets no file of this process grow beyond that: a disk that is full, as long as one likes.
async fn files_may_grow_to(size: &str) {
    let (id, size) = (std::process::id().to_string(), format!("--fsize={size}:"));
    let told = tokio::process::Command::new("prlimit").args(["--pid", &id, &size]).status().await;
    assert!(told.expect("there is prlimit").success());
}

#[tokio::test]
async fn a_disk_that_was_full_is_written_to_again() {
    if Database::is_postgres() {
        // A server's disk is its own affair.
        return;
    }
    // Who writes more is otherwise ended by this signal.
    let _told = signal(SignalKind::from_raw(SIGXFSZ)).expect("a signal can be listened to");
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await;
    app.report_github(&json!([])).await.with_status(200);
    files_may_grow_to("4096").await;
    app.report_github(&json!([{"token": token.secret}])).await.with_status(503);
    app.get("/readyz", "").await.with_status(503);

    files_may_grow_to("unlimited").await;
    app.clock.pass(Duration::from_secs(1));
    app.get("/readyz", "").await.with_status(200);
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "REVOKED");
    app.over().await;
}
