use std::{fmt, future::Future, path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use zeroize::Zeroizing;

use crate::{BadRoot, Fault, Root, file};

/// What a key service answers later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// A service that keeps keys of its own, and wraps roots with the newest: they are stored wrapped, and it unwraps one at each
/// start. Its `Debug` says which keys these are, as the setting names them.
pub trait KeyService: fmt::Debug + Send + Sync + 'static {
    /// The name of the key that wraps.
    fn key(&self) -> &str;
    /// Wraps a root with it.
    fn wrap<'a>(&'a self, root: &'a Root) -> Answer<'a, Vec<u8>>;
    /// Unwraps what the key of this name has wrapped; where none was noted there was but one, the oldest.
    fn unwrap<'a>(&'a self, wrapped: &'a [u8], by: Option<&'a str>) -> Answer<'a, Root>;
}

/// How long a key file is waited for. It may lie on another machine.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// The file is without the root that is in use: it is another database's, or was written over.
    #[error("the key file {} is without root key {current}, which is in use: it is left as it is", .path.display())]
    Lacks {
        /// Which one.
        path: PathBuf,
        /// The root in use.
        current: String,
    },
    /// Others can read the file.
    #[error(
        "the key file {} can be read by others than its owner (mode {mode:03o}): chmod 600 it, and ask who may have read it",
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
    /// A file that hangs is waited for for 5 seconds.
    pub async fn read(&self) -> Result<Vec<Root>, SourceFault> {
        match self {
            Self::File(path) => {
                let read = path.clone();
                let roots = files::within(PATIENCE, path, move || file::read(&read)).await;
                roots.unwrap_or_else(|hangs| Err(file::cannot(path, &hangs)))
            }
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
}

/// Shows where they are, and nothing of them.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Service(service) => write!(f, "{service:?}"),
            Self::Given(_) => f.write_str("given"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_key_file_that_hangs_is_given_up_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let (path, (_end, hangs)) = (folder.path().join("root.key"), mpsc::channel::<()>());
        let hung = files::within(Duration::from_millis(1), &path, move || hangs.recv()).await;
        assert!(hung.is_err(), "as if a file system were away");
        let fault = Source::File(path).read().await.unwrap_err().to_string();
        assert!(fault.ends_with("cannot be used: its file system does not answer within 5 s"), "{fault}");
    }
}
