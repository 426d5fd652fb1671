//! Heads of the audit: one an hour, numbered without a gap, at every destination in their order, whatever was away meanwhile.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use bailiwick::{audit, backup, config::Settings, jobs, permissions::Authority, workspaces};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chain::{Heads, Place, SignedHead};
use outgoing::webhook::{ID, SIGNATURE, Secret, TIMESTAMP};
use serde_json::json;
use tempfile::TempDir;
use test_app::{Database, Process, TestApp, eventually};
use test_cloud::{ENVIRONMENT, Moto, REGION};
use time_and_chance::{Clock as _, Duration};
use tokio::net::TcpListener;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLDEST: &str = "bailiwick_audit_heads_oldest_seconds";

#[derive(Clone)]
struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
}

/// A receiver that takes what is sent, or is away.
#[derive(Clone, Default)]
struct Outside {
    away: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<Request>>>,
}

impl Outside {
    async fn start() -> (Self, String) {
        let outside = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(Self::answer).with_state(outside.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (outside, url)
    }

    #[expect(clippy::unused_async, reason = "a handler is")]
    async fn answer(
        State(outside): State<Self>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> StatusCode {
        if outside.away.load(Ordering::SeqCst) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        outside.taken.lock().expect("no panic").push(Request { method, uri, headers, body });
        StatusCode::NO_CONTENT
    }

    fn is_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    fn taken(&self) -> Vec<Request> {
        self.taken.lock().expect("no panic").clone()
    }
}

async fn make(app: &TestApp) {
    assert!(jobs::run_scheduled(&app.app, "heads").await.expect("the database answers"));
}

fn numbers<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<u64> {
    lines.into_iter().map(|line| SignedHead::parse(line).expect("a head").head.number).collect()
}

/// The heads that the database has, which must fit together.
async fn kept(app: &TestApp) -> Vec<u64> {
    let rows = app.sql("SELECT line FROM audit_heads ORDER BY number").await;
    let lines: Vec<String> = rows.iter().map(|row| row.get("line").expect("a line")).collect();
    let mut heads = Heads::default();
    for line in &lines {
        heads.line(line, Place::Outside);
    }
    let report = audit::verify(&app.app.db, &app.app.vault, heads).await.expect("the database answers");
    assert_eq!(report.findings, []);
    numbers(lines.iter().map(String::as_str))
}

#[tokio::test]
async fn a_receiver_that_is_away_for_a_day_gets_every_head_in_order_and_the_others_wait_for_nothing() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("heads");
    let (outside, url) = Outside::start().await;
    let app = TestApp::with(&[
        ("AUDIT__HEADS_FILE", file.to_str().expect("UTF-8")),
        ("AUDIT__HEADS_WEBHOOK", &format!("{url}/heads")),
        ("AUDIT__HEADS_WEBHOOK_SECRET", SECRET),
    ])
    .await;
    let acme = app.workspace("acme").await;
    make(&app).await;
    app.work_off().await;
    assert_eq!(outside.taken().len(), 1);
    outside.is_away(true);
    for hour in 1..=24 {
        app.clock.pass(Duration::from_hours(1));
        acme.token("deploy-bot").await;
        make(&app).await;
        app.work_off().await;
        let lines = std::fs::read_to_string(&file).expect("heads");
        assert_eq!(lines.lines().count(), hour + 1, "the file does not wait for the webhook");
    }
    app.clock.pass(Duration::from_hours(1));
    let waited = |of: &str| format!("{OLDEST}{{destination=\"{of}\"}}");
    let day = Duration::from_hours(24).as_secs_f64();
    assert!((app.metric(&waited("webhook")).await - day).abs() < 1.0);
    assert!(app.metric(&waited("file")).await < 1.0);
    outside.is_away(false);
    app.work_off().await;
    assert!(app.metric(&waited("webhook")).await < 1.0);

    let taken = outside.taken();
    let bodies: Vec<&str> = taken.iter().map(|request| request.body.as_str()).collect();
    assert_eq!(numbers(bodies.clone()), (1..=25).collect::<Vec<_>>(), "each once, in order");
    let lines = std::fs::read_to_string(&file).expect("heads");
    assert_eq!(bodies, lines.lines().collect::<Vec<_>>(), "the same lines");
    let secret = Secret::read(SECRET).expect("a secret");
    for request in &taken {
        let header = |name| request.headers[name].to_str().expect("ASCII");
        let seconds = header(TIMESTAMP).parse().expect("a number");
        assert_eq!(
            header(SIGNATURE),
            secret.signature(header(ID), seconds, request.body.as_bytes()),
            "it is signed"
        );
    }
    assert_eq!(kept(&app).await, (1..=25).collect::<Vec<_>>());
    app.end().await;
}

#[tokio::test]
async fn a_head_is_made_even_when_nothing_happened_and_names_what_has_grown() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    app.workspace("other").await;
    for _ in 0..3 {
        make(&app).await;
    }
    acme.token("deploy-bot").await;
    make(&app).await;
    let rows = app.sql("SELECT line FROM audit_heads ORDER BY number").await;
    let heads = rows.iter().map(|row| SignedHead::parse(&row.get::<String>("line").expect("a line")));
    let heads: Vec<_> = heads.map(|head| head.expect("a head").head).collect();
    let named: Vec<usize> = heads.iter().map(|head| head.chains.len()).collect();
    assert!(named[0] >= 2);
    assert_eq!(named[1..], [0, 0, 1]);
    assert_eq!((&heads[3].chains[0].chain, heads[3].chains[0].sequence), (&acme.id.to_string(), 3));
    assert_eq!(kept(&app).await, [1, 2, 3, 4]);
    assert_eq!(app.sql("SELECT id FROM audit_keys").await.len(), 1, "one key signs all");
    app.end().await;
}

