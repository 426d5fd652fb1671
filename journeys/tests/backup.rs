//! What is lost with a machine can be had back: a backup is made while the server works, and restored into an empty
//! place, where everything goes on.

use std::path::{Path, PathBuf};

use bailiwick::{
    backup::{self, Backup, Restored},
    config::Settings,
    permissions::Scope,
};
use serde_json::json;
use store::{Db, Options, args};
use tempfile::TempDir;
use test_app::{BEGINNING, Database, TestApp, Token};
use time_and_chance::{Clock as _, Duration};
use tokio::sync::watch;

/// What a backup is restored into.
struct Place {
    folder: TempDir,
    database: Database,
    settings: Settings,
}

impl Place {
    fn empty() -> Self {
        let folder = TempDir::new().expect("a folder");
        let database = Database::fresh(folder.path());
        let settings = settings(&database.url);
        Self { folder, database, settings }
    }

    async fn restore(&self, from: &Path) -> Result<Restored, String> {
        backup::restore(&self.settings, BEGINNING, from).await.map_err(|fault| fault.to_string())
    }

    /// Whether nothing is there: no table, and no file.
    async fn is_empty(&self) -> bool {
        if !Database::is_postgres() {
            return std::fs::read_dir(self.folder.path()).expect("its folder").next().is_none();
        }
        let db = Db::open(&self.database.url, Options::default()).await.expect("its database");
        let empty = db.is_empty().await.expect("an answer");
        db.close().await;
        empty
    }
}

fn settings(url: &str) -> Settings {
    Settings::load(None, std::iter::once(("BAILIWICK_DATABASE__URL".to_owned(), url.to_owned())))
        .expect("good settings")
}

async fn made(app: &TestApp, name: &str) -> PathBuf {
    let to = app.folder().join(name);
    backup::create(&app.app.settings, &to).await.expect("a backup");
    to
}

/// How many reports are under way at once.
const REPORTERS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_reports_come_in_is_of_one_moment_and_goes_on_elsewhere() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let mut tokens = Vec::new();
    for number in 0..60 {
        tokens.push(acme.token(&format!("bot-{number}")).await);
    }
    let kept = acme.token("kept").await;

    let reported = watch::Sender::new(0);
    let mut half = reported.subscribe();
    let ((), (before, backup, after)) = tokio::join!(
        async {
            for chunk in tokens.chunks(REPORTERS) {
                let sent = chunk.iter().map(|token| report_and_verify(&app, token, &kept));
                for done in futures(sent).await {
                    done.expect("it holds here");
                }
                reported.send_modify(|count| *count += chunk.len());
            }
        },
        async {
            half.wait_for(|count| *count >= 20).await.expect("it holds here");
            let before = *half.borrow();
            let to = made(&app, "backup").await;
            (before, to, *half.borrow())
        }
    );
    app.work_off().await;

    app.clock.pass(Duration::from_mins(10));
    let Place { folder, database, settings } = Place::empty();
    let restored = backup::restore(&settings, app.clock.now(), &backup).await.expect("it holds here");
    assert_eq!(restored.last_change, Some(BEGINNING));
    let there = app.elsewhere(folder, database).await;

    let mut dead = 0;
    for (number, token) in tokens.iter().enumerate() {
        match there.code(&token.secret).await {
            "REVOKED" => dead += 1,
            "VALID" => assert!(number >= before, "token {number} was reported before the backup"),
            other => panic!("{other}"),
        }
    }
    assert!(dead <= after + REPORTERS, "{dead} are dead, but only {after} had been reported");
    assert_eq!(there.code(&kept.secret).await, "VALID");
    each_dead_token_has_its_sighting_and_its_mail(&there, &acme.id.to_string(), dead).await;
    work_goes_on(&there, &kept, &acme.id.to_string()).await;

    there.end().await;
    app.end().await;
}

async fn report_and_verify(app: &TestApp, token: &Token, kept: &Token) -> Result<(), String> {
    let answer = app.report_github(&json!([{"token": token.secret}])).await;
    if answer.status != 200
        || app.code(&token.secret).await != "REVOKED"
        || app.code(&kept.secret).await != "VALID"
    {
        return Err(answer.text);
    }
    Ok(())
}

