use time_and_chance::{Id, Time};

/// One argument of a statement, in the types that both engines share.
#[derive(Clone, PartialEq, Eq)]
pub enum Arg {
    /// TEXT
    Text(Option<String>),
    /// BIGINT
    Int(Option<i64>),
    /// BOOLEAN
    Bool(bool),
    /// BYTEA
    Bytes(Option<Vec<u8>>),
}

/// Shows the type alone: a value may be a secret or somebody's address.
impl std::fmt::Debug for Arg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "TEXT",
            Self::Int(_) => "BIGINT",
            Self::Bool(_) => "BOOLEAN",
            Self::Bytes(_) => "BYTEA",
        })
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}

impl<K> From<&Id<K>> for Arg {
    fn from(value: &Id<K>) -> Self {
        value.as_str().into()
    }
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<i32> for Arg {
    fn from(value: i32) -> Self {
        Self::Int(Some(value.into()))
    }
}

impl From<Time> for Arg {
    fn from(value: Time) -> Self {
        value.micros().into()
    }
}

impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&[u8]> for Arg {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl From<Vec<u8>> for Arg {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

impl<const N: usize> From<&[u8; N]> for Arg {
    fn from(value: &[u8; N]) -> Self {
        value.as_slice().into()
    }
}

/// A type whose absence is a typed NULL (PostgreSQL wants to know which type is absent).
pub trait Absent: Into<Arg> {
    /// The NULL of its type.
    const NULL: Arg;
}

macro_rules! optional {
    ($($kind:ty => $null:expr),* $(,)?) => {$(
        impl Absent for $kind {
            const NULL: Arg = $null;
        }
    )*};
}

optional! {
    &str => Arg::Text(None),
    String => Arg::Text(None),
    &String => Arg::Text(None),
    i64 => Arg::Int(None),
    Time => Arg::Int(None),
    &[u8] => Arg::Bytes(None),
    Vec<u8> => Arg::Bytes(None),
}

impl<K> Absent for &Id<K> {
    const NULL: Arg = Arg::Text(None);
}

impl<T: Absent> From<Option<T>> for Arg {
    fn from(value: Option<T>) -> Self {
        value.map_or(T::NULL, Into::into)
    }
}
