use std::fmt;

use crate::PublicKey;

const NOT_DELETED: &str = "no entry says that the workspace was deleted";

/// Something that does not fit together. Each is told in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Finding {
    /// An entry, or the one before it, is not as it was recorded.
    Edited {
        /// Of this chain.
        chain: String,
        /// Its place.
        sequence: u64,
    },
    /// Entries in the middle of a chain are not there.
    Removed {
        /// Of this chain.
        chain: String,
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// The last entries of a chain are not there.
    CutTail {
        /// Of this chain.
        chain: String,
        /// The last that is there; 0 if none is.
        last: u64,
        /// The last that there was.
        expected: u64,
        /// The head that knows of it; none if the chain's own note does.
        head: Option<u64>,
    },
    /// An entry stands at another place of its chain than it was recorded at.
    Reordered {
        /// Of this chain.
        chain: String,
        /// Where it stands.
        sequence: u64,
        /// Where it was recorded.
        was: u64,
    },
    /// An entry stands in another chain than it was recorded in.
    Swapped {
        /// Where it stands.
        chain: String,
        /// At this place.
        sequence: u64,
        /// The chain it was recorded in.
        from: String,
        /// At this place.
        was: u64,
    },
    /// A chain fits together and is not the one that a head was signed of.
    Rewritten {
        /// Which chain.
        chain: String,
        /// Where it differs from the head.
        sequence: u64,
        /// The head's number.
        head: u64,
    },
    /// Entries are older than a head that should have named them, and did not.
    LeftOut {
        /// Of this chain.
        chain: String,
        /// The first of them.
        from: u64,
        /// The head's number.
        head: u64,
    },
    /// The database is older than the heads that were delivered outside.
    RolledBack {
        /// The newest head that the database knows; 0 if none.
        known: u64,
        /// The newest that was delivered.
        outside: u64,
    },
    /// There are entries after what is noted as a chain's last.
    Unnoted {
        /// Of this chain.
        chain: String,
        /// The first of them.
        from: u64,
    },
    /// A chain's last entry is not the one that is noted as such.
    NotedOtherwise {
        /// Of this chain.
        chain: String,
        /// Its place.
        sequence: u64,
    },
    /// The details of an entry are not those that were committed to.
    DetailsEdited {
        /// Of this chain.
        chain: String,
        /// The entry's place.
        sequence: u64,
    },
    /// The details of an entry cannot be read, though no entry says that the workspace was deleted.
    DetailsUnreadable {
        /// Of this chain.
        chain: String,
        /// The entry's place.
        sequence: u64,
    },
    /// Details of entries are not there, though no entry says that the workspace was deleted.
    DetailsMissing {
        /// Of this chain.
        chain: String,
        /// The first entry that lacks them.
        first: u64,
        /// How many entries lack them.
        count: u64,
    },
    /// More entries of a chain do not fit than are told one by one.
    More {
        /// Of this chain.
        chain: String,
        /// How many.
        count: u64,
    },
    /// A line among the heads is no head.
    NoHead {
        /// The line's number among those that were read.
        line: u64,
    },
    /// A head's signature does not hold.
    HeadForged {
        /// Its number.
        head: u64,
    },
    /// A head is signed by a key that is not trusted.
    HeadOfAnotherKey {
        /// Its number.
        head: u64,
        /// Whose it is.
        key: PublicKey,
    },
    /// Heads in between are not there.
    HeadsMissing {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// A head does not name the one before it.
    HeadsBroken {
        /// Its number.
        head: u64,
    },
    /// There are two heads with the same number that say different things.
    HeadsForked {
        /// The number.
        head: u64,
    },
    /// A head knows less of a chain than an earlier one did.
    HeadsWentBack {
        /// The later one's number.
        head: u64,
        /// Which chain.
        chain: String,
    },
    /// What stands in the database as a chain's name is no text.
    NoName {
        /// What it reads like.
        name: String,
    },
    /// What stands in the database as a head's number is none.
    NoNumber {
        /// The last number before it; 0 if there is none.
        after: u64,
    },
    /// An export is not of the form that it should have.
    Unreadable {
        /// The line's number, from 1.
        line: u64,
    },
    /// An export ends before its end.
    Incomplete {
        /// How many lines there are.
        lines: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { .. }
            | Self::Removed { .. }
            | Self::CutTail { .. }
            | Self::Reordered { .. }
            | Self::Swapped { .. }
            | Self::Rewritten { .. }
            | Self::LeftOut { .. }
            | Self::Unnoted { .. }
            | Self::NotedOtherwise { .. }
            | Self::DetailsEdited { .. }
            | Self::DetailsUnreadable { .. }
            | Self::DetailsMissing { .. }
            | Self::More { .. } => self.of_a_chain(f),
            _ => self.of_heads_or_export(f),
        }
    }
}