async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    futures_util::future::join_all(all).await
}

/// A report is in the backup with all it caused, or not at all.
async fn each_dead_token_has_its_sighting_and_its_mail(there: &TestApp, workspace: &str, dead: usize) {
    let key = there.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{workspace}/sightings?limit=100");
    let sightings = there.get(&path, &key).await.with_status(200);
    assert_eq!(sightings.json["items"].as_array().map(Vec::len), Some(dead));
    there.work_off().await;
    let sent = there.app.db.rows("SELECT id FROM mails WHERE sent_at IS NOT NULL", args![]).await;
    assert_eq!(sent.map(|rows| rows.len()).ok(), Some(dead));
}

async fn work_goes_on(there: &TestApp, kept: &Token, workspace: &str) {
    let mails = there.mails().len();
    let answer = there.report_github(&json!([{"token": kept.secret}])).await.with_status(200);
    assert_eq!(answer.json[0]["label"], "true_positive");
    assert_eq!(there.code(&kept.secret).await, "REVOKED");
    there.work_off().await;
    assert_eq!(there.mails().len(), mails + 1);

    let key = there.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{workspace}/tokens");
    let made = there.post(&path, &key, &json!({"description": "new"})).await.with_status(201);
    assert!(made.text_at("/id") > kept.id.as_str(), "{} comes after {}", made.text, kept.id);
    assert_eq!(there.code(made.text_at("/secret")).await, "VALID");
}

#[tokio::test]
async fn every_schedule_has_its_turn_after_a_restore_and_no_job_is_claimed() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await;
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    let mut tx = app.app.db.begin().await.expect("it holds here");
    let later = BEGINNING.plus(Duration::from_hours(24));
    tx.execute("UPDATE jobs SET claimed_until = $1", args![later]).await.expect("it holds here");
    tx.execute("INSERT INTO schedules (name, next_at) VALUES ($1, $2)", args!["deadlines", later])
        .await
        .expect("it holds here");
    tx.commit().await.expect("it holds here");
    let backup = made(&app, "backup").await;

    let place = Place::empty();
    assert_eq!(place.restore(&backup).await.expect("it holds here").jobs, 1);
    let there = app.elsewhere(place.folder, place.database).await;
    there.work_off().await;
    assert_eq!(there.mails().len(), 1);
    let deadlines = jobs::Schedule { name: "deadlines", every: Duration::from_secs(20), does: "nothing" };
    assert!(jobs::claim_turn(&there.app.db, BEGINNING, deadlines).await.expect("it holds here"));
    there.end().await;

    let mut tx = app.app.db.begin().await.expect("it holds here");
    tx.execute("UPDATE jobs SET claimed_until = NULL", args![]).await.expect("it holds here");
    tx.commit().await.expect("it holds here");
    app.over().await;
}

#[tokio::test]
async fn nobody_is_in_after_a_restore_and_no_link_of_before_leads_in() {
    const ANA: &str = "ana@acme.example";
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    ana.post(&format!("{home}/people"), &[("mail", "bo@acme.example"), ("role", "member")])
        .await
        .with_status(303);
    let invitation = ana.mailed_link("bo@acme.example").await;
    let stranger = app.browser();
    stranger.post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let reset = stranger.mailed_link(ANA).await;
    let backup = made(&app, "backup").await;

    let place = Place::empty();
    place.restore(&backup).await.expect("it holds here");
    let there = app.elsewhere(place.folder, place.database).await;
    ana.get("/account").await.with_status(200);
    ana.on(&there).get("/account").await.with_status(303);
    for link in [&invitation, &reset] {
        stranger.get(link).await.with_status(200);
        stranger.on(&there).get(link).await.with_status(410);
    }
    there.browser().sign_in(ANA, test_app::PASSWORD).await.with_status(200);
    there.work_off().await;
    there.end().await;
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn a_backup_is_whole_its_owners_alone_and_written_over_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let app = TestApp::start().await;
    app.workspace("acme").await;
    let to = app.folder().join("backup");
    let Backup { file, bytes, schema, .. } =
        backup::create(&app.app.settings, &to).await.expect("it holds here");
    let metadata = std::fs::metadata(&file).expect("it holds here");
    assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (bytes, 0o600));
    assert_eq!(schema, bailiwick::schema::STEPS.last().expect("it holds here").number);

    let again = backup::create(&app.app.settings, &to).await.unwrap_err().to_string();
    assert!(
        again.ends_with("exists already, and a backup is not written over anything: choose another name"),
        "{again}"
    );
    let nowhere = app.folder().join("no/such/folder/backup");
    assert!(
        backup::create(&app.app.settings, &nowhere).await.unwrap_err().to_string().contains("No such file")
    );
    let left = std::fs::read_dir(app.folder())
        .expect("it holds here")
        .map(|file| file.expect("it holds here").file_name().into_string().expect("it holds here"));
    assert_eq!(left.filter(|name| name.starts_with(".bailiwick")).count(), 0);
    app.end().await;
}

