use crate::ids::{PersonId, TokenId};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody at the command line of the machine.
    Machine,
    /// Somebody who is signed in, or who is about to be.
    Person(PersonId),
    /// An operator key.
    OperatorKey(TokenId),
    /// A workspace's token.
    Token(TokenId),
    /// A partner's report.
    Partner(&'static str),
    /// A job of this program.
    Job(&'static str),
}

impl Actor {
    /// Every kind there is.
    pub const KINDS: [&'static str; 6] = ["machine", "person", "operator_key", "token", "partner", "job"];

    /// Its kind, as stored and shown.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Person(_) => "person",
            Self::OperatorKey(_) => "operator_key",
            Self::Token(_) => "token",
            Self::Partner(_) => "partner",
            Self::Job(_) => "job",
        }
    }

    /// Which one of its kind.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Machine => None,
            Self::Person(id) => Some(id.as_str()),
            Self::OperatorKey(id) | Self::Token(id) => Some(id.as_str()),
            Self::Partner(name) | Self::Job(name) => Some(name),
        }
    }
}
