use std::{fmt, path::PathBuf};

/// Why the settings cannot be used: one sentence for whoever starts the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}{}", place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default())]
pub struct ConfigFault {
    /// The key and, if it is no secret, its value.
    pub(super) what: String,
    /// What is wrong with it.
    pub(super) why: String,
    /// Where it was said.
    pub(super) place: Option<Place>,
    /// The key alone, if it is about one setting.
    pub(super) key: Option<&'static str>,
}

impl ConfigFault {
    pub(super) fn new(what: impl Into<String>, why: impl Into<String>, place: Option<Place>) -> Self {
        Self { what: what.into(), why: why.into(), place, key: None }
    }

    /// About the setting of this key.
    pub(super) fn about(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Where the fault stands, so that an editor can go there.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }
}

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file, on a line counted from 1.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// In an environment variable.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
        }
    }
}
