use std::fmt;

use serde::{Deserialize, Serialize};

/// Something about a person or a customer, in the clear: a mail address, a name, a description, the text of a mail.
///
/// It cannot become the argument of a statement, only be sealed:
///
/// ```compile_fail
/// let name = seal::Private::from("Ana Lovelace");
/// let _ = store::args![&name];
/// ```
///
/// It has no `Display`, and its `Debug` shows nothing. It may be serialised, as answers and mails are where it belongs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// What it is, for a place where that may be seen.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Private {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl PartialEq<str> for Private {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Private {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Private::from("ana@example.com")), "Private");
    }
}
