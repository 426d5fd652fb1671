//! `docs/ERRORS.md` is written by hand, as a code alone does not say what to do about it. It lists every code there is.

use std::{collections::BTreeSet, fs, path::Path};

use axum::http::StatusCode;

use super::sources_of;

/// A status and a code.
type Told = (u16, String);

#[test]
fn docs_list_every_error_code_with_its_status() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ERRORS.md");
    let listed: BTreeSet<Told> = fs::read_to_string(page).unwrap().lines().filter_map(row).collect();
    let told: BTreeSet<Told> = sources_of("server").iter().flat_map(|source| problems(source)).collect();
    assert!(told.len() > 20, "only {told:?} were found: does the search still work?");
    let missing: Vec<_> = told.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&told).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/ERRORS.md lacks {missing:?}, and lists {gone:?} in vain"
    );
}

/// Of a row such as ``| 404 | `not_found` | … |``.
fn row(line: &str) -> Option<Told> {
    let mut cells = line.strip_prefix("| ")?.split(" | ");
    let status = cells.next()?.parse().ok()?;
    let code = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
    Some((status, code.to_owned()))
}

/// The problems that a source makes: `Problem::new(StatusCode::…, "code", …)` and `Problem::conflict("code", …)`.
fn problems(source: &str) -> Vec<Told> {
    let conflicts = source.split("::conflict(").skip(1).filter_map(|rest| Some((409, literal(rest)?)));
    let others = source.split("::new(").skip(1).filter_map(|rest| {
        let (name, rest) = rest.trim_start().strip_prefix("StatusCode::")?.split_once(',')?;
        literal(rest).map(|code| (status(name), code))
    });
    conflicts.chain(others).collect()
}

fn literal(text: &str) -> Option<String> {
    let (code, _) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    Some(code.to_owned())
}

/// `NOT_FOUND` is 404.
fn status(name: &str) -> u16 {
    let constant = |status: &StatusCode| {
        let reason = status.canonical_reason().unwrap_or_default();
        reason.to_uppercase().replace([' ', '-'], "_") == name
    };
    let all = (400..600).filter_map(|number| StatusCode::from_u16(number).ok());
    all.into_iter().find(constant).unwrap_or_else(|| panic!("which status is {name}?")).as_u16()
}
