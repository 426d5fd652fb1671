use std::{collections::HashMap, sync::Arc};

use futures_util::{StreamExt as _, stream};
use jobs::{Claimed, Outcome, Task, Terms};
use seal::{Opener, Vault};
use serde::{Deserialize, Serialize};
use store::{Db, Result, Row, args};
use time_and_chance::Time;

use super::{Mail, MailId, Post};
use crate::{
    columns::{MAIL_HTML, MAIL_RECIPIENT, MAIL_SUBJECT, MAIL_TEXT},
    telemetry,
};

/// The sending of one mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendMail {
    /// Which one.
    pub mail: MailId,
}

impl Task for SendMail {
    const KIND: &'static str = "send_mail";
}

const AT_ONCE: usize = 8;
/// Two rounds of [`AT_ONCE`], so that a batch whose every mail takes as long as it may is over well within its lease.
const BATCH: i64 = 16;

/// How mails are worked off: few at a time, tried for 26 hours.
pub fn terms() -> Terms {
    Terms { batch: BATCH, ..Terms::default() }
}

const READ: &str = "
    SELECT id, workspace_id, recipient, mails.subject, text, html, created_at, sent_at, shredded.at AS shredded_at
    FROM mails LEFT JOIN shredded ON shredded.subject = workspace_id WHERE id IN ({each $})";
const NOTE_SENT: &str = "UPDATE mails SET sent_at = $2 WHERE id = $1 AND sent_at IS NULL";

enum Stands {
    Unsent(Mail),
    Sent,
    /// What it was about was shredded.
    Shredded,
    /// Why it does not open: it was changed behind our back, or its key is missing, which may come back.
    Unreadable(String),
}

/// Sends the mails of a batch, and notes each as soon as it has gone out. One that was sent before is not sent again.
pub async fn send(
    db: Db,
    vault: Vault,
    post: Arc<Post>,
    when: Time,
    batch: Vec<Claimed<SendMail>>,
) -> Vec<Outcome> {
    let mut mails = match read(&db, &vault, &batch).await {
        Ok(mails) => mails,
        Err(fault) => {
            return vec![Outcome::retry(format!("the mails could not be read: {fault}")); batch.len()];
        }
    };
    let sending = batch.iter().map(|job| {
        let (db, post, mail) = (&db, &post, mails.remove(&job.task.mail));
        async move {
            match mail {
                Some(Stands::Unsent(mail)) => send_one(db, post, when, &mail).await,
                // Gone: erased with what it was about, so nothing is left to send.
                Some(Stands::Sent | Stands::Shredded) | None => Outcome::Done,
                Some(Stands::Unreadable(why)) => Outcome::retry(why),
            }
        }
    });
    let outcomes = stream::iter(sending.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
    if i64::try_from(batch.len()).is_ok_and(|mails| mails < BATCH) {
        // No more wait behind these.
        post.hang_up().await;
    }
    outcomes
}

async fn send_one(db: &Db, post: &Post, when: Time, mail: &Mail) -> Outcome {
    let id = &mail.id;
    if let Err(not_sent) = post.deliver(mail).await {
        metrics::counter!(telemetry::MAILS_FAILED).increment(1);
        tracing::warn!(mail = %id, why = %not_sent, "mail not sent");
        return not_sent.into();
    }
    metrics::counter!(telemetry::MAILS_SENT).increment(1);
    if let Err(fault) = note_sent(db, when, id).await {
        // It is out: to send it again because our own database is away would be worse than a missing note.
        tracing::warn!(mail = %id, %fault, "mail sent, but not noted as sent");
    }
    tracing::info!(mail = %id, "mail sent");
    Outcome::Done
}

async fn read(db: &Db, vault: &Vault, batch: &[Claimed<SendMail>]) -> Result<HashMap<MailId, Stands>> {
    let ids = batch.iter().map(|job| args![&job.task.mail]).collect();
    let rows = db.rows_of_each(READ, &[], ids).await?;
    let opener = vault.opener_of(db, &rows, &["recipient", "subject", "text", "html"]).await?;
    rows.iter().map(|row| of_row(row, &opener)).collect()
}

fn of_row(row: &Row, opener: &Opener) -> Result<(MailId, Stands)> {
    let id: MailId = row.get("id")?;
    if row.get::<Option<Time>>("sent_at")?.is_some() {
        return Ok((id, Stands::Sent));
    }
    if row.get::<Option<Time>>("shredded_at")?.is_some() {
        return Ok((id, Stands::Shredded));
    }
    let workspace = row.get::<Option<String>>("workspace_id")?.unwrap_or_default();
    let open = |field: seal::Field| opener.text(row, field.column, field.of(id.as_str(), &workspace));
    let opened = [MAIL_RECIPIENT, MAIL_SUBJECT, MAIL_TEXT, MAIL_HTML].map(open);
    let [Ok(recipient), Ok(subject), Ok(text), Ok(html)] = opened else {
        // It alone, and not the batch that it is in.
        let why = opened.into_iter().find_map(|opened| opened.err().map(|fault| fault.to_string()));
        let why = why.unwrap_or_default();
        return Ok((id, Stands::Unreadable(why)));
    };
    let written_at = row.get("created_at")?;
    Ok((id.clone(), Stands::Unsent(Mail { id, recipient, subject, text, html, written_at })))
}

async fn note_sent(db: &Db, when: Time, id: &MailId) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.execute(NOTE_SENT, args![id, when]).await?;
    tx.commit().await
}
