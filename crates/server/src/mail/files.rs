use std::{
    fs::{DirBuilder, File, OpenOptions, rename},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::{MailId, NotSent};

/// A folder with a file `<mail id>.eml` for every mail.
#[derive(Clone)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub async fn deliver(&self, id: &MailId, bytes: Vec<u8>) -> Result<(), NotSent> {
        let (folder, name) = (self.folder.clone(), format!("{id}.eml"));
        let put = tokio::task::spawn_blocking(move || put(&folder, &name, &bytes)).await;
        put.unwrap_or_else(|died| Err(io::Error::other(died))).map_err(|error| {
            NotSent::not_now(format!("the mail's file could not be written: {}", error.kind()))
        })
    }
}

/// Whoever reads along sees a whole mail or none, and one that is written again takes its former place.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = folder.join(format!(".{name}.unfinished"));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    rename(&unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()
}
