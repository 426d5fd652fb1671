//! One SQL text: every statement of the program is a named constant, and both engines understand it.

use std::path::{Path, PathBuf};

use store::{CHUNK, Tx, args};
use test_app::{Database, TestApp};

const FIRST_WORDS: [&str; 5] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];

#[tokio::test]
async fn every_statement_prepares() {
    let app = TestApp::start().await;
    let mut prepared = 0;
    for (file, text) in sources() {
        for statement in statements(&text) {
            // As a full chunk, and as one row.
            for rows in [1, 100] {
                let leaked: &'static str = Box::leak(statement.clone().into_boxed_str());
                let answer = app.app.db.prepare(leaked, rows).await;
                assert!(answer.is_ok(), "{}: {answer:?}\n{statement}", file.display());
            }
            prepared += 1;
        }
    }
    assert!(prepared > 50, "only {prepared} statements were found: does the search still work?");
    app.end().await;
}

/// Tables of a few rows, one that is counted when an operator asks, what waits to be done, and what a statement brings or has gathered itself.
const SMALL: [&str; 13] = [
    "schema_migrations",
    "audit_keys",
    "root_keys",
    "shredded",
    "unchecked_prefixes",
    "digest_schemes",
    "password_schemes",
    "session_keys",
    "jobs",
    "used",
    "due",
    "newest",
    "stored",
];
/// Statements that stop at the first row.
const ONE_ROW: [&str; 3] = [
    "SELECT at FROM audit_entries ORDER BY id DESC LIMIT 1",
    "SELECT 1 AS one FROM former_secrets LIMIT 1",
    "SELECT 1 AS one FROM people LIMIT 1",
];

#[tokio::test]
async fn no_statement_walks_through_a_whole_table() {
    if Database::is_postgres() {
        // Its plans depend on how full a table is; SQLite's follow from the schema.
        return;
    }
    let app = TestApp::start().await;
    let mut walking = Vec::new();
    for (statement, step) in plans(&app).await {
        let Some(walked) = step.strip_prefix("SCAN ") else { continue };
        let is_list = walked.ends_with("CONSTANT ROWS")
            || walked == "CONSTANT ROW"
            || walked.ends_with("VALUES CLAUSE");
        let is_small = SMALL.contains(&walked.split(' ').next().unwrap_or_default());
        if !(is_list || is_small || ONE_ROW.contains(&statement.as_str())) {
            walking.push(format!("{step}\n{statement}"));
        }
    }
    assert!(walking.is_empty(), "{}", walking.join("\n\n"));
    app.end().await;
}

const INDEXES: &str = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX %'";

#[tokio::test]
async fn every_index_is_there_for_a_statement_or_for_what_is_unique() {
    if Database::is_postgres() {
        return;
    }
    let app = TestApp::start().await;
    let plans = plans(&app).await;
    let mut unused = Vec::new();
    for index in app.sql(INDEXES).await {
        let name: String = index.get("name").expect("a name");
        let used = plans.iter().any(|(_, step)| step.contains(&format!("INDEX {name} ")));
        if !used {
            unused.push(name);
        }
    }
    assert!(unused.is_empty(), "no statement goes by {unused:?}");
    app.end().await;
}

/// How SQLite carries out each statement: the steps of all of them, each with its statement.
async fn plans(app: &TestApp) -> Vec<(String, String)> {
    let mut plans = Vec::new();
    for (_, text) in sources() {
        for statement in statements(&text) {
            let leaked: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {statement}").into_boxed_str());
            // What is not given is NULL; the plan is the same.
            let steps = app.app.db.rows_of_each(leaked, &[], vec![Vec::new(); CHUNK]).await.expect("a plan");
            plans.extend(
                steps.iter().map(|step| (statement.clone(), step.get("detail").expect("a sentence"))),
            );
        }
    }
    plans
}

#[test]
fn no_statement_stands_inside_a_call() {
    for (file, text) in sources() {
        for call in [".rows(", ".row(", ".execute(", ".rows_of_each(", ".execute_each(", ".execute_later("] {
            for (at, _) in text.match_indices(call) {
                let argument = text[at + call.len()..].trim_start();
                let inline = argument
                    .strip_prefix('"')
                    .is_some_and(|sql| FIRST_WORDS.iter().any(|word| sql.starts_with(word)));
                assert!(
                    !inline,
                    "{}: name this statement: {}",
                    file.display(),
                    &argument[..argument.len().min(60)]
                );
            }
        }
    }
}

