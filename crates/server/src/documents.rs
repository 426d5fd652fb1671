//! Pages under `docs/` that are written from declarations in the code.

mod errors;
mod log;
mod tables;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

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

/// What a crate's sources say, without their tests.
fn sources_of(name: &str) -> Vec<String> {
    let mut sources = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src"), &mut sources);
    sources
}

fn gather(folder: &Path, sources: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_of_documents(&path) {
            let source = fs::read_to_string(path).unwrap();
            sources.push(source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned());
        }
    }
}

/// What looks for something is not where it is.
fn is_of_documents(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("documents"))
}
