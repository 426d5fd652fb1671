use std::{
    error::Error as _,
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::DEFAULT_MECHANISMS,
        client::{AsyncSmtpConnection, Tls},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};

use super::{
    NotSent,
    message::Packed,
    smtp_url::{Fault, SmtpUrl},
};

/// How long a server may take to answer the goodbye, after which nothing is lost by dropping the connection.
const GOODBYE: Duration = Duration::from_secs(2);

/// A mail server, and the connections to it that wait for the next mail.
///
/// lettre's own transport is not used for two reasons. Its asynchronous side waits for a reply for ever, and a sending
/// that is broken off leaves its connection in the pool in the middle of a conversation, where a late reply to one mail
/// would pass for the reply to the next. And it doesn't say which command a refusal answers: a refused mailbox is
/// given up, a refused password is our own fault and tried again.
pub(super) struct Smtp {
    url: SmtpUrl,
    tls: Tls,
    from: Address,
    hello: ClientId,
    waiting: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Smtp {
    pub fn new(url: SmtpUrl, from: Address) -> Result<Self, Fault> {
        Ok(Self { tls: url.tls()?, url, from, hello: ClientId::default(), waiting: Mutex::default() })
    }

    /// Hands a mail to the server. A connection on which something went wrong or took too long is not used again.
    pub async fn deliver(&self, mail: &Packed, patience: Duration) -> Result<(), NotSent> {
        let sending = tokio::time::timeout(patience, self.hand_over(mail)).await;
        sending.unwrap_or_else(|_| Err(NotSent::not_now("the mail server took too long")))
    }

    async fn hand_over(&self, mail: &Packed) -> Result<(), NotSent> {
        let mut connection = self.connection().await?;
        converse(&mut connection, &self.from, mail).await?;
        self.waiting().push(connection);
        Ok(())
    }

    /// One that waits and is still good, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, NotSent> {
        loop {
            let Some(mut connection) = self.waiting().pop() else { return self.connect().await };
            if connection.test_connected().await {
                return Ok(connection);
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, NotSent> {
        let implicit = if let Tls::Wrapper(parameters) = &self.tls { Some(parameters.clone()) } else { None };
        let server = (self.url.host.as_str(), self.url.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, implicit, None)
            .await
            .map_err(|error| no_connection(&error))?;
        match &self.tls {
            Tls::Required(parameters) | Tls::Opportunistic(parameters) if connection.can_starttls() => {
                let upgraded = connection.starttls(parameters.clone(), &self.hello).await;
                upgraded.map_err(|error| no_connection(&error))?;
            }
            Tls::Required(_) => {
                return Err(NotSent::not_now(
                    "the mail server does not offer STARTTLS, which the settings require",
                ));
            }
            Tls::None | Tls::Opportunistic(_) | Tls::Wrapper(_) => {}
        }
        if let Some(credentials) = &self.url.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|error| no_sign_in(&error))?;
        }
        Ok(connection)
    }

    /// Says goodbye on the connections that wait.
    pub async fn hang_up(&self) {
        let waiting = std::mem::take(&mut *self.waiting());
        let goodbyes = waiting.into_iter().map(|mut connection| async move { connection.abort().await });
        drop(tokio::time::timeout(GOODBYE, futures_util::future::join_all(goodbyes)).await);
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn converse(
    connection: &mut AsyncSmtpConnection,
    from: &Address,
    mail: &Packed,
) -> Result<(), NotSent> {
    let offers = |extension| connection.server_info().supports_feature(extension);
    let mut parameters = Vec::new();
    // Only an address is ever written beyond ASCII: subject and bodies are encoded.
    if !mail.bytes.is_ascii() {
        if !(offers(Extension::SmtpUtfEight) && offers(Extension::EightBitMime)) {
            return Err(NotSent::never("the mail server takes no addresses beyond ASCII"));
        }
        parameters = vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)];
    }
    let sender = Mail::new(Some(from.clone()), parameters);
    connection.command(sender).await.map_err(|error| refused(&error, "the sender"))?;
    let recipient = Rcpt::new(mail.to.clone(), Vec::new());
    connection.command(recipient).await.map_err(|error| refused_recipient(&error))?;
    connection.command(Data).await.map_err(|error| refused(&error, "the message"))?;
    connection.message(&mail.bytes).await.map_err(|error| refused(&error, "the message"))?;
    Ok(())
}

fn no_connection(error: &Error) -> NotSent {
    // From the operating system or from TLS: names hosts and certificates, and nothing of a mail, as none was begun.
    match (system_error(error), error.status()) {
        (Some(system), _) => NotSent::not_now(format!("no connection to the mail server: {system}")),
        (None, Some(code)) => NotSent::not_now(format!("the mail server would not talk ({code})")),
        (None, None) => NotSent::not_now("what answered for the mail server did not speak SMTP"),
    }
}

fn no_sign_in(error: &Error) -> NotSent {
    NotSent::not_now(match error.status() {
        Some(code) => format!("the mail server refused the user name and password ({code})"),
        None if error.is_client() => "the mail server offers no way of signing in that we know".to_owned(),
        None => "the connection to the mail server broke".to_owned(),
    })
}

fn refused(error: &Error, what: &str) -> NotSent {
    NotSent::not_now(match error.status() {
        Some(_) => format!("the mail server refused {what} ({})", codes(error)),
        None => "the connection to the mail server broke".to_owned(),
    })
}

fn refused_recipient(error: &Error) -> NotSent {
    let of_the_mailbox = error.status().is_some_and(|code| MAILBOX_CODES.contains(&code.into()))
        && enhanced(error).is_none_or(|code| code.starts_with("5.1.") || code.starts_with("5.2."));
    if of_the_mailbox {
        return NotSent::never(format!("the mail server refused the mailbox ({})", codes(error)));
    }
    refused(error, "the recipient")
}

/// RFC 5321 and RFC 7504: what a server says of a mailbox that it does not and will not have. The same numbers also tell
/// that we may not relay or are on a list of the unwanted, which an operator can mend; the enhanced code tells them
/// apart (RFC 3463: 5.1 and 5.2 are about the address and the mailbox, 5.7 about policy).
const MAILBOX_CODES: [u16; 5] = [550, 551, 552, 553, 556];

/// The codes of a reply. Its words are left out: servers like to repeat the address in them.
fn codes(error: &Error) -> String {
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    enhanced(error).map_or(code.clone(), |enhanced| format!("{code} {enhanced}"))
}

/// The enhanced code that a reply begins with, such as `5.1.1`.
fn enhanced(error: &Error) -> Option<String> {
    let words = error.source()?.to_string();
    let first = words.split_whitespace().next()?;
    let parts: Vec<&str> = first.split('.').collect();
    let is_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(is_number)).then(|| first.to_owned())
}

fn system_error(error: &Error) -> Option<&io::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
