use std::{fmt, path::Path, sync::Arc, time::Duration};

use jobs::Outcome;
use lettre::message::Mailbox;

use super::{
    Mail,
    files::Files,
    message::{on_the_wire, pack},
    server::Server,
};
use crate::config::{Hidden, Settings};

/// How mail leaves.
#[derive(Clone, Copy)]
pub struct PostSettings<'a> {
    /// The mailbox that mails come from, such as `Acme <no-reply@acme.example>`.
    pub from: &'a Mailbox,
    /// The mail server: `smtp://user:password@host:587`, `smtps://user:password@host`, `smtp://localhost:25`.
    /// Without one mails become files.
    pub smtp_url: Option<&'a Hidden>,
    /// Where the folder `mail` stands or is made.
    pub data_dir: &'a Path,
}

/// What is wrong with a setting, without its value: a URL may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {fault}")]
pub struct BadSetting {
    /// The setting's key.
    pub key: &'static str,
    /// What is wrong with it.
    pub fault: &'static str,
}

/// Why a mail was not delivered, in words that hold neither an address nor anything of the mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// It may work out later.
    #[error("{0}")]
    NotNow(String),
    /// It will never work.
    #[error("{0}")]
    Never(String),
}

impl NotSent {
    pub(super) fn not_now(why: impl Into<String>) -> Self {
        Self::NotNow(why.into())
    }

    pub(super) fn never(why: impl Into<String>) -> Self {
        Self::Never(why.into())
    }
}

impl From<NotSent> for Outcome {
    fn from(not_sent: NotSent) -> Self {
        match not_sent {
            NotSent::NotNow(why) => Self::retry(why),
            NotSent::Never(why) => Self::give_up(why),
        }
    }
}

/// The way out for mail: a mail server, or a folder. Clones share their connections.
#[derive(Clone)]
pub struct Post {
    from: Mailbox,
    way: Way,
    patience: Duration,
}

#[derive(Clone)]
enum Way {
    Smtp(Arc<Server>),
    Files(Files),
}

const NO_MAILBOX: &str = "not a mailbox; write NAME <name@example.com>, or the address alone";
/// A mail server that takes longer over one mail is left alone for a while.
const PATIENCE: Duration = Duration::from_secs(20);

impl Post {
    /// The way that `mail.from`, `mail.smtp_url` and `data_dir` name. No server is asked yet and no folder made.
    pub fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        Self::new(&PostSettings {
            from: &settings.mail.from,
            smtp_url: settings.mail.smtp_url.as_ref(),
            data_dir: &settings.data_dir,
        })
    }

    /// The same, of plain values.
    pub fn new(settings: &PostSettings<'_>) -> Result<Self, BadSetting> {
        let from = on_the_wire(settings.from).ok_or(BadSetting { key: "mail.from", fault: NO_MAILBOX })?;
        let way = match settings.smtp_url {
            None => Way::Files(Files::in_folder(settings.data_dir.join("mail"))),
            Some(url) => {
                let server = Server::named(url, from.email.clone());
                Way::Smtp(Arc::new(server.map_err(|fault| BadSetting { key: "mail.smtp_url", fault })?))
            }
        };
        Ok(Self { from, way, patience: PATIENCE })
    }

    /// The same way with another limit on how long a mail server may take over one mail.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Delivers a mail: a mail server has taken it over, or its file is safely on the disk.
    pub async fn deliver(&self, mail: &Mail) -> Result<(), NotSent> {
        let packed = pack(&self.from, mail)?;
        match &self.way {
            Way::Smtp(server) => {
                server.smtp().map_err(NotSent::not_now)?.deliver(&packed, self.patience).await
            }
            Way::Files(files) => files.deliver(&mail.id, packed.bytes).await,
        }
    }

    /// Takes leave of the mail server until there is more to send.
    pub async fn hang_up(&self) {
        if let Way::Smtp(server) = &self.way {
            server.hang_up().await;
        }
    }
}

/// Shows which way it is, and no address or password.
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::Smtp(_) => "Post(smtp)",
            Way::Files(_) => "Post(files)",
        })
    }
}
