//! On PostgreSQL, whoever serves can append to what is on record and not change it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bailiwick::{
    app::{App, World, open_database},
    audit,
    config::Settings,
    ids::WorkspaceId,
    permissions::Authority,
    tokens::{self, Created as MadeToken, NewToken, Role},
    workspaces::{self, Created, MemberRole, NewMember, NewWorkspace},
};
use chain::Heads;
use store::{Db, Options};
use tempfile::TempDir;
use test_app::{BEGINNING, Database, Process, TestApp, eventually};
use time_and_chance::{Duration, FixedClock, SeededChance};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");

/// A database with two roles: one that owns it and one that is nobody yet.
struct Place {
    folder: TempDir,
    database: Database,
}

const PASSWORD: &str = "only-for-this-test";

impl Place {
    async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let database = Database::fresh(folder.path());
        let place = Self { folder, database };
        for role in [place.owner(), place.serving()] {
            place.tell(format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")).await;
        }
        place.tell(format!("GRANT CREATE, USAGE ON SCHEMA public TO {}", place.owner())).await;
        place
    }

    fn owner(&self) -> String {
        format!("{}_owner", self.name())
    }

    fn serving(&self) -> String {
        format!("{}_serving", self.name())
    }

    fn name(&self) -> &str {
        self.database.url.rsplit('/').next().expect("a database")
    }

    fn url_of(&self, role: &str) -> String {
        let (_, place) = self.database.url.split_once('@').expect("a host");
        format!("postgres://{role}:{PASSWORD}@{place}")
    }

    async fn tell(&self, statement: String) {
        let db = Db::open(&self.database.url, Options::default()).await.expect("the server answers");
        db.rows(Box::leak(statement.into_boxed_str()), Vec::new()).await.expect("it does it");
        db.close().await;
    }

