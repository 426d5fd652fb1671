use std::path::{Path, PathBuf};

use bailiwick::{
    app::{App, World, open_database},
    config::Settings,
    serve::Server,
};
use store::Engine;
use tempfile::TempDir;
use test_app::FakePartner;

use crate::{Fault, bare::Bare, fill, options, sink};

/// A server on a database with so many tokens, not yet serving; a partner who signs; and the engine without us.
pub struct Stage {
    /// The server's inside.
    pub app: App,
    /// It, to be served.
    pub server: Option<Server>,
    /// Who reports.
    pub partner: FakePartner,
    /// The same database, around the server.
    pub database: Bare,
    /// How many tokens it was filled with.
    pub tokens: u64,
    folder: TempDir,
    kept: bool,
    url: String,
}

impl Stage {
    /// One whose database has so many tokens: of this run alone, unless the options say to keep them.
    pub async fn with_tokens(options: &options::Options, engine: Engine, tokens: u64) -> Result<Self, Fault> {
        let folder = TempDir::new()?;
        let url = match engine {
            Engine::Sqlite => in_file(options.keep.as_deref().unwrap_or(folder.path()), tokens)?,
            Engine::Postgres => on_server(options, tokens).await?,
        };
        let partner = FakePartner::start().await;
        let settings = settings(folder.path(), &url, &partner, sink::start().await?)?;
        filled(&settings, engine, tokens).await?;
        let opened = open_database(&settings, &World::real()).await?;
        let server = Server::bind_with(settings, opened, World::real()).await?;
        Ok(Self {
            app: server.app().clone(),
            server: Some(server),
            partner,
            database: Bare::open(&url, 1).await?,
            tokens,
            folder,
            kept: options.keep.is_some(),
            url,
        })
    }

    /// Where the engine without us may keep something: on SQLite in a file of this name.
    pub fn bare_url(&self, file: &str) -> String {
        match self.engine() {
            Engine::Sqlite => format!("sqlite:{}", self.folder.path().join(file).display()),
            Engine::Postgres => self.url.clone(),
        }
    }

    /// A folder that goes away with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its database, as the settings name it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which engine it is on.
    pub fn engine(&self) -> Engine {
        self.app.db.engine()
    }

    /// Brings what was only in the log to its place, as it is after an hour without leaks.
    pub async fn settle(&self) -> Result<(), Fault> {
        let settle: &[&str] = match self.engine() {
            Engine::Sqlite => &["PRAGMA wal_checkpoint(TRUNCATE)"],
            Engine::Postgres => &["VACUUM ANALYZE tokens", "CHECKPOINT"],
        };
        for sql in settle {
            self.database.tell(sql).await?;
        }
        Ok(())
    }

    /// Ends it, and removes its database unless it is kept.
    pub async fn end(self) -> Result<(), Fault> {
        self.database.tell("DROP TABLE IF EXISTS bare_rows").await?;
        self.database.close().await;
        self.app.db.close().await;
        if self.app.db.engine() == Engine::Postgres && !self.kept {
            let (_, name) = self.url.rsplit_once('/').ok_or("a URL with a database")?;
            let server = Bare::open(&server()?, 1).await?;
            server.tell(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
            server.close().await;
        }
        Ok(self.folder.close()?)
    }
}

fn in_file(folder: &Path, tokens: u64) -> Result<String, Fault> {
    std::fs::create_dir_all(folder)?;
    let path: PathBuf = folder.join(format!("tokens-{tokens}.db"));
    Ok(format!("sqlite:{}", path.display()))
}

fn server() -> Result<String, Fault> {
    options::server().ok_or_else(|| "BAILIWICK_TEST_DATABASE_URL names no PostgreSQL server".into())
}

async fn on_server(options: &options::Options, tokens: u64) -> Result<String, Fault> {
    let url = server()?;
    let (base, _) = url.rsplit_once('/').ok_or("a URL with a database")?;
    let name = format!("bench_{tokens}");
    let server = Bare::open(&url, 1).await?;
    let known = server
        .texts(&format!("SELECT CAST(datname AS TEXT) FROM pg_database WHERE datname = '{name}'"))
        .await?;
    if !known.is_empty() && options.keep.is_none() {
        server.tell(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
    }
    if known.is_empty() || options.keep.is_none() {
        server.tell(&format!("CREATE DATABASE {name}")).await?;
    }
    server.close().await;
    Ok(format!("{base}/{name}"))
}

fn settings(folder: &Path, url: &str, partner: &FakePartner, smtp: String) -> Result<Settings, Fault> {
    let environment = [
        ("MAIL__SMTP_URL", smtp),
        ("DATA_DIR", folder.display().to_string()),
        ("DATABASE__URL", url.to_owned()),
        ("SERVER__LISTEN", "127.0.0.1:0".to_owned()),
        ("EXPOSURE__GITHUB_KEYS_URL", partner.keys_url.clone()),
        ("OUTGOING__ALLOWED", "127.0.0.1".to_owned()),
    ];
    let environment = environment.into_iter().map(|(name, value)| (format!("BAILIWICK_{name}"), value));
    Ok(Settings::load(None, environment)?)
}

async fn filled(settings: &Settings, engine: Engine, tokens: u64) -> Result<(), Fault> {
    let url = settings.database_url();
    let migrated = open_database(settings, &World::real()).await?;
    migrated.db.close().await;
    let look = Bare::open(&url, 1).await?;
    let is_filled = fill::is_filled(&look, tokens).await;
    look.close().await;
    if !is_filled {
        fill::fill(&url, engine, tokens).await?;
        let opened = open_database(settings, &World::real()).await?;
        fill::seal(&opened, tokens).await?;
        opened.db.close().await;
    }
    Ok(())
}
