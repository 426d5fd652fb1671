//! One SQL text: every statement of the program is a named constant, and both engines understand it.

use std::path::{Path, PathBuf};

use test_app::TestApp;

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

#[test]
fn no_statement_stands_inside_a_call() {
    for (file, text) in sources() {
        for call in [".rows(", ".row(", ".execute(", ".rows_of_each(", ".execute_each("] {
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
    for name in ["store", "jobs", "server"] {
        gather(&crates.join(name).join("src"), &mut files);
    }
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(&file).expect("a source"))).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable tree") {
        let path = entry.expect("a readable tree").path();
        let name = path.file_name().expect("a readable tree").to_string_lossy().into_owned();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
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
