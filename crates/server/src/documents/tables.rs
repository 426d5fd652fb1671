//! `docs/DATABASE.md` says of every table whose it is and what is in it.

use std::{collections::BTreeSet, fs, path::Path};

use crate::schema::STEPS;

#[test]
fn docs_list_every_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/DATABASE.md");
    let page = fs::read_to_string(page).unwrap();
    let tables = page.split("## Tables").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let listed: BTreeSet<&str> =
        tables.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let made = STEPS.iter().flat_map(|step| step.sql.split("CREATE TABLE ").skip(1));
    let made: BTreeSet<&str> = made.filter_map(|rest| rest.split_whitespace().next()).collect();
    assert_eq!(listed, made.into_iter().chain(["schema_migrations"]).collect());
}