impl Finding {
    fn of_a_chain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { chain, sequence: 1 } => {
                write!(f, "{chain}: entry 1 is not as it was recorded: it was edited.")
            }
            Self::Edited { chain, sequence } => write!(
                f,
                "{chain}: entry {sequence} is not as it was recorded after entry {}: one of the two was edited.",
                sequence - 1
            ),
            Self::Removed { chain, from, to } if from == to => {
                write!(f, "{chain}: entry {from} is missing from the middle: it was removed.")
            }
            Self::Removed { chain, from, to } => {
                write!(f, "{chain}: entries {from} to {to} are missing from the middle: they were removed.")
            }
            Self::CutTail { chain, last, expected, head } => {
                write!(f, "{chain}: the tail was cut: it ends at entry {last}, and ")?;
                match head {
                    Some(head) => write!(f, "head {head} knows entry {expected}."),
                    None => write!(f, "entry {expected} is noted as its last."),
                }
            }
            Self::Reordered { chain, sequence, was } => {
                write!(f, "{chain}: the order was changed: entry {sequence} was recorded as entry {was}.")
            }
            Self::Swapped { chain, sequence, from, was } => {
                write!(f, "{chain}: entry {sequence} was recorded as entry {was} of another chain, {from}.")
            }
            Self::Rewritten { chain, sequence, head } => write!(
                f,
                "{chain}: the chain was written anew: its entry {sequence} is not the one that head {head} was signed of."
            ),
            Self::LeftOut { chain, from, head } => write!(
                f,
                "{chain}: entry {from} was made before head {head}, and no head names it: the chain was kept out of the heads, or \
                 the entry says an earlier time than that of its making."
            ),
            Self::Unnoted { chain, from } => {
                write!(
                    f,
                    "{chain}: from entry {from} on, entries were added that are not noted as the chain's."
                )
            }
            Self::NotedOtherwise { chain, sequence } => {
                write!(f, "{chain}: its last entry, {sequence}, is not the one that is noted as such.")
            }
            Self::DetailsEdited { chain, sequence } => {
                write!(f, "{chain}: the details of entry {sequence} are not those that were recorded.")
            }
            Self::DetailsUnreadable { chain, sequence } => {
                write!(f, "{chain}: the details of entry {sequence} cannot be read, and {NOT_DELETED}.")
            }
            Self::DetailsMissing { chain, first, count: 1 } => {
                write!(f, "{chain}: the details of entry {first} are not there, and {NOT_DELETED}.")
            }
            Self::DetailsMissing { chain, first, count } => write!(
                f,
                "{chain}: the details of {count} entries are not there, and {NOT_DELETED}: entry {first} is the first of them."
            ),
            Self::More { chain, count } => write!(f, "{chain}: {count} more entries do not fit."),
            _ => Ok(()),
        }
    }

    fn of_heads_or_export(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RolledBack { known: 0, outside } => write!(
                f,
                "The database was put back to an earlier state: it knows of no head, and head {outside} was delivered."
            ),
            Self::RolledBack { known, outside } => write!(
                f,
                "The database was put back to an earlier state: its newest head is {known}, and head {outside} was delivered."
            ),
            Self::NoHead { line } => write!(f, "Heads: line {line} is no head."),
            Self::HeadForged { head } => {
                write!(f, "Head {head}: the signature does not hold: it was edited or forged.")
            }
            Self::HeadOfAnotherKey { head, key } => {
                write!(f, "Head {head}: it is signed by the key {key}, which is not trusted.")
            }
            Self::HeadsMissing { from, to } if from == to => write!(f, "Head {from} is missing."),
            Self::HeadsMissing { from, to } => write!(f, "Heads {from} to {to} are missing."),
            Self::HeadsBroken { head } => write!(f, "Head {head} does not follow from the one before it."),
            Self::HeadsForked { head } => write!(
                f,
                "There are two different heads with the number {head}: one of them was signed after the database had been put \
                 back or replaced."
            ),
            Self::HeadsWentBack { head, chain } => write!(
                f,
                "Head {head} knows less of {chain} than an earlier one: the database had been put back in between."
            ),
            Self::NoName { name } => write!(
                f,
                "What stands as the name {name:?} of a chain is no text: it was written there by hand, and so was what stands under it."
            ),
            Self::NoNumber { after } => write!(
                f,
                "Heads of the database: after number {after} stands one whose number is none: it was written there by hand."
            ),
            Self::Unreadable { line } => write!(f, "Line {line} is not of the form that it should have."),
            Self::Incomplete { lines } => write!(f, "The export ends after {lines} lines, before its end."),
            _ => Ok(()),
        }
    }
}
