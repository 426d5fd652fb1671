//! A database that came out of a backup: its heads go on after those that were given away, and what happened is told.

use std::{
    path::Path,
    process::{Command, Output},
};

use bailiwick::{
    backup::{self, Restored},
    config::Settings,
    jobs,
};
use chain::{Finding, SignedHead, Unproven};
use tempfile::TempDir;
use test_app::{Database, TestApp};
use time_and_chance::{Clock as _, Duration};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");

/// An hour goes by: a head is made and delivered.
async fn hour(app: &TestApp) {
    app.clock.pass(Duration::from_hours(1));
    assert!(jobs::run_scheduled(&app.app, "heads").await.expect("the database answers"));
    app.work_off().await;
}

fn delivered(outside: &Path) -> Vec<SignedHead> {
    let lines = std::fs::read_to_string(outside).expect("heads were delivered");
    lines.lines().map(|line| SignedHead::parse(line).expect("a head")).collect()
}

/// An app of which a backup was made after its second head, and to which more happened then, in two hours.
struct Story {
    app: TestApp,
    folder: TempDir,
}

impl Story {
    async fn begin() -> Self {
        let folder = TempDir::new().expect("a folder");
        let outside = folder.path().join("heads");
        let app = TestApp::with(&[("AUDIT__HEADS_FILE", outside.to_str().expect("UTF-8"))]).await;
        let acme = app.workspace("acme").await;
        for _ in 0..2 {
            acme.token("before the backup").await;
            hour(&app).await;
        }
        acme.token("in no head before the backup").await;
        backup::create(&app.app.settings, &folder.path().join("backup")).await.expect("a backup");
        for _ in 0..2 {
            acme.token("after the backup").await;
            hour(&app).await;
        }
        Self { app, folder }
    }

    fn outside(&self) -> std::path::PathBuf {
        self.folder.path().join("heads")
    }

    async fn restore_by_the_library(&self, database: &Database, known: &backup::Outside) -> Restored {
        let key = format!("file:{}", self.app.folder().join("root.key").display());
        let file = self.outside().display().to_string();
        let data_dir = self.folder.path().display().to_string();
        let variables = [
            ("DATA_DIR", &data_dir),
            ("DATABASE__URL", &database.url),
            ("KEYRING__ROOT", &key),
            ("AUDIT__HEADS_FILE", &file),
        ];
        let variables = variables.map(|(name, value)| (format!("BAILIWICK_{name}"), value.clone()));
        let settings = Settings::load(None, variables.into_iter()).expect("good settings");
        let (when, backup) = (self.app.clock.now(), self.folder.path().join("backup"));
        backup::restore_after(&settings, when, &backup, known).await.expect("it is restored")
    }

