use super::Kind;

/// Why a URL may not be called, in words that go on from it. They never repeat it, so they may be logged and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot be read, or not by everybody in the same way.
    #[error("is no address that begins with https:// and a host")]
    NoUrl,
    /// It has a user or a password in it.
    #[error("must not name a user or a password before its host")]
    User,
    /// Its host is an address that is written so that nobody sees which.
    #[error("must write its host as a name or as four decimal numbers")]
    Notation,
    /// It is not encrypted.
    #[error("must begin with https://")]
    Plain,
    /// It leads to what is not public.
    #[error("leads to {0}")]
    Leads(Kind),
}

impl Refused {
    /// Whether the operator could open it.
    pub const fn can_be_opened(self) -> bool {
        matches!(self, Self::Plain | Self::Leads(_))
    }
}
