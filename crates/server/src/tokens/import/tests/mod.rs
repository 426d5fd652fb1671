use std::{
    io::Write as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use aws_lc_rs::digest;
use store::args;
use tempfile::TempDir;
use test_database::Database;
use time_and_chance::{FixedClock, SeededChance, Time};

use super::{BadLine, Encoding, ImportFault, Imported, Source, Unsaid, import};
use crate::{
    app::{App, World, open_database},
    config::Settings,
    ids::WorkspaceId,
    permissions::Authority,
    tokens::{Algorithm, Code, verify},
    workspaces::{self, MemberRole, NewMember, NewWorkspace},
};

mod again;
mod bad_lines;
mod digests;
mod doubles;
mod names;
mod parsers;
mod shapes;

/// An app with the prefixes `acme` and formerly `oldacme`, on a database of its own.
struct House {
    app: App,
    acme: WorkspaceId,
    files: AtomicU32,
    _database: Database,
    dir: TempDir,
}

impl House {
    /// One with the workspace `acme`, owned by Ana.
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let database = Database::fresh(dir.path());
        let variables = [
            ("BAILIWICK_DATA_DIR", dir.path().display().to_string()),
            ("BAILIWICK_DATABASE__URL", database.url.clone()),
            ("BAILIWICK_TOKEN__PREFIX", "acme".to_owned()),
            ("BAILIWICK_TOKEN__FORMER_PREFIXES", "oldacme".to_owned()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
        let settings = Settings::load(None, variables).unwrap();
        let clock = FixedClock::at("2026-11-23T14:02:00Z".parse().unwrap());
        let world = World { clock: Arc::new(clock), chance: Arc::new(SeededChance::new(1)) };
        let opened = open_database(&settings, &world).await.unwrap();
        let app = App::new(settings, "http://localhost".to_owned(), opened, world).await.unwrap();
        let acme = workspace(&app, "acme").await;
        Self { app, acme, files: AtomicU32::default(), _database: database, dir }
    }

    fn file(&self, content: &[u8]) -> PathBuf {
        let path = self.dir.path().join(format!("file-{}", self.files.fetch_add(1, Ordering::Relaxed)));
        std::fs::File::create(&path).unwrap().write_all(content).unwrap();
        path
    }

    /// Imports a file that says everything but whose tokens they are.
    async fn import(&self, content: impl AsRef<[u8]>) -> Result<Imported, ImportFault> {
        let unsaid = Unsaid { workspace: Some("external:acme".to_owned()), ..Unsaid::default() };
        self.import_with(unsaid, content).await
    }

    /// Imports a file that leaves out whatever can be left out: SHA-256 in hexadecimal, with the prefix.
    async fn import_plain(&self, content: impl AsRef<[u8]>) -> Result<Imported, ImportFault> {
        self.import_with(plain(), content).await
    }

    async fn import_with(&self, unsaid: Unsaid, content: impl AsRef<[u8]>) -> Result<Imported, ImportFault> {
        let source = Source::Path(self.file(content.as_ref()));
        import(&self.app, &Authority::on_this_machine(), source, unsaid).await
    }

    /// The bad lines of a file that is refused, after which nothing of it is there.
    async fn bad_lines(&self, content: impl AsRef<[u8]>) -> Vec<BadLine> {
        let before = self.stored().await;
        let bad = match self.import_plain(content).await {
            Err(ImportFault::Refused(bad)) => bad,
            other => panic!("not refused: {other:?}"),
        };
        assert_eq!(self.stored().await, before, "something of a refused file was taken");
        bad
    }

    /// How many rows there are that an import could have written.
    async fn stored(&self) -> i64 {
        let sql = "
            SELECT (SELECT COUNT(*) FROM tokens) + (SELECT COUNT(*) FROM digest_schemes)
                 + (SELECT COUNT(*) FROM unchecked_prefixes)
                 + (SELECT COUNT(*) FROM audit_entries WHERE event = 'tokens.imported') AS n";
        self.number(sql).await
    }

    async fn tokens(&self) -> i64 {
        self.number("SELECT COUNT(*) AS n FROM tokens").await
    }

    async fn number(&self, sql: &'static str) -> i64 {
        self.app.db.row(sql, args![]).await.unwrap().unwrap().get("n").unwrap()
    }

    async fn code(&self, secret: &str) -> Code {
        verify(&self.app, secret).await.unwrap().code
    }
}

fn plain() -> Unsaid {
    Unsaid {
        workspace: Some("external:acme".to_owned()),
        algorithm: Some(Algorithm::Sha256),
        encoding: Some(Encoding::Hex),
        prefix_hashed: Some(true),
    }
}

async fn workspace(app: &App, name: &str) -> WorkspaceId {
    let owner = NewMember {
        mail: format!("ana@{name}.example").into(),
        name: None,
        external_id: None,
        role: Some(MemberRole::Owner),
    };
    let wanted =
        NewWorkspace { name: name.into(), external_id: Some(name.to_owned()), exposure_policy: None, owner };
    let by = Authority::on_this_machine();
    match workspaces::create(app, &by, wanted, None).await.map_err(|_| "refused").unwrap() {
        workspaces::Created::New(made) | workspaces::Created::Known(made) => made.id,
    }
}

/// 64 letters and digits that are the same for the same word.
fn body(word: &str) -> String {
    hex(digest::digest(&digest::SHA256, word.as_bytes()).as_ref())
}

/// A token of version 2: its last six characters are no checksum.
fn version_2(word: &str) -> String {
    format!("acme_{}", body(word))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn when() -> Time {
    "2026-11-23T14:02:00Z".parse().unwrap()
}