    /// Restores the backup by the command.
    fn restore(&self, database: &Database, arguments: &[&str]) -> Output {
        let key = format!("file:{}", self.app.folder().join("root.key").display());
        let settings =
            [("BAILIWICK_DATABASE__URL", database.url.as_str()), ("BAILIWICK_KEYRING__ROOT", &key)];
        Command::new(PROGRAM)
            .args(["backup", "restore", "--from", "backup"])
            .args(arguments)
            .env_clear()
            .envs(settings)
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .current_dir(self.folder.path())
            .output()
            .expect("the program runs")
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn a_database_that_is_restored_with_its_heads_goes_on_after_them_and_says_so() {
    let story = Story::begin().await;
    let (place, outside) = (TempDir::new().expect("a folder"), story.outside());
    let database = Database::fresh(place.path());
    let known = backup::Outside { shredded: Vec::new(), heads: delivered(&outside) };
    let restored = story.restore_by_the_library(&database, &known).await;
    assert_eq!(restored.head, Some(5));

    let there = story.app.elsewhere(place, database).await;
    there.work_off().await;
    let newest = delivered(&outside).pop().expect("a head");
    assert_eq!((newest.head.number, newest.head.restored), (5, Some(2)));
    let known = delivered(&outside).into_iter().find(|head| head.head.number == 4).expect("it was delivered");
    assert_eq!(newest.head.previous, known.hash(), "it follows what was given away");
    let report = there.audit_against(&outside).await;
    assert_eq!(report.findings, []);
    let is_told = |open: &&Unproven| matches!(open, Unproven::Restored { head: 5, after: 2, .. });
    assert_eq!(report.unproven.iter().filter(is_told).count(), 1, "{:?}", report.unproven);

    // It goes on: no number is given twice, and what is changed behind its back shows as ever.
    there.workspace("other").await;
    hour(&there).await;
    assert_eq!(delivered(&outside).pop().expect("a head").head.number, 6);
    assert_eq!(there.audit_against(&outside).await.findings, []);
    there
        .sql("UPDATE audit_entries SET target = 'tok_2' WHERE event = 'token.created' AND sequence = 3")
        .await;
    let found = there.audit_against(&outside).await.findings;
    assert!(matches!(found.as_slice(), [Finding::Edited { sequence: 3, .. }]), "{found:?}");
    there.end_node().await;
    story.app.end().await;
}

#[tokio::test]
async fn a_database_that_is_restored_without_its_heads_makes_numbers_again_which_is_found() {
    let story = Story::begin().await;
    let (place, outside) = (TempDir::new().expect("a folder"), story.outside());
    let database = Database::fresh(place.path());
    let restored = story.restore_by_the_library(&database, &backup::Outside::default()).await;
    assert_eq!(restored.head, None);
    let there = story.app.elsewhere(place, database).await;
    hour(&there).await;
    let found = there.audit_against(&outside).await.findings;
    assert!(found.contains(&Finding::HeadsForked { head: 3 }), "{found:?}");
    there.end_node().await;
    story.app.end().await;
}

#[tokio::test]
async fn the_command_takes_the_heads_from_a_file() {
    let story = Story::begin().await;
    let place = TempDir::new().expect("a folder");
    let database = Database::fresh(place.path());
    let restored = story.restore(&database, &["--heads", "heads"]);
    let told = said(&restored);
    assert!(restored.status.success(), "{told}");
    assert!(told.lines().any(|line| line.starts_with("heads go on from") && line.ends_with(" 5")), "{told}");
    let there = story.app.elsewhere(place, database).await;
    let rows = there.sql("SELECT number FROM audit_heads ORDER BY number").await;
    let numbers: Vec<i64> = rows.iter().map(|row| row.get("number").expect("a number")).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    there.end_node().await;
    story.app.end().await;
}

#[tokio::test]
async fn heads_of_another_database_are_refused() {
    let story = Story::begin().await;
    let other = TestApp::start().await;
    assert!(jobs::run_scheduled(&other.app, "heads").await.expect("the database answers"));
    let lines = other.sql("SELECT line FROM audit_heads").await;
    let line: String = lines[0].get("line").expect("a line");
    // Signed by a key that the backup does not know.
    let seed = chain::SigningKey::from_seed(&[9; chain::SigningKey::SEED_LEN]);
    let strange = SignedHead::parse(&line).expect("a head").head.sign(&seed).to_line();
    std::fs::write(story.folder.path().join("strange"), strange).expect("it is written");
    let place = TempDir::new().expect("a folder");
    let database = Database::fresh(place.path());
    let refused = story.restore(&database, &["--heads", "strange"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(said(&refused).contains("the heads of another database"), "{}", said(&refused));
    other.end().await;
    story.app.end().await;
}

#[tokio::test]
async fn what_is_planted_among_the_shredded_is_neither_signed_nor_destroyed_by_a_restore() {
    const NOBODY: &str = "per_01M6DRMRH02R00K6AGV0VFCXEC";
    let folder = TempDir::new().expect("a folder");
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let (token, own) = (acme.token("deploy-bot").await, app.operator_workspace().await.to_string());
    let copy = folder.path().join("backup");
    backup::create(&app.app.settings, &copy).await.expect("a backup");
    hour(&app).await;
    let planted = ["house", "index", acme.id.as_str(), own.as_str(), NOBODY];
    for subject in planted {
        app.sql(&format!("INSERT INTO shredded (subject, at) VALUES ('{subject}', 0)")).await;
    }
    hour(&app).await;
    hour(&app).await;
    let lines = app.sql("SELECT line FROM audit_heads ORDER BY number").await;
    let named: Vec<Vec<String>> = lines
        .iter()
        .map(|row| SignedHead::parse(&row.get::<String>("line").expect("a line")).expect("a head"))
        .map(|head| head.head.shredded)
        .collect();
    assert_eq!(
        named,
        [vec![], vec![NOBODY.to_owned()], vec![]],
        "a person is named once, and nothing else is"
    );

    // Heads that were signed before anybody looked.
    let shredded = ["house", "index", own.as_str()].map(str::to_owned).to_vec();
    let outside = backup::Outside { shredded: shredded.clone(), heads: Vec::new() };
    let place = TempDir::new().expect("a folder");
    let database = Database::fresh(place.path());
    let variables = [
        ("BAILIWICK_DATA_DIR".to_owned(), place.path().display().to_string()),
        ("BAILIWICK_DATABASE__URL".to_owned(), database.url.clone()),
        ("BAILIWICK_KEYRING__ROOT".to_owned(), format!("file:{}", app.folder().join("root.key").display())),
    ];
    let settings = Settings::load(None, variables.into_iter()).expect("good settings");
    let restored =
        backup::restore_after(&settings, app.clock.now(), &copy, &outside).await.expect("it is restored");
    let mut left_alone = restored.left_alone;
    left_alone.sort();
    assert_eq!((restored.deleted_again, left_alone), (0, shredded));
    let there = app.elsewhere(place, database).await;
    assert_eq!(there.sql("SELECT subject FROM shredded").await.len(), 0);
    assert_eq!(there.code(&token.secret).await, "VALID");
    there.end().await;
    app.end_node().await;
}