#[tokio::test]
async fn a_head_that_failed_is_made_seconds_later_and_its_age_tells() {
    let app = TestApp::start().await;
    app.workspace("acme").await;
    let (mut owed, age) = (BTreeSet::new(), "bailiwick_audit_head_age_seconds");
    app.clock.pass(Duration::from_secs(100));
    assert!((app.metric(age).await - 100.0).abs() < 1.0, "from the first entry on");
    app.sql("ALTER TABLE audit_headed RENAME TO elsewhere").await;
    jobs::take_turns(&app.app, &mut owed).await.expect("the others are taken");
    app.sql("ALTER TABLE elsewhere RENAME TO audit_headed").await;
    assert!(kept(&app).await.is_empty());
    assert_eq!(app.sql("SELECT name FROM schedules").await.len(), jobs::SCHEDULES.len());
    for (pause, heads) in [(9, 0), (1, 1), (60, 1), (3_600, 2)] {
        app.clock.pass(Duration::from_secs(pause));
        jobs::take_turns(&app.app, &mut owed).await.expect("the database answers");
        assert_eq!(kept(&app).await.len(), heads, "after {pause} seconds more");
    }
    app.clock.pass(Duration::from_mins(5));
    assert!((app.metric(age).await - 300.0).abs() < 1.0, "from the newest head on");
    app.end().await;
}

/// A claim that was made while the clock went far ahead.
#[tokio::test]
async fn a_clock_that_was_ahead_for_a_while_keeps_no_head_from_being_delivered() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("heads");
    let app = TestApp::with(&[("AUDIT__HEADS_FILE", file.to_str().expect("UTF-8"))]).await;
    make(&app).await;
    app.work_off().await;
    app.sql("UPDATE audit_deliveries SET claimed_until = 9000000000000000").await;
    make(&app).await;
    app.work_off().await;
    let lines = std::fs::read_to_string(&file).expect("heads");
    assert_eq!(lines.lines().count(), 2);
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_at_once_make_one_head_and_leave_no_gap() {
    let app = TestApp::start().await;
    let (acme, node) = (app.workspace("acme").await, app.second_node().await);
    let mut made = Vec::new();
    for _ in 0..10 {
        let both = tokio::join!(audit::make_heads(&app.app), audit::make_heads(&node.app), acme.token("bot"));
        made.extend([both.0, both.1].into_iter().filter_map(|head| head.expect("the database answers")));
    }
    made.sort_unstable();
    assert_eq!(made, (1..=made.len() as u64).collect::<Vec<_>>(), "each number is made by one of them");
    assert_eq!(kept(&app).await, made);
    assert_eq!(app.sql("SELECT id FROM audit_keys").await.len(), 1);
    node.end_node().await;
    app.end().await;
}

/// More than one head names, as nobody's workspaces.
const MANY: &str = "
    INSERT INTO audit_chains (chain, sequence, hash)
    SELECT 'many_' || a.name || b.name || c.name || d.name, 1, h.hash
    FROM digits a, digits b, digits c, digits d, (SELECT hash FROM audit_chains LIMIT 1) h";

