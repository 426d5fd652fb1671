//! The rules between the parts, checked on the sources. A list of exceptions may only shrink.

#[path = "rules/effects.rs"]
mod effects;
#[path = "rules/surface.rs"]
mod surface;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The capabilities, and the tables that each alone writes.
const OWNED: [(&str, &[&str]); 7] = [
    ("workspaces", &["workspaces", "people", "members"]),
    (
        "signin",
        &[
            "passwords",
            "password_schemes",
            "authenticators",
            "passkeys",
            "passkey_handles",
            "recovery_codes",
            "attempts",
            "sessions",
            "browsers",
            "failures",
            "links",
            "handovers",
            "session_keys",
            "invitations",
        ],
    ),
    ("tokens", &["tokens", "former_secrets", "digest_schemes", "unchecked_prefixes"]),
    ("exposure", &["reports", "sightings", "partner_keys"]),
    ("insights", &["track_events"]),
    (
        "audit",
        &[
            "audit",
            "audit_entries",
            "audit_details",
            "audit_chains",
            "audit_headed",
            "audit_heads",
            "audit_keys",
            "audit_deliveries",
            "audit_stream",
        ],
    ),
    ("mail", &["mails"]),
];
/// Tables of the shared parts.
const SHARED: [(&str, &str); 7] = [
    ("web", "idempotency_keys"),
    ("../../jobs/src", "jobs"),
    ("../../jobs/src", "schedules"),
    ("../../store/src", "schema_migrations"),
    ("../../seal/src", "root_keys"),
    ("../../seal/src", "data_keys"),
    ("../../seal/src", "shredded"),
];

/// What seals fields anew, whosever they are, and changes nothing of what they say: between two steps of the schema, what an
/// earlier version stored readable; and when a key is rotated.
const SEALS: [&str; 2] = ["schema/readable.rs", "keyring/fields.rs"];

#[test]
fn a_table_is_written_by_its_owner_alone() {
    let migrations = files(&root().join("../../../migrations"), "sql").into_iter().map(read);
    let schema: String = migrations.map(|(_, text)| text).collect();
    let tables = schema.match_indices("CREATE TABLE ").map(|(at, mark)| word(&schema[at + mark.len()..]));
    for table in tables.chain(["schema_migrations"]) {
        let owner = OWNED.iter().find(|(_, tables)| tables.contains(&table)).map(|(owner, _)| *owner);
        let owner =
            owner.or_else(|| SHARED.iter().find(|(_, shared)| *shared == table).map(|(owner, _)| *owner));
        let owner = root().join(owner.unwrap_or_else(|| panic!("{table} has no owner")));
        let owner = fs::canonicalize(owner).expect("a readable tree");
        for (file, text) in sources() {
            let file = fs::canonicalize(file).expect("a readable tree");
            if !file.starts_with(&owner) && !SEALS.iter().any(|seals| file.ends_with(seals)) {
                assert!(!writes(&text, table), "{} writes {table}, which is another's", file.display());
            }
        }
    }
}

fn writes(source: &str, table: &str) -> bool {
    ["INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().any(|verb| {
        source.match_indices(verb).any(|(at, _)| {
            let rest = &source[at + verb.len()..];
            word(rest) == table && !source[..at].ends_with("DO ") && !source[..at].ends_with("FOR ")
        })
    })
}

#[test]
fn capabilities_use_one_another_through_their_door_and_never_in_a_circle() {
    let names: Vec<&str> = OWNED.iter().map(|(name, _)| *name).collect();
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in &names {
        for (file, text) in rust_files(&root().join(name)).into_iter().map(read) {
            let program = text.split("#[cfg(test)]").next().unwrap_or_default();
            for other in names.iter().filter(|other| *other != name) {
                if imports(program, other) {
                    uses.entry(name).or_default().insert(other);
                }
                let deep = inner_modules(other).into_iter().find(|module| {
                    program.contains(&format!("crate::{other}::{module}::"))
                        || program.contains(&format!("{other}::{module}::"))
                });
                assert_eq!(deep, None, "{} reaches into {other}", file.display());
            }
        }
    }
    for name in &names {
        assert!(
            !reaches(&uses, name, name, &mut BTreeSet::new()),
            "{name} uses itself in a circle: {uses:?}"
        );
    }
}

fn imports(program: &str, capability: &str) -> bool {
    let uses = program.match_indices("use crate::").any(|(at, mark)| {
        let rest = &program[at + mark.len()..];
        let statement = &rest[..rest.find(";\n").unwrap_or(rest.len())];
        statement
            .split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
            .any(|path| path.split("::").next() == Some(capability))
    });
    uses || program.contains(&format!("crate::{capability}::"))
}

/// The modules behind a capability's door: those it does not open to all.
fn inner_modules(capability: &str) -> Vec<String> {
    let door = fs::read_to_string(root().join(capability).join("mod.rs")).expect("a readable tree");
    let modules = door.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    // A verb and its file share a name: `audit::list::…` would reach in, `audit::list(` does not.
    modules.map(str::to_owned).collect()
}

fn reaches<'a>(
    uses: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    from: &'a str,
    to: &str,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    uses.get(from)
        .into_iter()
        .flatten()
        .any(|next| *next == to || (seen.insert(next) && reaches(uses, next, to, seen)))
}

#[test]
fn handlers_hold_no_sql() {
    for (file, text) in sources() {
        let name = file.file_name().expect("a readable tree").to_string_lossy().into_owned();
        if name == "routes.rs"
            || name == "pages.rs"
            || name == "cli.rs"
            || file
                .strip_prefix(root())
                .is_ok_and(|inner| inner.starts_with("cli") || inner.starts_with("home"))
            || file.parent().is_some_and(|room| room.ends_with("pages"))
        {
            for verb in ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"] {
                assert!(!text.contains(verb), "{} holds SQL: {verb}", file.display());
            }
        }
    }
}

#[test]
fn files_stay_readable() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 500, "{} has {lines} lines: split it by verb", file.display());
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<(PathBuf, String)> {
    let folders = [root(), root().join("../../jobs/src"), root().join("../../store/src")];
    folders.iter().flat_map(|folder| rust_files(folder)).map(read).collect()
}

/// Those of the product, without its tests.
fn sources_of_the_product() -> Vec<(PathBuf, String)> {
    let program = rust_files(&root()).into_iter().filter(|file| !named(file).contains("tests"));
    program.map(read).collect()
}

/// Its path below the product's sources.
fn named(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).to_string_lossy().into_owned()
}

fn read(file: PathBuf) -> (PathBuf, String) {
    let text = fs::read_to_string(&file).expect("a readable tree");
    (file, text)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder, "rs")
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable tree") {
        let path = entry.expect("a readable tree").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}