    fn settings(&self, url: &str, migrate_url: &str) -> Settings {
        let variables = [
            ("BAILIWICK_DATA_DIR", self.folder.path().to_str().expect("a path")),
            ("BAILIWICK_DATABASE__URL", url),
            ("BAILIWICK_DATABASE__MIGRATE_URL", migrate_url),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Settings::load(None, variables.into_iter()).expect("good settings")
    }

    async fn end(self) {
        let (base, _) = self.database.url.rsplit_once('/').expect("a database");
        let (server, roles) = (format!("{base}/postgres"), [self.owner(), self.serving()]);
        drop(self.database);
        let db = Db::open(&server, Options::default()).await.expect("the server answers");
        for role in roles {
            let statement = Box::leak(format!("DROP ROLE {role}").into_boxed_str());
            db.rows(statement, Vec::new()).await.expect("nothing depends on it any more");
        }
        db.close().await;
    }
}

/// Each has dice of its own, as every process has.
static WORLDS: AtomicU64 = AtomicU64::new(1);

fn world() -> World {
    World {
        clock: Arc::new(FixedClock::at(BEGINNING)),
        chance: Arc::new(SeededChance::new(WORLDS.fetch_add(1, Ordering::Relaxed))),
    }
}

async fn workspace(app: &App) -> WorkspaceId {
    let mail = "ana@acme.example".into();
    let owner = NewMember { mail, name: None, external_id: None, role: Some(MemberRole::Owner) };
    let wanted = NewWorkspace { name: "acme".into(), external_id: None, exposure_policy: None, owner };
    let made = workspaces::create(app, &Authority::on_this_machine(), wanted, None).await;
    let Created::New(workspace) = made.unwrap_or_else(|stop| panic!("a workspace is made: {stop:?}")) else {
        panic!("it is new")
    };
    workspace.id
}

#[tokio::test]
async fn whoever_serves_appends_to_the_audit_and_cannot_change_it() {
    if !Database::is_postgres() {
        // SQLite knows no roles.
        return;
    }
    let place = Place::new().await;
    let settings = place.settings(&place.url_of(&place.serving()), &place.url_of(&place.owner()));
    let opened =
        open_database(&settings, &world()).await.expect("it migrates as one and serves as the other");
    let (db, vault) = (opened.db.clone(), opened.vault.clone());
    let app =
        App::new(settings.clone(), "http://localhost".to_owned(), opened, world()).await.expect("it starts");

    // It serves: what is asked of it is done and on record.
    let (acme, by) = (workspace(&app).await, Authority::on_this_machine());
    let wanted = NewToken {
        description: "deploy-bot".into(),
        role: Role::Member,
        creator: None,
        expires_at: None,
        external_id: None,
    };
    let made = tokens::create(&app, &by, &acme, wanted, None).await;
    let Ok(MadeToken::New(token, _)) = made else { panic!("a token is made") };
    assert!(tokens::revoke(&app, &by, &token.id).await.is_ok());
    db.probe().await.expect("it is ready");
    let report = audit::verify(&db, &vault, Heads::default()).await.expect("the database answers");
    assert_eq!((report.entries, report.findings), (4, vec![]));

    for statement in [
        "UPDATE audit_entries SET event = 'nothing.happened'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "UPDATE audit_heads SET line = ''",
        "DELETE FROM audit_heads",
        "DROP TABLE audit_entries",
        "ALTER TABLE audit_entries ADD COLUMN more TEXT",
        "CREATE TABLE other (id TEXT)",
    ] {
        let mut tx = db.begin().await.expect("the database answers");
        let refused = tx.execute(statement, Vec::new()).await.expect_err(statement).to_string();
        assert!(refused.contains("42501"), "{statement}: {refused}");
    }
    // Whoever starts again finds it so, and so does a machine that does not know the owner.
    open_database(&settings, &world()).await.expect("it starts again").db.close().await;
    let apart = place.settings(&place.url_of(&place.serving()), "");
    open_database(&apart, &world()).await.expect("it starts by itself").db.close().await;
    db.close().await;
    place.end().await;
}

#[tokio::test]
async fn a_server_says_at_its_start_that_its_role_may_change_the_audit() {
    const WARNING: &str = "the role of database.url may change what is on record in the audit";
    if !Database::is_postgres() {
        let app = TestApp::start().await;
        let server =
            Process::serve(Path::new(PROGRAM), app.folder(), &environment_of(app.environment())).await;
        let log = server.log();
        assert!(server.stop().await.success());
        assert!(!log.contains(WARNING), "SQLite knows no roles: {log}");
        return app.end().await;
    }
    let place = Place::new().await;
    let (serving, owner) = (place.url_of(&place.serving()), place.url_of(&place.owner()));
    open_database(&place.settings(&serving, &owner), &world()).await.expect("it migrates").db.close().await;
    for (url, warns) in [(&place.database.url, true), (&owner, true), (&serving, false)] {
        let folder = TempDir::new().expect("a folder");
        let root = place.folder.path().join("root.key").display().to_string();
        let variables = [
            ("BAILIWICK_DATA_DIR".to_owned(), folder.path().display().to_string()),
            ("BAILIWICK_DATABASE__URL".to_owned(), url.clone()),
            ("BAILIWICK_KEYRING__ROOT".to_owned(), format!("file:{root}")),
        ];
        let server = Process::serve(Path::new(PROGRAM), folder.path(), &environment_of(&variables)).await;
        // It is said before anybody else hears of the address that is known by now, or right after.
        eventually(Duration::from_secs(30), "it serves", async || server.log().contains("serving")).await;
        let log = server.log();
        assert!(server.stop().await.success());
        assert_eq!(log.contains(WARNING), warns, "{log}");
    }
    place.end().await;
}

/// With a port of its own.
fn environment_of(variables: &[(String, String)]) -> Vec<(String, String)> {
    let mut environment = variables.to_vec();
    environment.push(("BAILIWICK_SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
    environment
}

#[tokio::test]
async fn a_role_that_could_change_the_audit_does_not_serve() {
    if !Database::is_postgres() {
        return;
    }
    let place = Place::new().await;
    let (owner, superuser) = (place.url_of(&place.owner()), place.database.url.clone());
    for (url, why) in [(&owner, "name the same role"), (&superuser, "may change the table audit_entries")] {
        let refused = open_database(&place.settings(url, &owner), &world()).await;
        let Err(fault) = refused else { panic!("it starts: {why}") };
        assert!(fault.to_string().contains(why), "{fault}");
    }
    place.end().await;
}

#[tokio::test]
async fn sqlite_knows_no_role_that_migrates() {
    if Database::is_postgres() {
        return;
    }
    let place = TempDir::new().expect("a folder");
    let url = format!("sqlite:{}", place.path().join("test.db").display());
    let variables = [
        ("BAILIWICK_DATA_DIR", place.path().to_str().expect("a path")),
        ("BAILIWICK_DATABASE__URL", &*url),
        ("BAILIWICK_DATABASE__MIGRATE_URL", "postgres://x@localhost/x"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::load(None, variables.into_iter()).expect("good settings");
    let Err(fault) = open_database(&settings, &world()).await else { panic!("it starts") };
    assert!(fault.to_string().contains("database.migrate_url is for PostgreSQL"), "{fault}");
}
