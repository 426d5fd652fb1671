//! Pages under `docs/` that are written from declarations in the code.

mod errors;
mod tables;

use std::{env, fs, path::PathBuf};

/// Fails if `docs/<name>` does not say `expected`; with `UPDATE_DOCS=1` it writes the page instead.
#[track_caller]
pub fn assert_page(name: &str, expected: &str) {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page, expected).expect("docs/ can be written to");
    }
    let found = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{name} no longer says what the code declares. Write it anew with:  UPDATE_DOCS=1 cargo nextest run -p bailiwick docs_"
    );
}
