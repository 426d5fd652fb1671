//! What lies on disks, searched for what must not stand there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aho_corasick::AhoCorasick;
use test_app::{Database, TestApp};

/// The files below a folder in which one of these texts stands, in upper or lower case: mail addresses are folded to be compared.
pub fn files_with(folder: &Path, texts: &[impl AsRef<[u8]>]) -> Vec<String> {
    let mut found = Vec::new();
    // All at once: there is much to be searched, and for much.
    search(folder, &search_for(texts), &mut |path, at| {
        found.push(format!("{} holds {}", path.display(), texts[at].as_ref().escape_ascii()));
    });
    found
}

fn search_for(texts: &[impl AsRef<[u8]>]) -> AhoCorasick {
    AhoCorasick::builder().ascii_case_insensitive(true).build(texts).expect("a few short texts")
}

fn search(folder: &Path, texts: &AhoCorasick, tell: &mut impl FnMut(&Path, usize)) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            search(&path, texts, tell);
            continue;
        }
        // A server's files come and go.
        let Ok(bytes) = fs::read(&path) else { continue };
        for one in texts.find_iter(&bytes) {
            tell(&path, one.pattern().as_usize());
        }
    }
}

/// Whether a text stands somewhere, in upper or lower case.
pub fn holds(bytes: &[u8], text: &[u8]) -> bool {
    search_for(&[text]).is_match(bytes)
}

/// Where PostgreSQL keeps everything, if it is the engine under test.
pub async fn postgres_folder(app: &TestApp) -> Option<PathBuf> {
    if !Database::is_postgres() {
        return None;
    }
    app.sql("CHECKPOINT").await;
    let row = app.sql("SELECT current_setting('data_directory') AS folder").await;
    Some(PathBuf::from(row[0].get::<String>("folder").expect("a folder")))
}
