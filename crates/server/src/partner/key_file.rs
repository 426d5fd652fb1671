use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use super::{BadPrivateKey, Signer};

/// Why a file gives no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileFault {
    /// It can be neither read nor made.
    #[error("the key file {0} cannot be used: {1}")]
    File(String, io::Error),
    /// It holds something else.
    #[error("the key file {0} holds something else: {1}")]
    Content(String, BadPrivateKey),
}

/// The private key in a file, which is made, for its owner's eyes only, if it isn't there.
pub fn open_or_make(path: &Path) -> Result<Signer, KeyFileFault> {
    let name = || path.display().to_string();
    match fs::read_to_string(path) {
        Ok(pem) => Signer::from_pem(&pem).map_err(|bad| KeyFileFault::Content(name(), bad)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path).map_err(|error| KeyFileFault::File(name(), error))
        }
        Err(error) => Err(KeyFileFault::File(name(), error)),
    }
}

fn make(path: &Path) -> io::Result<Signer> {
    let signer = Signer::generate();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(signer.private_pem().as_bytes())?;
    file.sync_all()?;
    Ok(signer)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("github.pem");
        let made = open_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(open_or_make(&path).unwrap().identifier(), made.identifier());
    }

    #[test]
    fn a_file_with_something_else_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "notes").unwrap();
        assert!(matches!(open_or_make(&path), Err(KeyFileFault::Content(..))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
    }
}
