//! A database that one test has to itself, on the engine under test: SQLite, or, where `BAILIWICK_TEST_DATABASE_URL` names
//! a PostgreSQL server, a new database there.
//!
//! A crate of its own, because the tests inside of `jobs` and of the product want one too, and both lie below `test-app`.

use std::path::Path;

use store::{Db, Options};

/// A database of a test. It goes away with this, connections and all.
pub struct Database {
    /// Where it is.
    pub url: String,
    server: Option<(String, String)>,
}

impl Database {
    /// A fresh one: a file in the test's folder, or on the server of the environment.
    pub fn fresh(folder: &Path) -> Self {
        let Some(server) = server() else {
            return Self { url: format!("sqlite:{}", folder.join("test.db").display()), server: None };
        };
        let unique = folder.file_name().and_then(|name| name.to_str()).unwrap_or("test");
        let unique = unique.replace(|c: char| !c.is_ascii_alphanumeric(), "");
        let name = format!("test_{}_{unique}", std::process::id()).to_lowercase();
        tell(&server, format!("CREATE DATABASE {name}")).expect("the PostgreSQL server of the environment");
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        Self { url: format!("{base}/{name}"), server: Some((server, name)) }
    }

    /// Whether tests run on PostgreSQL.
    pub fn is_postgres() -> bool {
        server().is_some()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            // A test may have dropped it itself, and the server lives no longer than the tests.
            let _ = tell(server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn server() -> Option<String> {
    std::env::var("BAILIWICK_TEST_DATABASE_URL").ok()
}

/// On a thread of its own: a test may run in a runtime already, and one that ends cannot wait in it.
fn tell(server: &str, statement: String) -> store::Result<()> {
    let told = async {
        let db = Db::open(server, Options { connections: 1, ..Options::default() }).await?;
        // Statements of the program are constants; a test may leak one.
        let told = db.rows(Box::leak(statement.into_boxed_str()), Vec::new()).await;
        db.close().await;
        told.map(drop)
    };
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let told = std::thread::scope(|scope| scope.spawn(|| runtime().block_on(told)).join());
    told.expect("it does not panic")
}