#[tokio::test]
async fn where_more_chains_have_grown_than_a_head_names_there_are_several() {
    let app = TestApp::start().await;
    app.workspace("acme").await;
    app.sql("CREATE TABLE digits (name TEXT)").await;
    app.sql("INSERT INTO digits VALUES ('0'), ('1'), ('2'), ('3'), ('4'), ('5'), ('6'), ('7'), ('8'), ('9')")
        .await;
    app.sql(MANY).await;
    let made = audit::make_heads(&app.app).await.expect("the database answers");
    assert_eq!(made, Some(3), "10,000 and the app's own, 5,000 a head");
    assert_eq!(app.sql("SELECT number FROM audit_heads").await.len(), 3);
    let named = app.sql("SELECT chain FROM audit_headed").await.len();
    assert_eq!(named, app.sql("SELECT chain FROM audit_chains").await.len());
    assert_eq!(
        audit::make_heads(&app.app).await.expect("the database answers"),
        Some(4),
        "nothing has grown, and there is one"
    );
    // Nobody recorded anything in them, which the verification at the end would say.
    for made_up in ["audit_chains WHERE chain LIKE 'many%'", "audit_headed", "audit_heads"] {
        app.sql(&format!("DELETE FROM {made_up}")).await;
    }
    app.sql("DROP TABLE digits").await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_deliver_in_order_and_a_restart_goes_on_where_it_was() {
    let (outside, url) = Outside::start().await;
    let app = TestApp::with(&[("AUDIT__HEADS_WEBHOOK", &url), ("AUDIT__HEADS_WEBHOOK_SECRET", SECRET)]).await;
    let node = app.second_node().await;
    for _ in 0..12 {
        make(&app).await;
    }
    tokio::join!(app.work_off(), node.work_off());
    app.clock.pass(Duration::from_mins(1));
    app.work_off().await;
    let bodies = outside.taken();
    let numbers = numbers(bodies.iter().map(|request| request.body.as_str()));
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    node.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn a_bucket_gets_an_object_for_each_head() {
    let (outside, url) = Outside::start().await;
    let app = TestApp::with(&[
        ("AUDIT__HEADS_BUCKET", "s3://heads/audit"),
        ("AUDIT__HEADS_BUCKET_ENDPOINT", &url),
        ("AUDIT__HEADS_BUCKET_KEY_ID", "AKIDEXAMPLE"),
        ("AUDIT__HEADS_BUCKET_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    ])
    .await;
    for _ in 0..2 {
        make(&app).await;
    }
    outside.is_away(true);
    app.work_off().await;
    outside.is_away(false);
    app.clock.pass(Duration::from_mins(1));
    app.work_off().await;
    let taken = outside.taken();
    assert_eq!(taken.len(), 2);
    for (number, put) in (1..).zip(&taken) {
        assert_eq!(put.method, Method::PUT);
        let path = put.uri.path();
        let name = path.strip_suffix(".json").expect("it says what it is");
        assert!(name.starts_with(&format!("/heads/audit/head_{number:010}_")), "{path}");
        let query = put.uri.query().expect("a signature");
        for part in
            ["X-Amz-Credential=AKIDEXAMPLE%2F20261123%2Fus-east-1%2Fs3%2Faws4_request", "X-Amz-Signature="]
        {
            assert!(query.contains(part), "{query}");
        }
        assert!(query.contains("x-amz-checksum-sha256"), "the checksum is signed: {query}");
        let checksum = STANDARD.encode(digest(&SHA256, put.body.as_bytes()));
        assert_eq!(put.headers["x-amz-checksum-sha256"], checksum.as_str());
        assert_eq!(numbers(put.body.lines()), [number]);
    }
    app.end().await;
}

#[tokio::test]
async fn a_server_puts_its_heads_into_s3_by_the_credentials_of_its_environment() {
    let mut moto = Moto::start();
    let bucket = json!({"Bucket": "heads", "CreateBucketConfiguration": {"LocationConstraint": REGION}});
    moto.call("s3", "create_bucket", &bucket);
    let app = TestApp::start().await;
    let mut environment = app.environment().to_vec();
    for (name, value) in [
        ("BAILIWICK_AUDIT__HEADS_BUCKET", "s3://heads/audit"),
        ("BAILIWICK_AUDIT__HEADS_BUCKET_ENDPOINT", &moto.endpoint()),
        ("BAILIWICK_AUDIT__HEADS_BUCKET_REGION", REGION),
        ("BAILIWICK_SERVER__LISTEN", "127.0.0.1:0"),
    ]
    .into_iter()
    .chain(ENVIRONMENT)
    {
        environment.push((name.to_owned(), value.to_owned()));
    }
    // The first turn comes with the start.
    let server = Process::serve(Path::new(PROGRAM), app.folder(), &environment).await;
    let moto = Mutex::new(moto);
    let listed = || moto.lock().expect("no panic").call("s3", "list_objects_v2", &json!({"Bucket": "heads"}));
    eventually(Duration::from_secs(30), "the head is there", async || listed()["KeyCount"] == 1).await;
    assert!(server.stop().await.success());
    let name = listed()["Contents"][0]["Key"].as_str().expect("a name").to_owned();
    assert!(name.starts_with("audit/head_0000000001_"), "{name}");
    assert_eq!(kept(&app).await, [1]);
    app.over().await;
}

#[tokio::test]
async fn a_pipe_in_the_place_of_the_file_of_heads_is_told_of_and_keeps_the_server_from_nothing() {
    let app = TestApp::start().await;
    let pipe = app.folder().join("heads");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("there is mkfifo").success());
    let mut environment = app.environment().to_vec();
    for (name, value) in [
        ("BAILIWICK_AUDIT__HEADS_FILE", pipe.to_str().expect("UTF-8")),
        ("BAILIWICK_SERVER__LISTEN", "127.0.0.1:0"),
    ] {
        environment.push((name.to_owned(), value.to_owned()));
    }
    // The first turn comes with the start.
    let server = Process::serve(Path::new(PROGRAM), app.folder(), &environment).await;
    eventually(Duration::from_secs(30), "a delivery has failed", async || {
        let why = Some("head 1 to the file: it is no regular file".to_owned());
        app.jobs().await.iter().any(|job| job.kind == "deliver_heads" && job.last_error == why)
    })
    .await;
    assert!(server.stop().await.success());
    // It is due by the machine's clock, and not yet by the test's.
    app.sql("UPDATE jobs SET run_at = 0").await;
    app.over().await;
}

/// Whoever no other workspace knows goes with a deleted one.
fn is_acme_and_its_owner<'s>(shredded: impl Iterator<Item = &'s str>, acme: &str) {
    let shredded: Vec<_> = shredded.collect();
    assert!(
        matches!(shredded[..], [person, workspace] if person.starts_with("per_") && workspace == acme),
        "{shredded:?}"
    );
}

#[tokio::test]
async fn a_deletion_is_in_the_next_head_whatever_the_clocks_say() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    make(&app).await;
    workspaces::delete(&app.app, &Authority::on_this_machine(), &acme.id).await.expect("it is deleted");
    // By a node whose clock is years behind that of the head before.
    app.sql("UPDATE shredded SET at = 1").await;
    make(&app).await;
    let mut heads = Heads::default();
    audit::known_heads(&app.app.db, &mut heads).await.expect("the database answers");
    is_acme_and_its_owner(heads.shredded(), acme.id.as_str());
    app.over().await;
}

#[tokio::test]
async fn what_was_shredded_after_a_backup_is_shredded_in_what_is_restored_of_it() {
    let folder = TempDir::new().expect("a folder");
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let (gone, stays) = (acme.token("deploy-bot").await, other.token("deploy-bot").await);
    let copy = folder.path().join("backup");
    backup::create(&app.app.settings, &copy).await.expect("a backup");
    workspaces::delete(&app.app, &Authority::on_this_machine(), &acme.id).await.expect("it is deleted");
    make(&app).await;
    let mut heads = Heads::default();
    audit::known_heads(&app.app.db, &mut heads).await.expect("the database answers");
    let mut shredded: Vec<String> = heads.shredded().map(str::to_owned).collect();
    is_acme_and_its_owner(shredded.iter().map(String::as_str), acme.id.as_str());
    // Somebody who was merged into another since.
    let owner = format!("SELECT person_id FROM members WHERE workspace_id = '{}'", other.id);
    let ana: String = app.sql(&owner).await[0].get("person_id").expect("an owner");
    shredded.push(ana.clone());
    let outside = backup::Outside { shredded, heads: Vec::new() };

    let place = TempDir::new().expect("a folder");
    let database = Database::fresh(place.path());
    let settings = |key: &Path| {
        let variables = [
            ("BAILIWICK_DATA_DIR".to_owned(), place.path().display().to_string()),
            ("BAILIWICK_DATABASE__URL".to_owned(), database.url.clone()),
            ("BAILIWICK_KEYRING__ROOT".to_owned(), format!("file:{}", key.display())),
        ];
        Settings::load(None, variables.into_iter()).expect("good settings")
    };
    let restore =
        async |key: &Path| backup::restore_after(&settings(key), app.clock.now(), &copy, &outside).await;
    if !Database::is_postgres() {
        let refused = restore(&folder.path().join("no.key")).await.expect_err("there is no key").to_string();
        assert!(refused.contains("may still be readable"), "{refused}");
    }
    let restored = restore(&app.folder().join("root.key")).await.expect("it is restored");
    assert_eq!((restored.deleted_again, restored.known_again), (1, vec![ana]));
    let there = app.elsewhere(place, database).await;
    assert_eq!(there.code(&gone.secret).await, "REVOKED");
    assert_eq!(there.code(&stays.secret).await, "VALID");
    assert_eq!(there.sql("SELECT subject FROM shredded").await.len(), 2);
    assert_eq!(there.people_with(&["ana@acme.example", "ana@other.example"]).await, 1);
    there.work_off().await;
    there.end().await;
    app.end().await;
}
