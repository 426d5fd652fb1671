use std::path::Path;

use store::{Db, Options};

/// A database that one test has to itself.
pub struct Database {
    /// Where it is.
    pub url: String,
    server: Option<(String, String)>,
}

impl Database {
    /// A fresh one: SQLite in the test's folder, or a new database on the PostgreSQL server of the environment.
    pub async fn fresh(folder: &Path) -> Self {
        let Ok(server) = std::env::var("BAILIWICK_TEST_DATABASE_URL") else {
            return Self { url: format!("sqlite:{}", folder.join("test.db").display()), server: None };
        };
        let unique = folder.file_name().and_then(|name| name.to_str()).unwrap_or("test");
        let name = format!(
            "test_{}_{}",
            std::process::id(),
            unique.replace(|c: char| !c.is_ascii_alphanumeric(), "")
        );
        let name = name.to_lowercase();
        tell(&server, format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        Self { url: format!("{base}/{name}"), server: Some((server, name)) }
    }

    /// Whether tests run on PostgreSQL.
    pub fn is_postgres() -> bool {
        std::env::var("BAILIWICK_TEST_DATABASE_URL").is_ok()
    }

    /// Removes it, connections and all.
    pub async fn remove(self) {
        if let Some((server, name)) = self.server {
            tell(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn tell(server: &str, statement: String) {
    let db =
        Db::open(server, Options { connections: 1, ..Options::default() }).await.expect("a PostgreSQL URL");
    // Statements of the program are constants; a test may leak one.
    db.rows(Box::leak(statement.into_boxed_str()), Vec::new())
        .await
        .expect("the PostgreSQL server of the environment");
    db.close().await;
}
