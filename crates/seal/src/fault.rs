use crate::{Place, RootId};

/// What can go wrong with sealed fields. No message holds anything of a field or of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A field does not open: its bytes were changed, or it was sealed for another place.
    #[error("{table}.{column} of row {row} does not open: it was changed, or belongs elsewhere")]
    DoesNotOpen {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        row: String,
    },
    /// What stands there is no sealed field.
    #[error("{table}.{column} of row {row} is no sealed field: {why}")]
    NotSealed {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        row: String,
        /// What is wrong with it.
        why: String,
    },
    /// The key that a field was sealed with is not there: it was destroyed, or never was.
    #[error("{table}.{column} of row {row} was sealed with key {key}, which is not in the keyring")]
    NoKey {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        row: String,
        /// The key's id.
        key: i64,
    },
    /// A data key does not open with the root that it is said to be wrapped by.
    #[error("data key {0} does not open: it was changed, or belongs elsewhere")]
    DataKey(i64),
    /// The root that wraps a data key is not at hand.
    #[error("the root key {0} is not in the keyring")]
    NoRoot(RootId),
    /// The service that keeps the root is out of reach.
    #[error("the key service cannot be reached: {0}")]
    Away(String),
    /// The service that keeps the root refuses.
    #[error("the key service refuses: {0}")]
    Service(String),
    /// Whoever's data it would be was shredded.
    #[error("the key of {0} was destroyed")]
    Shredded(String),
}

impl Fault {
    pub(crate) fn does_not_open(place: Place<'_>) -> Self {
        Self::DoesNotOpen { table: place.field.table, column: place.field.column, row: place.row.to_owned() }
    }

    pub(crate) fn not_sealed(place: Place<'_>, why: &dyn std::fmt::Display) -> Self {
        let row = place.row.to_owned();
        Self::NotSealed { table: place.field.table, column: place.field.column, row, why: why.to_string() }
    }

    pub(crate) fn no_key(place: Place<'_>, key: i64) -> Self {
        Self::NoKey { table: place.field.table, column: place.field.column, row: place.row.to_owned(), key }
    }
}

impl From<Fault> for store::Fault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Away(_) | Fault::NoRoot(_) | Fault::Service(_) => Self::Away(fault.to_string()),
            _ => Self::Row(fault.to_string()),
        }
    }
}
