//! `docs/DATABASE.md` says of every table whose it is and what is in it.

use std::{collections::BTreeSet, fs, path::Path};

use crate::schema::STEPS;

/// The tables of which the steps say this.
fn named_after(words: &str) -> BTreeSet<&'static str> {
    let rest = STEPS.iter().flat_map(|step| step.sql.split(words).skip(1));
    rest.filter_map(|rest| rest.split(|c: char| c.is_whitespace() || c == ';').next()).collect()
}

#[test]
fn docs_list_every_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/DATABASE.md");
    let page = fs::read_to_string(page).unwrap();
    let tables = page.split("## Tables").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let listed: BTreeSet<&str> =
        tables.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let (made, gone) = (named_after("CREATE TABLE "), named_after("DROP TABLE "));
    assert_eq!(listed, made.difference(&gone).copied().chain(["schema_migrations"]).collect());
}
