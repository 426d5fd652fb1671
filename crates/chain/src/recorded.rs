use crate::{Entry, Finding, Hash, Unproven};

/// An entry as it was found.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// What it says.
    pub entry: Entry<'a>,
    /// The hash that is recorded with it.
    pub hash: Hash,
    /// Its details.
    pub details: Details<'a>,
}

/// What was found of an entry's details.
#[derive(Clone, Copy)]
pub enum Details<'a> {
    /// Them, and their salt.
    Held {
        /// What the commitment is salted with.
        salt: &'a [u8],
        /// The bytes that it is of.
        bytes: &'a [u8],
    },
    /// They are there, and nobody can read them.
    Unreadable,
    /// They are not there.
    Gone,
}

/// Details are somebody's: nothing of them is shown.
impl std::fmt::Debug for Details<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Held { .. } => "Held",
            Self::Unreadable => "Unreadable",
            Self::Gone => "Gone",
        })
    }
}

/// What came out of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many entries were looked at.
    pub entries: u64,
    /// Of how many chains.
    pub chains: u64,
    /// Their names, in the order in which they were looked at.
    pub names: Vec<String>,
    /// What does not fit together. None: nothing was changed, as far as can be shown.
    pub findings: Vec<Finding>,
    /// What cannot be shown.
    pub unproven: Vec<Unproven>,
}
