use std::collections::BTreeMap;

use bailiwick::columns::PERSON_MAIL;
use store::{Db, Engine, Row};

use crate::TestApp;

const SQLITE_TABLES: &str =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
const POSTGRES_TABLES: &str = "
    SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables WHERE table_schema = 'public'";
const SQLITE_COLUMNS: &str = "SELECT name FROM pragma_table_info($1)";
const POSTGRES_COLUMNS: &str = "
    SELECT CAST(column_name AS TEXT) AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1";

/// Everything that a database holds: each table's rows as text, bytes in hexadecimal.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents(BTreeMap<String, Vec<String>>);

impl Contents {
    /// Everything that a database holds.
    pub async fn of(db: &Db) -> Self {
        let mut contents = BTreeMap::new();
        for table in tables(db).await {
            let statement = Box::leak(as_text(db, &table).await.into_boxed_str());
            let rows = db.rows(statement, Vec::new()).await.expect("the database understands");
            let mut rows: Vec<String> = rows.iter().map(|row| row.get("line").expect("a text")).collect();
            rows.sort();
            contents.insert(table, rows);
        }
        Self(contents)
    }

    /// How many rows a table has.
    pub fn rows(&self, table: &str) -> usize {
        self.0.get(table).unwrap_or_else(|| panic!("no table {table}")).len()
    }

    /// The tables with a row in which this text stands, as it is or as bytes.
    pub fn tables_with(&self, text: &str) -> Vec<&str> {
        let hex = text.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        let has = |row: &String| row.contains(text) || row.to_lowercase().contains(&hex);
        self.0.iter().filter(|(_, rows)| rows.iter().any(has)).map(|(table, _)| table.as_str()).collect()
    }
}

impl TestApp {
    /// Everything that the database holds, whatever tables it has.
    pub async fn contents(&self) -> Contents {
        Contents::of(&self.app.db).await
    }

    /// Runs a statement that the test makes up.
    pub async fn sql(&self, statement: &str) -> Vec<Row> {
        // Statements of the program are constants; a test may leak one.
        let statement = Box::leak(statement.to_owned().into_boxed_str());
        let mut tx = self.app.db.begin().await.expect("the database answers");
        let rows = tx.rows(statement, Vec::new()).await.expect("the database understands");
        tx.commit().await.expect("the database answers");
        rows
    }

    /// How many people have one of these mail addresses.
    pub async fn people_with(&self, mails: &[&str]) -> usize {
        let rows = self.sql("SELECT id, mail FROM people").await;
        let opener =
            self.app.vault.opener_of(&self.app.db, &rows, &["mail"]).await.expect("the keys are there");
        let mail = |row: &Row| {
            let id: String = row.get("id").expect("an id");
            opener.text(row, "mail", PERSON_MAIL.of(&id, "")).expect("it opens")
        };
        rows.iter().map(mail).filter(|mail| mails.contains(&mail.expose())).count()
    }
}

async fn as_text(db: &Db, table: &str) -> String {
    if db.engine() == Engine::Postgres {
        return format!("SELECT CAST(t AS TEXT) AS line FROM {table} t");
    }
    let columns: Vec<String> =
        columns(db, table).await.iter().map(|column| format!("quote({column})")).collect();
    format!("SELECT {} AS line FROM {table}", columns.join(" || ',' || "))
}

/// The tables of a database.
pub async fn tables(db: &Db) -> Vec<String> {
    let tables = match db.engine() {
        Engine::Sqlite => SQLITE_TABLES,
        Engine::Postgres => POSTGRES_TABLES,
    };
    names(&db.rows(tables, Vec::new()).await.expect("the database answers"))
}

/// The columns of a table.
pub async fn columns(db: &Db, table: &str) -> Vec<String> {
    let columns = match db.engine() {
        Engine::Sqlite => SQLITE_COLUMNS,
        Engine::Postgres => POSTGRES_COLUMNS,
    };
    names(&db.rows(columns, store::args![table]).await.expect("the database answers"))
}

fn names(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.get("name").expect("a name")).collect()
}