/// The program's own sources; not the tests, nor what makes databases for them.
fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut files = Vec::new();
    for name in ["store", "jobs", "seal", "server"] {
        gather(&crates.join(name).join("src"), &mut files);
    }
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(&file).expect("a source"))).collect()
}

/// Tests; and what is said only between two steps of the schema, when there are columns that are gone afterwards.
const OUT_OF_REACH: [&str; 3] = ["tests.rs", "readable.rs", "adopt.rs"];

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable tree") {
        let path = entry.expect("a readable tree").path();
        let name = path.file_name().expect("a readable tree").to_string_lossy().into_owned();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !OUT_OF_REACH.contains(&&*name)
        {
            files.push(path);
        }
    }
}

/// The constants of a source that are statements, but for those that only one engine is asked.
fn statements(source: &str) -> Vec<String> {
    let constants = source.match_indices(": &str = \"").map(|(at, mark)| {
        let text = &source[at + mark.len()..];
        let end = text.find("\";").unwrap_or(0);
        (&source[..at], &text[..end])
    });
    let statement = constants.filter(|(before, text)| {
        let name = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let first = text.split_whitespace().next().unwrap_or_default();
        FIRST_WORDS.contains(&first) && !name.starts_with("POSTGRES_") && !name.starts_with("SQLITE_")
    });
    statement.map(|(_, text)| text.trim().to_owned()).collect()
}

const MAKE: &str = "CREATE TABLE waited (id BIGINT PRIMARY KEY, word TEXT)";
const ADD: &str = "INSERT INTO waited (id, word) VALUES {each ($, $)}";
const RENAME: &str = "UPDATE waited SET word = $1 WHERE id IN ({each $})";
const COUNT: &str = "SELECT COUNT(*) AS words FROM waited WHERE word = $1";

async fn words(tx: &mut Tx, word: &str) -> i64 {
    tx.row(COUNT, args![word]).await.expect("it is asked").expect("a count").get("words").expect("a number")
}

#[tokio::test]
async fn what_is_written_later_is_there_for_the_next_statement_in_its_order() {
    let app = TestApp::start().await;
    let mut tx = app.app.db.begin().await.expect("a transaction");
    tx.execute(MAKE, Vec::new()).await.expect("a table");
    // More than one statement takes, of which the last is an odd one.
    tx.execute_later(ADD, &[], (0..250).map(|id| args![id, "old"]).collect()).await.expect("it waits");
    tx.execute_later(RENAME, &["new".into()], vec![args![7], args![249]]).await.expect("it waits");
    tx.execute_later(RENAME, &["newer".into()], vec![args![249]]).await.expect("it waits");
    assert_eq!((words(&mut tx, "old").await, words(&mut tx, "new").await), (248, 1));
    assert_eq!(words(&mut tx, "newer").await, 1);
    tx.execute_later(ADD, &[], vec![args![250, "last"]]).await.expect("it waits");
    tx.commit().await.expect("all of it is written");
    let last = app.app.db.row(COUNT, args!["last"]).await.expect("it is asked").expect("a count");
    assert_eq!(last.get::<i64>("words").expect("a number"), 1);
    app.end().await;
}

#[tokio::test]
async fn what_is_written_later_and_fails_leaves_nothing_to_commit() {
    let app = TestApp::start().await;
    let mut tx = app.app.db.begin().await.expect("a transaction");
    tx.execute(MAKE, Vec::new()).await.expect("a table");
    tx.commit().await.expect("it is made");

    let mut tx = app.app.db.begin().await.expect("a transaction");
    tx.execute_later(ADD, &[], vec![args![1, "one"]]).await.expect("it waits");
    tx.execute_later(ADD, &[], vec![args![1, "twice"]]).await.expect("it waits");
    let why = tx.row(COUNT, args!["one"]).await.err().expect("there can be one 1");
    assert!(why.is_taken(), "{why}");
    // Whoever does not look at that cannot commit what went before.
    assert!(tx.execute_later(ADD, &[], vec![args![2, "two"]]).await.is_ok());
    assert!(tx.commit().await.is_err());

    let mut tx = app.app.db.begin().await.expect("a transaction");
    tx.execute_later(ADD, &[], vec![args![3, "three"]]).await.expect("it waits");
    drop(tx);
    let mut tx = app.app.db.begin().await.expect("a transaction");
    for word in ["one", "twice", "two", "three"] {
        assert_eq!(words(&mut tx, word).await, 0, "{word}");
    }
    drop(tx);
    app.end().await;
}
