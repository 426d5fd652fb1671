use std::{
    fmt,
    fs::{File, OpenOptions, rename},
    future::Future,
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{BadRoot, Fault, Root};

/// What a key service answers later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// A service that keeps a key of its own, and wraps roots with it: they are stored wrapped, and it unwraps one at each start.
pub trait KeyService: Send + Sync + 'static {
    /// Wraps a root.
    fn wrap<'a>(&'a self, root: &'a Root) -> Answer<'a, Vec<u8>>;
    /// Unwraps what it has wrapped.
    fn unwrap<'a>(&'a self, wrapped: &'a [u8]) -> Answer<'a, Root>;
}

/// Where the root keys are.
#[derive(Clone)]
pub enum Source {
    /// A file of this machine.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// A key service.
    Service(Arc<dyn KeyService>),
    /// At hand, for tests.
    Given(Vec<Root>),
}

/// Why roots cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceFault {
    /// The file is not there.
    #[error("there is no key file {}", .0.display())]
    NoFile(PathBuf),
    /// The file cannot be read or written.
    #[error("the key file {} cannot be used: {why}", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// Others can read the file.
    #[error(
        "the key file {} can be read by others than its owner (mode {mode:03o}): chmod 600 it, and think about who may have",
        .path.display()
    )]
    Open {
        /// Which one.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The variable is not set.
    #[error("the environment variable {0} is not set: it holds the root key, base64 of 32 random bytes")]
    NoVariable(String),
    /// What is there is no key.
    #[error("{place}: {why}")]
    Bad {
        /// The file or variable.
        place: String,
        /// What is wrong.
        why: BadRoot,
    },
}

impl Source {
    /// The roots that are there, newest first; none of a key service, whose roots are in the database.
    pub fn read(&self) -> Result<Vec<Root>, SourceFault> {
        match self {
            Self::File(path) => read_file(path),
            Self::Env(name) => {
                let text = std::env::var(name).map_err(|_| SourceFault::NoVariable(name.clone()))?;
                let text = Zeroizing::new(text);
                Root::read(&text)
                    .map_err(|why| SourceFault::Bad { place: format!("the variable {name}"), why })
            }
            Self::Service(_) => Ok(Vec::new()),
            Self::Given(roots) => Ok(roots.clone()),
        }
    }

    /// Writes a key file anew, whole or not at all.
    pub fn write_file(path: &Path, roots: &[Root]) -> Result<(), SourceFault> {
        write_file(path, roots)
            .map_err(|error| SourceFault::File { path: path.to_owned(), why: error.to_string() })
    }
}

fn read_file(path: &Path) -> Result<Vec<Root>, SourceFault> {
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => SourceFault::NoFile(path.to_owned()),
        _ => SourceFault::File { path: path.to_owned(), why: error.to_string() },
    };
    let mut file = File::open(path).map_err(cannot)?;
    let mode = file.metadata().map_err(cannot)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SourceFault::Open { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(cannot)?;
    Root::read(&text)
        .map_err(|why| SourceFault::Bad { place: format!("the key file {}", path.display()), why })
}

const HEAD: &str = "# The root keys of this Bailiwick, newest first. Whoever has one reads what it sealed; without it nobody does.\n";

fn write_file(path: &Path, roots: &[Root]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = path.with_extension("unfinished");
    // One that a process left which was killed may be anybody's to read.
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let mut text = Zeroizing::new(HEAD.to_owned());
    for root in roots {
        text.push_str(&root.to_line());
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}

/// Shows where they are, and nothing of them.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Service(_) => f.write_str("a key service"),
            Self::Given(_) => f.write_str("given"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use time_and_chance::SeededChance;

    use super::*;

    #[test]
    fn a_key_file_is_private_and_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        let root = Root::new(&SeededChance::new(1));
        Source::write_file(&path, std::slice::from_ref(&root)).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(Source::File(path).read().unwrap()[0].id(), root.id());
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        Source::write_file(&path, &[Root::new(&SeededChance::new(1))]).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Source::File(path).read().unwrap_err(), SourceFault::Open { mode: 0o640, .. }));
    }

    #[test]
    fn a_missing_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let read = Source::File(folder.path().join("none")).read();
        assert!(matches!(read.unwrap_err(), SourceFault::NoFile(_)));
    }
}
