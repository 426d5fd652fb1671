//! Files that are whole or not there, and what the first bytes of one tell.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use store::Engine;
use tempfile::{NamedTempFile, TempDir, TempPath};

use super::BackupFault;

const SQLITE: &[u8] = b"SQLite format 3\0";
const POSTGRES: &[u8] = b"PGDMP";
/// Names of what is not finished begin so. Such a file is left only by a process that was killed, and may be deleted.
const UNFINISHED: &str = ".bailiwick-unfinished-";

/// The engine that a backup was made of, by its first bytes.
pub(super) fn engine_of(path: &Path) -> Result<Engine, BackupFault> {
    let mut head = Vec::new();
    let file = File::open(path).map_err(BackupFault::file(path))?;
    file.take(SQLITE.len() as u64).read_to_end(&mut head).map_err(BackupFault::file(path))?;
    if head == SQLITE {
        Ok(Engine::Sqlite)
    } else if head.starts_with(POSTGRES) {
        Ok(Engine::Postgres)
    } else {
        Err(BackupFault::NotABackup(path.to_owned()))
    }
}

/// An empty file beside `path` that only its owner may read; it goes when it is dropped.
pub(super) fn unfinished(path: &Path) -> Result<NamedTempFile, BackupFault> {
    NamedTempFile::with_prefix_in(UNFINISHED, folder(path)).map_err(BackupFault::file(folder(path)))
}

/// An empty folder beside `path` that only its owner may enter; it goes with all that is in it when it is dropped.
pub(super) fn unfinished_folder(path: &Path) -> Result<TempDir, BackupFault> {
    TempDir::with_prefix_in(UNFINISHED, folder(path)).map_err(BackupFault::file(folder(path)))
}

/// Brings a file to the disk and then gives it its name, which nobody must have had. Answers its size in bytes.
pub(super) fn finish(
    file: TempPath,
    name: &Path,
    taken: impl FnOnce() -> BackupFault,
) -> Result<u64, BackupFault> {
    let written = File::open(&file).and_then(|written| {
        written.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        written.sync_all()?;
        written.metadata()
    });
    let bytes = written.map_err(BackupFault::file(name))?.len();
    file.persist_noclobber(name).map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => taken(),
        _ => BackupFault::File { path: name.to_owned(), error: failed.error },
    })?;
    File::open(folder(name)).and_then(|folder| folder.sync_all()).map_err(BackupFault::file(folder(name)))?;
    Ok(bytes)
}

/// The folder that a file is in, or is to be in.
pub(super) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_finished_is_its_owners_alone_and_writes_over_nothing() {
        let folder = TempDir::new().unwrap();
        let name = folder.path().join("a");
        let taken = || BackupFault::Exists(name.clone());
        let file = unfinished(&name).unwrap();
        std::fs::write(file.path(), "whole").unwrap();
        assert_eq!(finish(file.into_temp_path(), &name, taken).unwrap(), 5);
        assert_eq!(std::fs::metadata(&name).unwrap().permissions().mode() & 0o777, 0o600);

        let second = finish(unfinished(&name).unwrap().into_temp_path(), &name, taken);
        assert!(matches!(second, Err(BackupFault::Exists(_))), "{second:?}");
        assert_eq!(std::fs::read(&name).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_backup_is_known_by_its_first_bytes() {
        let folder = TempDir::new().unwrap();
        let of = |bytes: &[u8]| {
            let path = folder.path().join("file");
            std::fs::write(&path, bytes).unwrap();
            engine_of(&path)
        };
        assert!(matches!(of(b"SQLite format 3\0and more"), Ok(Engine::Sqlite)));
        assert!(matches!(of(b"PGDMP\x01\x0e"), Ok(Engine::Postgres)));
        for other in [&b""[..], b"SQLite", b"PGD", b"-- PostgreSQL database dump"] {
            assert!(matches!(of(other), Err(BackupFault::NotABackup(_))));
        }
    }
}
