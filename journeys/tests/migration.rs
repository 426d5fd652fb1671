//! What a database holds is there still, means the same and is sealed, once its schema is brought up to date.

use bailiwick::{
    app::{App, Opened, World},
    audit,
    config::Settings,
    exposure,
    ids::{TokenId, WorkspaceId},
    permissions::Authority,
    schema::{STEPS, bring_up},
    tokens,
    web::Page,
    workspaces,
};
use seal::Source;
use store::{Db, Options, migrate};
use test_app::{BEGINNING, Contents, Database};

/// As the version before wrote it.
const BEFORE: [&str; 10] = [
    "INSERT INTO audit (id, workspace_id, at, actor_kind, event, target, details)
     VALUES ('aud_1', 'ws_1', 1, 'machine', 'workspace.created', 'ws_1', '{\"name\": \"Acme Readable\"}')",
    "INSERT INTO audit (id, workspace_id, at, actor_kind, event, target, details)
     VALUES ('aud_2', NULL, 2, 'machine', 'tokens.imported', 'house', '{}')",
    "INSERT INTO workspaces (id, kind, name, created_at) VALUES ('ws_1', 'customer', 'Acme Readable', 1)",
    "INSERT INTO people (id, mail, mail_folded, name, created_at)
     VALUES ('per_1', 'Ana@acme.example', 'ana@acme.example', 'Ana Readable', 1)",
    "INSERT INTO members (id, workspace_id, person_id, role, created_at)
     VALUES ('mem_1', 'ws_1', 'per_1', 'owner', 1)",
    "INSERT INTO tokens (id, workspace_id, digest, scheme, version, description, role, created_at)
     VALUES ('tok_1', 'ws_1', '0123', 'sha256', 3, 'readable bot', 'member', 1)",
    "INSERT INTO sightings (id, report_id, workspace_id, token_id, partner, source, url, hint, outcome, changed,
                            former_secret, seen_at)
     VALUES ('sig_1', 'rep_1', 'ws_1', 'tok_1', 'github', 'commit', 'https://readable.example/a', 'abcde', 'warned', TRUE,
             FALSE, 1)",
    "INSERT INTO track_events (id, batch_id, workspace_id, at, event, properties)
     VALUES ('evt_1', 'bat_1', 'ws_1', 1, 'Token Exposed', '{\"url\": \"https://readable.example/a\"}')",
    "INSERT INTO mails (id, once, workspace_id, recipient, subject, text, html, created_at)
     VALUES ('mail_1', 'one', 'ws_1', 'Ana@acme.example', 'readable', 'readable', 'readable', 1)",
    "INSERT INTO jobs (id, kind, payload, created_at, run_at, attempts)
     VALUES ('job_1', 'send_mail', '{\"mail\": \"mail_1\", \"note\": \"readable\"}', 1, 1, 0)",
];

/// What of it must not stand anywhere any more.
const MARKS: [&str; 5] = ["Acme Readable", "Ana", "ana@acme", "readable bot", "readable.example"];

#[tokio::test]
async fn what_an_earlier_version_stored_readable_is_sealed_and_means_the_same() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let database = Database::fresh(folder.path());
    let db = Db::open(&database.url, Options::default()).await.expect("a database");
    migrate(&db, BEGINNING, &STEPS[..2]).await.expect("the schema of the version before");
    let mut tx = db.begin().await.expect("the database answers");
    for statement in BEFORE {
        let bytea = db.engine() == store::Engine::Postgres;
        let statement = if bytea {
            statement
        } else {
            Box::leak(statement.replace("'0123'", "X'0123'").into_boxed_str())
        };
        tx.execute(statement, Vec::new()).await.expect("the database takes it");
    }
    tx.commit().await.expect("the database takes it");

    let world = World::real();
    let source = Source::File(folder.path().join("root.key"));
    let vault = bring_up(&db, BEGINNING, &*world.chance, source).await.expect("the newest schema");
    let contents = Contents::of(&db).await;
    for mark in MARKS {
        assert_eq!(contents.tables_with(mark), Vec::<&str>::new(), "{mark}");
    }
    let data_dir = folder.path().display().to_string();
    let settings = [("BAILIWICK_DATA_DIR".to_owned(), data_dir)];
    let settings = Settings::load(None, settings.into_iter()).expect("settings");
    let opened = Opened { db: db.clone(), vault };
    let app = App::new(settings, "http://localhost".to_owned(), opened, world).await.expect("an app");
    means_the_same(&app).await;
    let schema = db.schema().await.expect("the database answers").expect("a schema");
    assert_eq!(Some(schema.number), STEPS.last().map(|step| step.number));
    schema.admits(&STEPS[..2]).expect_err("a version that would write readable again is kept out");
    db.close().await;
    if let Some(path) = database.url.strip_prefix("sqlite:") {
        let file = std::fs::read(path).expect("the database's file");
        for mark in MARKS {
            assert!(
                !file.windows(mark.len()).any(|bytes| bytes == mark.as_bytes()),
                "{mark} is still in the file"
            );
        }
    }
}

async fn means_the_same(app: &App) {
    let (by, acme) = (Authority::on_this_machine(), WorkspaceId::trusted("ws_1".to_owned()));
    assert_eq!(workspaces::show(app, &by, &acme).await.expect("a workspace").name, "Acme Readable");
    let members = workspaces::list_members(app, &by, &acme, &Page::first()).await.expect("members").items;
    assert_eq!(
        (members[0].mail.expose(), members[0].name.as_ref().expect("a name").expose()),
        ("Ana@acme.example", "Ana Readable")
    );
    let token = TokenId::trusted("tok_1".to_owned());
    assert_eq!(tokens::show(app, &by, &token).await.expect("a token").description, "readable bot");
    let seen = exposure::list(app, &acme, &Page::first()).await.expect("sightings").items;
    assert_eq!(seen[0].url.as_ref().expect("a URL").expose(), "https://readable.example/a");
    let filter = audit::Filter::default();
    let recorded = audit::list(app, &acme, &filter, &Page::first()).await.expect("the audit").items;
    assert_eq!((recorded[0].sequence, recorded[0].details["name"].as_str()), (1, Some("Acme Readable")));
    let report = audit::verify(&app.db, &app.vault, chain::Heads::default()).await.expect("an answer");
    assert_eq!((report.entries, report.findings), (2, Vec::new()));
    let found =
        workspaces::ever_member_named(app, &acme, &"ANA@acme.example".into()).await.expect("an answer");
    assert_eq!(found.expect("a member").as_str(), "per_1");
}
