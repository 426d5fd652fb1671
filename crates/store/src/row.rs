use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};
use time_and_chance::{Id, Kind, Time};

use crate::{Fault, Result};

/// A row of an answer.
pub enum Row {
    /// From SQLite.
    #[doc(hidden)]
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    #[doc(hidden)]
    Postgres(PgRow),
}

impl Row {
    /// The value of the named column.
    pub fn get<T: Column>(&self, name: &str) -> Result<T> {
        T::of(self, name)
    }

    /// Whether its engine holds every column to its type: PostgreSQL does, and may sort texts otherwise than by their bytes. SQLite
    /// takes anything in any column, and has what is no number behind all numbers and what is no text behind all texts.
    pub fn is_typed(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads the named column of `row`.
    fn of(row: &Row, name: &str) -> Result<Self>;
}

macro_rules! column {
    ($($kind:ty),*) => {$(
        impl Column for $kind {
            fn of(row: &Row, name: &str) -> Result<Self> {
                // Unchecked: SQLite gives an expression no declared type to check against.
                match row {
                    Row::Sqlite(row) => row.try_get_unchecked(name),
                    Row::Postgres(row) => row.try_get_unchecked(name),
                }
                .map_err(|error| Fault::Row(format!("column {name}: {error}")))
            }
        }
    )*};
}

column!(String, Option<String>, i64, Option<i64>, bool, Vec<u8>, Option<Vec<u8>>);

impl Column for Time {
    fn of(row: &Row, name: &str) -> Result<Self> {
        row.get(name).map(Self::from_micros)
    }
}

impl Column for Option<Time> {
    fn of(row: &Row, name: &str) -> Result<Self> {
        Ok(row.get::<Option<i64>>(name)?.map(Time::from_micros))
    }
}

impl<K: Kind> Column for Id<K> {
    fn of(row: &Row, name: &str) -> Result<Self> {
        row.get(name).map(Self::trusted)
    }
}

impl<K: Kind> Column for Option<Id<K>> {
    fn of(row: &Row, name: &str) -> Result<Self> {
        Ok(row.get::<Option<String>>(name)?.map(Id::trusted))
    }
}

/// A type of another crate that a column can be read as, where the column may be NULL too.
pub trait Nullable: Column {}

impl<T: Nullable> Column for Option<T> {
    fn of(row: &Row, name: &str) -> Result<Self> {
        // Whatever it is, what is absent is absent as bytes too.
        let absent = row.get::<Option<Vec<u8>>>(name)?.is_none();
        if absent { Ok(None) } else { T::of(row, name).map(Some) }
    }
}
