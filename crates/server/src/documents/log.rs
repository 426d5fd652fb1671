//! `docs/LOGGING.md` is written by hand, as a message alone does not say what to do about it. It lists all there are.

use std::{collections::BTreeSet, fs, path::Path};

use super::sources_of;

/// A level and a message.
type Said = (String, String);

const LEVELS: [&str; 3] = ["error", "warn", "info"];
/// The crates that log.
const CRATES: [&str; 5] = ["server", "jobs", "store", "outgoing", "seal"];

#[test]
fn docs_list_every_message_of_the_log_with_its_level() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/LOGGING.md");
    let listed: BTreeSet<Said> = fs::read_to_string(page).unwrap().lines().flat_map(row).collect();
    let sources: Vec<String> = CRATES.into_iter().flat_map(sources_of).collect();
    let said: BTreeSet<Said> = sources.iter().flat_map(|source| messages(source)).collect();
    assert!(said.len() > 20, "only {said:?} were found: does the search still work?");
    let missing: Vec<_> = said.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&said).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/LOGGING.md lacks {missing:?}, and lists {gone:?} in vain"
    );
}

/// Of a row such as ``| WARN | `one message`, `another` | … |``.
fn row(line: &str) -> Vec<Said> {
    let mut cells = line.split(" | ");
    let level = cells.next().and_then(|cell| cell.strip_prefix("| ")).unwrap_or_default().to_lowercase();
    if !LEVELS.contains(&level.as_str()) {
        return Vec::new();
    }
    let messages = cells.next().unwrap_or_default().split('`').skip(1).step_by(2);
    messages.map(|message| (level.clone(), message.to_owned())).collect()
}

/// What a source logs: `tracing::warn!(member, "message")`.
fn messages(source: &str) -> Vec<Said> {
    let of_level = |level: &'static str| {
        let calls = source.split(&format!("tracing::{level}!(")).skip(1).map(arguments).collect::<Vec<_>>();
        calls.into_iter().map(move |call| (level.to_owned(), last_literal(call).to_owned()))
    };
    LEVELS.into_iter().flat_map(of_level).collect()
}

/// What stands before the end of a call.
fn arguments(rest: &str) -> &str {
    let mut open = 1;
    let end = rest.find(|c| {
        open += i32::from(c == '(') - i32::from(c == ')');
        open == 0
    });
    &rest[..end.unwrap_or(rest.len())]
}

fn last_literal(arguments: &str) -> &str {
    let mut parts = arguments.rsplit('"');
    parts.nth(1).unwrap_or_else(|| panic!("no message in {arguments}"))
}
