//! What lies on disks, searched for what must not stand there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use memchr::memmem;
use test_app::{Database, TestApp};

/// The files below a folder in which one of these texts stands, as it is.
pub fn files_with(folder: &Path, texts: &[impl AsRef<[u8]>]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            found.extend(files_with(&path, texts));
            continue;
        }
        // A server's files come and go.
        let Ok(bytes) = fs::read(&path) else { continue };
        let bytes = bytes.to_ascii_lowercase();
        for text in texts.iter().map(AsRef::as_ref) {
            if memmem::find(&bytes, &text.to_ascii_lowercase()).is_some() {
                found.push(format!("{} holds {}", path.display(), text.escape_ascii()));
            }
        }
    }
    found
}

/// Whether a text stands somewhere, in upper or lower case: mail addresses are folded to be compared.
pub fn holds(bytes: &[u8], text: &[u8]) -> bool {
    memmem::find(&bytes.to_ascii_lowercase(), &text.to_ascii_lowercase()).is_some()
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
