//! Every column says what it holds, and what tells about a person or a customer is sealed.

use std::collections::BTreeSet;

use bailiwick::columns::{self, Holds};
use store::Engine;
use test_app::{TestApp, columns, tables};

#[tokio::test]
async fn every_column_of_the_schema_is_declared_and_none_that_is_not_there() {
    let app = TestApp::start().await;
    let mut there = BTreeSet::new();
    for table in tables(&app.app.db).await {
        for column in columns(&app.app.db, &table).await {
            there.insert(format!("{table}.{column}"));
        }
    }
    let declared: BTreeSet<String> = columns::tables()
        .flat_map(|table| table.columns.iter().map(move |(column, _)| format!("{}.{column}", table.name)))
        .collect();
    assert_eq!(there.difference(&declared).collect::<Vec<_>>(), Vec::<&String>::new(), "say what these hold");
    assert_eq!(declared.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new(), "these are not there");
    app.end().await;
}

#[tokio::test]
async fn what_is_declared_sealed_is_of_a_type_that_holds_no_text() {
    let app = TestApp::start().await;
    let kinds = match app.app.db.engine() {
        Engine::Sqlite => {
            "SELECT lower(p.type) AS kind FROM sqlite_master m JOIN pragma_table_info(m.name) p
             WHERE m.name = '{table}' AND p.name = '{column}'"
        }
        Engine::Postgres => {
            "SELECT CAST(data_type AS TEXT) AS kind FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = '{table}' AND column_name = '{column}'"
        }
    };
    let hidden = [Holds::Sealed, Holds::Index, Holds::Wrapped];
    for table in columns::tables() {
        for (column, _) in table.columns.iter().filter(|(_, holds)| hidden.contains(holds)) {
            let rows = app.sql(&kinds.replace("{table}", table.name).replace("{column}", column)).await;
            let kind: String = rows[0].get("kind").expect("a type");
            assert_eq!(kind, "bytea", "{}.{column}", table.name);
        }
    }
    app.end().await;
}
