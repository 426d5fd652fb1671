use std::fmt;

use time_and_chance::Time;

use crate::PublicKey;

/// What was looked at and cannot be shown either way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unproven {
    /// There were no heads from outside.
    NoHeads,
    /// There is no head from outside but the one that the export brings along itself.
    OwnHead {
        /// Its number.
        head: u64,
    },
    /// Heads begin with a later one than the first.
    EarlierHeads {
        /// The first that is there.
        first: u64,
    },
    /// Heads are in the database, and not among those from outside, which are older.
    InsideOnly {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// For hours there was no head, though one is made every hour.
    Pause {
        /// The number of the head that ended it.
        head: u64,
        /// When the one before was made: microseconds since 1970 in UTC.
        from: i64,
        /// When this one was made.
        to: i64,
    },
    /// No head that counts names this chain yet, or these entries of it: where there are heads from outside, those up to the newest of
    /// them do.
    NotYetHeaded {
        /// Which chain.
        chain: String,
        /// Its first entry after what heads know.
        from: u64,
    },
    /// A head says that a backup had been restored.
    Restored {
        /// Its number.
        head: u64,
        /// When it was made: microseconds since 1970 in UTC.
        at: i64,
        /// The last head that was in the backup; 0 if none was.
        after: u64,
    },
    /// Nobody said which key to trust, so the one of the first head was.
    TrustedAtSight {
        /// Which key.
        key: PublicKey,
    },
    /// Details are not there, and an entry says that the workspace was deleted.
    DetailsGone {
        /// Of this chain.
        chain: String,
        /// How many entries.
        count: u64,
    },
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeads => f.write_str(
                "Without heads from outside nothing shows whether a chain was written anew from its beginning, whether its tail was \
                 cut together with the note of its length, and whether the whole database was put back to an earlier state.",
            ),
            Self::OwnHead { head } => write!(
                f,
                "The export brings its own head, number {head}, and no other was given: nothing shows whether the chain had gone on \
                 since, and its tail was cut, before the export was made. Heads that came by another way do."
            ),
            Self::EarlierHeads { first } => {
                write!(f, "The heads begin with number {first}: whether there were others before cannot be shown.")
            }
            Self::InsideOnly { from, to } => {
                if from == to {
                    write!(f, "Head {from} is in the database only")?;
                } else {
                    write!(f, "Heads {from} to {to} are in the database only")?;
                }
                f.write_str(
                    ", and count for nothing here: whoever can change the database can have the server sign such heads of anything. If \
                     more than the last hour's are missing outside, ask why they were not delivered.",
                )
            }
            Self::Pause { head, from, to } => write!(
                f,
                "Before head {head} there was none from {} to {}, though one is made every hour: the server was off, or was kept from it. \
                 What was changed in between shows by no head.",
                Time::from_micros(*from),
                Time::from_micros(*to)
            ),
            Self::NotYetHeaded { chain, from } => write!(
                f,
                "{chain}: no head that was given covers it from entry {from} on: there the tail could be cut or written anew."
            ),
            Self::Restored { head, at, after } => {
                write!(
                    f,
                    "Restored at {}: head {head} says that a backup took the database's place. What was recorded after the backup was \
                     made is gone",
                    Time::from_micros(*at)
                )?;
                match (head - 1).checked_sub(*after) {
                    None | Some(0) => write!(f, ".")?,
                    Some(1) => write!(f, ", and head {} is not held against it.", head - 1)?,
                    Some(_) => write!(f, ", and heads {} to {} are not held against it.", after + 1, head - 1)?,
                }
                f.write_str(" Ask who restored it, and why.")
            }
            Self::TrustedAtSight { key } => write!(
                f,
                "The heads were checked with the key that the first of them names. Compare it with the one you noted: {key}."
            ),
            Self::DetailsGone { chain, count } => write!(
                f,
                "{chain}: the details of {count} entries are not there: an entry says that the workspace was deleted, and they with it. \
                 What they were cannot be shown; that the entries were made still holds."
            ),
        }
    }
}
