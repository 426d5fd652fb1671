//! Mail: written with the change that it tells of, sent by a job.
//!
//! A [`Letter`] is written into the database in the transaction of its cause, together with the job that sends it: it
//! goes out if and only if the change holds, and no answer waits for a mail server. A letter's `once` says what it is
//! about and to whom; whoever writes it a second time writes nothing.
//!
//! Each mail is sent at least once. It is sent again only when the process dies, or the mail server falls silent,
//! between the sending and its being noted; the repeat carries the same `Message-ID`. A server that is away is tried
//! with growing pauses for a day and more; an address that the server refuses is given up, where an operator sees it.
//!
//! Neither a log, an error nor a job holds an address, a subject or a text: a mail is known there by its id.

mod address;
mod files;
mod jobs;
mod message;
mod post;
mod server;
mod smtp;
mod smtp_url;
pub(crate) mod words;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;

use seal::Private;
use time_and_chance::{Id, Kind, Time};

pub(crate) use self::smtp_url::is_smtp_url;
pub use self::{
    address::{Address, NotAnAddress, address},
    jobs::{SendMail, send, terms},
    post::{BadSetting, NotSent, Post, PostSettings},
    write::{sealed, write, written},
};

/// A mail that is to be written.
#[derive(Clone)]
pub struct Letter {
    /// What it is about and to whom, in ids: of letters with the same one only the first is written.
    pub once: String,
    /// The workspace that it is about, if it is about one.
    pub workspace_id: Option<String>,
    /// The mailbox that it goes to: an address, or a name with an address.
    pub recipient: Private,
    /// One line.
    pub subject: Private,
    /// What it says, as plain text.
    pub text: Private,
    /// The same as HTML.
    pub html: Private,
}

/// A mail as it is sent.
#[derive(Clone)]
pub struct Mail {
    /// Its id; the `Message-ID` is made of it.
    pub id: MailId,
    /// The mailbox that it goes to: an address, or a name with an address.
    pub recipient: Private,
    /// One line.
    pub subject: Private,
    /// What it says, as plain text.
    pub text: Private,
    /// The same as HTML.
    pub html: Private,
    /// Its `Date`.
    pub written_at: Time,
}

/// The kind of a mail's id.
pub struct MailKind;

impl Kind for MailKind {
    const PREFIX: &'static str = "mail";
}

/// A mail's id.
pub type MailId = Id<MailKind>;

/// Shows neither address nor content.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("workspace_id", &self.workspace_id).finish_non_exhaustive()
    }
}

/// Shows neither address nor content.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).finish_non_exhaustive()
    }
}
