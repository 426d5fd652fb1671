//! Every column, once: what it holds, and whether that is sealed. A test compares this with the schema, so a new column has
//! to say what it is.

mod house;
mod signin;

use seal::{Field, HOUSE};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// What tells about a person or a customer, or could be used against one. Sealed.
    Sealed,
    /// An id that says nothing of itself.
    Id,
    /// A moment.
    Moment,
    /// One of a few words, or a name of the program's own.
    Word,
    /// A number or a yes or no.
    Number,
    /// A digest of a secret of 128 bits or more, or another value that nobody can guess back.
    Digest,
    /// A keyed hash, to find a sealed field by.
    Index,
    /// A key, wrapped by another.
    Wrapped,
    /// Something readable, and why it may be.
    Readable(&'static str),
}

/// A table and its columns.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What each column holds.
    pub columns: &'static [(&'static str, Holds)],
}

/// A workspace's name.
pub const WORKSPACE_NAME: Field = Field::new("workspaces", "name");
/// A person's mail address.
pub const PERSON_MAIL: Field = Field::new("people", "mail");
/// A person's name.
pub const PERSON_NAME: Field = Field::new("people", "name");
/// What a token is for.
pub const TOKEN_DESCRIPTION: Field = Field::new("tokens", "description");
/// Where a token was found.
pub const SIGHTING_URL: Field = Field::new("sightings", "url");
/// What a track event says.
pub const TRACK_PROPERTIES: Field = Field::new("track_events", "properties");
/// To whom a mail goes.
pub const MAIL_RECIPIENT: Field = Field::new("mails", "recipient");
/// A mail's subject.
pub const MAIL_SUBJECT: Field = Field::new("mails", "subject");
/// A mail's plain text.
pub const MAIL_TEXT: Field = Field::new("mails", "text");
/// A mail's HTML.
pub const MAIL_HTML: Field = Field::new("mails", "html");

/// What an audit entry says beside what is in its chain.
pub const AUDIT_DETAILS: Field = Field::new("audit_details", "details");

/// What heads of the audit are signed with.
pub const AUDIT_PRIVATE_KEY: Field = Field::new("audit_keys", "private_key");

/// How a password is hashed.
pub const PASSWORD_HASH: Field = Field::new("passwords", "hash");
/// What an authenticator shares with us.
pub const AUTHENTICATOR_SECRET: Field = Field::new("authenticators", "secret");
/// What is known of a passkey.
pub const PASSKEY: Field = Field::new("passkeys", "passkey");
/// What its owner calls a passkey.
pub const PASSKEY_NAME: Field = Field::new("passkeys", "name");
/// What a passkey was asked.
pub const ATTEMPT_CHALLENGE: Field = Field::new("attempts", "challenge");
/// Where somebody goes who is about to sign in: it may be an invitation.
pub const ATTEMPT_NEXT: Field = Field::new("attempts", "next");
/// What somebody typed who is about to join.
pub const ATTEMPT_DETAILS: Field = Field::new("attempts", "details");
/// Where somebody has signed in, and with what.
pub const SESSION_ORIGIN: Field = Field::new("sessions", "origin");
/// What a link is about.
pub const LINK_DETAILS: Field = Field::new("links", "details");
/// What JWTs about sessions are signed with.
pub const SESSION_PRIVATE_KEY: Field = Field::new("session_keys", "private_key");
/// Who is invited.
pub const INVITATION_MAIL: Field = Field::new("invitations", "mail");

/// Whose key seals what belongs to a workspace, or to none.
pub fn subject_of(workspace: Option<&str>) -> &str {
    workspace.unwrap_or(HOUSE)
}

/// Every table.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    house::TABLES.iter().chain(signin::TABLES)
}
