//! The key file. It is read and written by several processes: whoever writes one that is there holds the roots in the
//! database meanwhile.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, fchown},
    path::Path,
};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::{Root, RootId, SourceFault};

/// The roots in a file that nobody but its owner may read.
pub(crate) fn read(path: &Path) -> Result<Vec<Root>, SourceFault> {
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => SourceFault::NoFile(path.to_owned()),
        _ => cannot(path, &error),
    };
    let mut file = files::open(path).map_err(cannot)?;
    let mode = file.metadata().map_err(cannot)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SourceFault::Open { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(cannot)?;
    Root::read(&text)
        .map_err(|why| SourceFault::Bad { place: format!("the key file {}", path.display()), why })
}

/// Makes a file with a first root in it. If another process has made one meanwhile, it is that which counts: answers what
/// stands in the file.
pub(crate) fn make(path: &Path, root: Root) -> Result<Vec<Root>, SourceFault> {
    let roots = vec![root];
    let made = unfinished(path, &roots).and_then(|file| match file.persist_noclobber(path) {
        Ok(_) => sync_folder(path).map(|()| true),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(failed) => Err(failed.error),
    });
    if made.map_err(|error| cannot(path, &error))? { Ok(roots) } else { read(path) }
}

/// Changes the roots in a file, whole or not at all. The one in use must be among them before and after.
pub(crate) fn change(
    path: &Path,
    current: &RootId,
    change: impl FnOnce(&mut Vec<Root>),
) -> Result<Vec<Root>, SourceFault> {
    let mut roots = read(path)?;
    let has_it = |roots: &[Root]| roots.iter().any(|root| root.id() == current);
    let had_it = has_it(&roots);
    change(&mut roots);
    if !had_it || !has_it(&roots) {
        return Err(SourceFault::Lacks { path: path.to_owned(), current: current.as_str().to_owned() });
    }
    replace(path, &roots).map_err(|error| cannot(path, &error))?;
    Ok(roots)
}

fn replace(path: &Path, roots: &[Root]) -> io::Result<()> {
    // Where a link leads to, rather than the link.
    let path = path.canonicalize()?;
    let former = path.metadata()?;
    let file = unfinished(&path, roots)?;
    // Whoever runs the command need not be whom the server runs as.
    fchown(file.as_file(), Some(former.uid()), Some(former.gid()))?;
    file.persist(&path)?;
    sync_folder(&path)
}

/// So begin names of what a process left that was killed. Such a file may be deleted.
const UNFINISHED: &str = ".bailiwick-unfinished-";
const HEAD: &str = "# The root keys of this Bailiwick, newest first. Whoever has one reads what it sealed; without it nobody does.\n";

/// A file beside it that nobody but its owner can read, and that is gone if it comes to nothing.
fn unfinished(path: &Path, roots: &[Root]) -> io::Result<NamedTempFile> {
    let mut text = Zeroizing::new(HEAD.to_owned());
    for root in roots {
        text.push_str(&root.to_line());
        text.push('\n');
    }
    let mut file = NamedTempFile::with_prefix_in(UNFINISHED, folder(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

pub(crate) fn cannot(path: &Path, error: &io::Error) -> SourceFault {
    SourceFault::File { path: path.to_owned(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use time_and_chance::SeededChance;

    use super::*;

    fn root(seed: u64) -> Root {
        Root::new(&SeededChance::new(seed))
    }

    fn ids(roots: &[Root]) -> Vec<&str> {
        roots.iter().map(|root| root.id().as_str()).collect()
    }

    #[test]
    fn a_key_file_is_private_and_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        make(&path, root(1)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(ids(&read(&path).unwrap()), [root(1).id().as_str()]);
    }

    #[test]
    fn of_two_who_make_the_first_file_both_go_by_the_one_that_was_there_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        make(&path, root(1)).unwrap();
        assert_eq!(ids(&make(&path, root(2)).unwrap()), [root(1).id().as_str()]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished is left");
    }

    #[test]
    fn a_change_keeps_the_root_in_use_and_follows_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("root.key"), folder.path().join("link"));
        make(&path, root(1)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        change(&link, root(1).id(), |roots| roots.insert(0, root(2))).unwrap();
        assert!(link.is_symlink());
        assert_eq!(ids(&read(&path).unwrap()), [root(2).id().as_str(), root(1).id().as_str()]);
        for without in
            [change(&path, root(3).id(), |_| {}), change(&path, root(1).id(), |roots| drop(roots.pop()))]
        {
            assert!(matches!(without.unwrap_err(), SourceFault::Lacks { .. }));
        }
        assert_eq!(read(&path).unwrap().len(), 2, "it is left as it is");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        make(&path, root(1)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(&path).unwrap_err(), SourceFault::Open { mode: 0o640, .. }));
    }

    #[test]
    fn a_missing_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(&folder.path().join("none")).unwrap_err(), SourceFault::NoFile(_)));
    }
}