#[tokio::test]
async fn an_empty_place_has_nothing_to_back_up() {
    let place = Place::empty();
    let to = place.folder.path().join("backup");
    let refused = backup::create(&place.settings, &to).await.unwrap_err().to_string();
    assert!(refused.ends_with("there is nothing to back up"), "{refused}");
    assert!(place.is_empty().await);
}

#[tokio::test]
async fn a_place_that_is_not_empty_is_left_as_it_is() {
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await;
    let backup = made(&app, "backup").await;
    let refused = backup::restore(&app.app.settings, BEGINNING, &backup).await.unwrap_err().to_string();
    assert!(refused.starts_with("a backup is restored into an empty place only, and "), "{refused}");
    assert_eq!(app.code(&token.secret).await, "VALID");

    if !Database::is_postgres() {
        let place = Place::empty();
        std::fs::write(place.folder.path().join("test.db-wal"), "of a database that was deleted")
            .expect("it holds here");
        let refused = place.restore(&backup).await.unwrap_err();
        assert!(refused.ends_with("test.db-wal is there"), "{refused}");
    }
    app.end().await;
}

#[tokio::test]
async fn what_is_no_backup_of_this_engine_or_not_whole_restores_nothing() {
    let app = TestApp::start().await;
    app.workspace("acme").await;
    let backup = made(&app, "backup").await;
    let place = Place::empty();
    let whole = std::fs::read(&backup).expect("it holds here");
    let (other, other_engine) = if Database::is_postgres() {
        (&b"SQLite format 3\0"[..], "this is a backup of SQLite, but the settings name PostgreSQL")
    } else {
        (&b"PGDMP"[..], "this is a backup of PostgreSQL, but the settings name SQLite")
    };
    for (name, bytes, sentence) in [
        ("text", &b"-- a dump in SQL"[..], "is not a backup that Bailiwick made"),
        ("nothing", b"", "is not a backup that Bailiwick made"),
        ("other", other, other_engine),
        ("head", &whole[..100], "the backup is damaged, and nothing was restored"),
        ("half", &whole[..whole.len() / 2], ""),
    ] {
        let from = app.folder().join(name);
        std::fs::write(&from, bytes).expect("it holds here");
        let refused = place.restore(&from).await.unwrap_err();
        assert!(refused.contains(sentence), "{name}: {refused}");
        assert!(place.is_empty().await, "{name} left something behind");
    }
    let missing = place.restore(&app.folder().join("missing")).await.unwrap_err();
    assert!(missing.contains("No such file"), "{missing}");
    app.end().await;
}

#[tokio::test]
async fn a_backup_whose_schema_excludes_this_version_restores_nothing() {
    let app = TestApp::start().await;
    let mut tx = app.app.db.begin().await.expect("it holds here");
    let add = "INSERT INTO schema_migrations (number, name, oldest, applied_at) VALUES (9001, 'x', 9000, 0)";
    tx.execute(add, args![]).await.expect("it holds here");
    tx.commit().await.expect("it holds here");
    let backup = made(&app, "backup").await;
    let place = Place::empty();
    let refused = place.restore(&backup).await.unwrap_err();
    assert!(refused.contains("(schema 9001) that excludes versions before schema 9000"), "{refused}");
    assert!(place.is_empty().await);
    app.end().await;
}
