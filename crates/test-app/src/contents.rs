use std::collections::BTreeMap;

use store::{Engine, Row};

use crate::TestApp;

const SQLITE_TABLES: &str =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
const POSTGRES_TABLES: &str = "
    SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables WHERE table_schema = 'public'";
const SQLITE_COLUMNS: &str = "SELECT name FROM pragma_table_info($1)";

/// Everything that a database holds: each table's rows as text, bytes in hexadecimal.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents(BTreeMap<String, Vec<String>>);

impl Contents {
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
        let tables = match self.app.db.engine() {
            Engine::Sqlite => SQLITE_TABLES,
            Engine::Postgres => POSTGRES_TABLES,
        };
        let mut contents = BTreeMap::new();
        for table in names(&self.sql(tables).await) {
            let rows = self.sql(&self.as_text(&table).await).await;
            let mut rows: Vec<String> = rows.iter().map(|row| row.get("line").expect("a text")).collect();
            rows.sort();
            contents.insert(table, rows);
        }
        Contents(contents)
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

    async fn as_text(&self, table: &str) -> String {
        if self.app.db.engine() == Engine::Postgres {
            return format!("SELECT CAST(t AS TEXT) AS line FROM {table} t");
        }
        let columns =
            self.app.db.rows(SQLITE_COLUMNS, store::args![table]).await.expect("the database answers");
        let columns: Vec<String> = names(&columns).iter().map(|column| format!("quote({column})")).collect();
        format!("SELECT {} AS line FROM {table}", columns.join(" || ',' || "))
    }
}

fn names(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.get("name").expect("a name")).collect()
}
