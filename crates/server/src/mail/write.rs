use std::collections::HashSet;

use jobs::enqueue;
use seal::{DataKey, Field, Private};
use store::{Arg, Db, Result, Row, Tx, args};
use time_and_chance::Chance;

use super::{Letter, MailId, SendMail};
use crate::{
    app::Now,
    columns::{MAIL_HTML, MAIL_RECIPIENT, MAIL_SUBJECT, MAIL_TEXT, subject_of},
};

const WRITE: &str = "
    INSERT INTO mails (id, once, workspace_id, created_at, recipient, subject, text, html)
    VALUES {each ($, $, $, $, $, $, $, $)}
    ON CONFLICT (once) DO NOTHING
    RETURNING id";

const WRITTEN: &str = "SELECT once FROM mails WHERE once IN ({each $})";

/// Which of these letters there are, by their `once`: whoever writes very many need not begin with the first again.
pub async fn written(db: &Db, letters: impl Iterator<Item = &str>) -> Result<HashSet<String>> {
    let rows = db.rows_of_each(WRITTEN, &[], letters.map(|once| args![once]).collect()).await?;
    rows.iter().map(|row| row.get("once")).collect()
}

/// Writes letters and asks for their sending, and answers how many of them were not there yet. The sending is asked for
/// in the same transaction, and only for those. A workspace that was shredded is written about no more.
pub async fn write(tx: &mut Tx, now: Now<'_>, letters: &[Letter]) -> Result<u64> {
    let keys = now.keys(tx, letters.iter().map(Letter::subject)).await?;
    let readable = letters.iter().filter(|letter| !keys.lack(letter.subject()));
    let rows = readable.map(|letter| {
        let id = MailId::new(now.when, now.chance);
        let mut arguments = args![&id, &letter.once, letter.workspace_id.as_ref(), now.when];
        arguments.extend(sealed(keys.of(letter.subject())?, now.chance, id.as_str(), letter));
        Ok(arguments)
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let written = tx.rows_of_each(WRITE, &[], rows).await?;
    let tasks = written.iter().map(task).collect::<Result<Vec<_>>>()?;
    enqueue(tx, now.vault, now.when, now.chance, &tasks).await?;
    Ok(tasks.len() as u64)
}

impl Letter {
    /// Whose key seals it.
    fn subject(&self) -> &str {
        subject_of(self.workspace_id.as_deref())
    }
}

/// A letter's recipient, subject, text and HTML, sealed for the row `id`.
pub fn sealed(key: &DataKey, chance: &dyn Chance, id: &str, letter: &Letter) -> [Arg; 4] {
    let workspace = letter.workspace_id.as_deref().unwrap_or_default();
    let seal = |field: Field, text: &Private| key.seal(chance, field.of(id, workspace), text).into();
    [
        seal(MAIL_RECIPIENT, &letter.recipient),
        seal(MAIL_SUBJECT, &letter.subject),
        seal(MAIL_TEXT, &letter.text),
        seal(MAIL_HTML, &letter.html),
    ]
}

fn task(row: &Row) -> Result<SendMail> {
    Ok(SendMail { mail: row.get("id")? })
}
