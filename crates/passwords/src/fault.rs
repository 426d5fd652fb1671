/// A password of more than [`crate::Password::MOST`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password has at most 1,024 bytes")]
pub struct TooLong;

/// What is no scheme, or none that may be used for this. The message says what would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadScheme {
    /// The text names none.
    #[error("a scheme is written bcrypt:COST, foreign-bcrypt:COST or argon2id:KIB:PASSES:LANES")]
    Unknown,
    /// A cost of bcrypt that is too cheap to be allowed, or would take for ever.
    #[error("the cost of bcrypt is from 4 to 16")]
    Cost,
    /// Numbers of Argon2id that it does not know, or that would take for ever.
    #[error("Argon2id has 8 to 1048576 KiB of memory (8 or more a lane), 1 to 16 passes and 1 to 16 lanes")]
    Argon2id,
    /// `foreign-bcrypt` is for what others have hashed.
    #[error("nothing is hashed as foreign-bcrypt: it counts 72 bytes of a password and no more")]
    OnlyImported,
}

/// A text that is no stored hash. No message holds anything of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadStored {
    /// It begins like none.
    #[error("not a hash that is known: bcrypt's begin with $2a$, $2b$ or $2y$")]
    Unknown,
    /// `$2x$`, which marks hashes of a faulty program.
    #[error(
        "hashes with $2x$ were made by a faulty program, and cannot be told from those of other passwords"
    )]
    Faulty,
    /// Cut, lengthened, or with a character that cannot be there.
    #[error("a bcrypt hash has 60 characters: $2b$, two digits of cost, $, and 53 of ./A-Za-z0-9")]
    Bcrypt,
    /// Not a text of Argon2id in the form of the PHC.
    #[error(
        "an Argon2id hash is written $argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH, with 8 or more bytes of salt and 16 or more of hash"
    )]
    Argon2id,
    /// Too cheap, or would take for ever.
    #[error(transparent)]
    Scheme(#[from] BadScheme),
}
