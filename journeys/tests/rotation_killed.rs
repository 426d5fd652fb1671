//! Rotations that are killed at any moment, or begun twice at once: everything stays readable, and the next goes on.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use bailiwick::{
    keyring,
    permissions::{Authority, Scope},
};
use serde_json::json;
use test_app::{Process, TestApp, eventually};
use time_and_chance::{Chance as _, SeededChance};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const LISTENS: [(&str, &str); 1] = [("SERVER__LISTEN", "127.0.0.1:0")];
/// How often each is killed.
const KILLS: usize = 10;
/// Several transactions' worth of data keys.
const DATA_KEYS: usize = 5_000;
/// Several transactions' worth of fields: a token's description, where it was seen, what is tracked, and a mail of four.
const TOKENS: usize = 200;
/// Longer than a lease of a job.
const PATIENCE: Duration = Duration::from_secs(110);
/// Longer than any node keeps a key, and than a lease of a job.
const SETTLED: Duration = Duration::from_mins(6);

/// A moment within a length of time.
fn moment(dice: &SeededChance, within: Duration) -> Duration {
    let micros = dice.number() % within.as_micros().max(1);
    Duration::from_micros(u64::try_from(micros).expect("it is short"))
}

/// Begins `bailiwick keyring rotate root` on the app's database, in a process of its own.
fn rotate_root(app: &TestApp) -> Child {
    let mut program = Command::new(PROGRAM);
    program.args(["keyring", "rotate", "root"]).current_dir(app.folder()).env_clear();
    program.envs(app.environment().iter().map(|(name, value)| (name, value)));
    program.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    program.kill_on_drop(true).spawn().expect("it starts")
}

async fn done(rotation: Child) {
    let output = rotation.wait_with_output().await.expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn a_server_does_the_rest(app: &TestApp) {
    let server = Process::serve(Path::new(PROGRAM), app.folder(), app.environment()).await;
    eventually(PATIENCE, "every job is done", async || app.jobs().await.is_empty()).await;
    assert!(server.stop().await.success());
}

/// Makes data keys, of subjects that have nothing else.
async fn make_data_keys(app: &TestApp) {
    let now = app.app.now();
    let subjects: Vec<String> = (0..DATA_KEYS).map(|number| format!("somebody {number}")).collect();
    let mut tx = app.app.db.begin().await.expect("the database answers");
    now.keys(&mut tx, subjects.iter().map(String::as_str)).await.expect("keys");
    tx.commit().await.expect("the database answers");
}

/// The key file and the database fit each other: a node that has nothing in memory reads everything.
async fn a_new_node_reads(app: &TestApp, workspace: &str, key: &str, name: &str) {
    let node = app.second_node().await;
    let path = format!("/v1/workspaces/{workspace}");
    assert_eq!(node.get(&path, key).await.with_status(200).text_at("/name"), name);
    for token in node.all(&format!("{path}/tokens"), key).await {
        assert_eq!(token["description"], "deploy-bot");
    }
    for sighting in node.all(&format!("{path}/sightings"), key).await {
        assert_eq!(sighting["url"], "https://github.com/acme/app");
    }
    node.get(&format!("{path}/audit"), key).await.with_status(200);
    let members = node.all(&format!("{path}/members"), key).await;
    assert_eq!(members[0]["mail"], format!("ana@{name}.example"));
    node.end_node().await;
}

#[tokio::test]
async fn a_rotation_of_the_root_that_is_killed_at_any_moment_locks_nothing_out_and_the_next_goes_on() {
    let app = TestApp::with(&LISTENS).await;
    let acme = app.workspace("acme").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    make_data_keys(&app).await;
    let begun = Instant::now();
    done(rotate_root(&app)).await;
    let whole = begun.elapsed();

    let (dice, mut killed) = (SeededChance::new(3), 0);
    for _ in 0..KILLS {
        let mut rotation = rotate_root(&app);
        if timeout(moment(&dice, whole), rotation.wait()).await.is_err() {
            rotation.kill().await.expect("it can be killed");
            killed += 1;
        }
        a_new_node_reads(&app, acme.id.as_str(), &key, "acme").await;
    }
    assert!(killed > 0, "none was killed within {whole:?}");
    // What was begun is in the queue.
    a_server_does_the_rest(&app).await;
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.roots[0].data_keys, shown.data_keys);
    a_new_node_reads(&app, acme.id.as_str(), &key, "acme").await;
    app.end().await;
}

#[tokio::test]
async fn of_rotations_of_the_root_at_once_each_finds_the_others_root_in_the_key_file() {
    let app = TestApp::with(&LISTENS).await;
    let acme = app.workspace("acme").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    for _ in 0..3 {
        let both = [rotate_root(&app), rotate_root(&app)];
        let [one, other] = both.map(done);
        tokio::join!(one, other);
        a_new_node_reads(&app, acme.id.as_str(), &key, "acme").await;
    }
    a_server_does_the_rest(&app).await;
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.roots.len(), 7, "the first, and two for each time");
    assert_eq!(shown.roots[0].data_keys, shown.data_keys);
    let file = std::fs::read_to_string(app.folder().join("root.key")).expect("a key file");
    assert_eq!(file.lines().filter(|line| !line.starts_with('#')).count(), 7);
    app.end().await;
}

/// Begins to rotate the workspace's key and the index's, where that is not under way.
async fn rotate_both(app: &TestApp, workspace: &bailiwick::ids::WorkspaceId) {
    let by = Authority::on_this_machine();
    for begun in [
        keyring::rotate_workspace(&app.app, &by, workspace).await,
        keyring::rotate_index(&app.app, &by).await,
    ] {
        assert!(matches!(begun, Ok(()) | Err(keyring::Refusal::UnderWay)), "{begun:?}");
    }
    app.clock.pass(SETTLED);
}

#[tokio::test]
async fn resealing_that_is_broken_off_at_any_moment_leaves_everything_readable_and_goes_on() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    let mut report = Vec::with_capacity(TOKENS);
    for _ in 0..TOKENS {
        let token = acme.token("deploy-bot").await;
        report.push(json!({"token": token.secret, "url": "https://github.com/acme/app"}));
    }
    app.report_github(&json!(report)).await.with_status(200);
    app.work_off().await;
    rotate_both(&app, &acme.id).await;
    let begun = Instant::now();
    app.work_off().await;
    let whole = begun.elapsed();

    let (dice, mut broken_off) = (SeededChance::new(4), 0);
    for _ in 0..KILLS {
        rotate_both(&app, &acme.id).await;
        // What it was at is rolled back, as when its process dies.
        broken_off += usize::from(timeout(moment(&dice, whole), app.work_off()).await.is_err());
        a_new_node_reads(&app, acme.id.as_str(), &key, "acme").await;
    }
    assert!(broken_off > 0, "none was broken off within {whole:?}");
    for _ in 0..2 {
        app.clock.pass(SETTLED);
        app.work_off().await;
    }
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.rotating, Vec::<String>::new(), "{:?}", app.jobs().await);
    for (column, table) in [("description", "tokens"), ("url", "sightings"), ("text", "mails")] {
        let keys = format!(
            "SELECT DISTINCT substr({column}, 2, 8) AS key FROM {table} WHERE workspace_id = '{}'",
            acme.id
        );
        let rows = app.sql(&keys).await;
        assert_eq!(rows.len(), 1, "{table} are sealed by one key");
    }
    let members = format!("/v1/workspaces/{}/members", acme.id);
    app.post(&members, &key, &json!({"mail": "ana@acme.example"})).await.with_status(200);
    a_new_node_reads(&app, acme.id.as_str(), &key, "acme").await;
    app.end().await;
}
