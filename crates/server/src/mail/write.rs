use std::collections::HashSet;

use jobs::enqueue;
use store::{Db, Result, Row, Tx, args};
use time_and_chance::{Chance, Time};

use super::{Letter, MailId, SendMail};

const WRITE: &str = "
    INSERT INTO mails (id, once, workspace_id, recipient, subject, text, html, created_at)
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
/// in the same transaction, and only for those.
pub async fn write(tx: &mut Tx, when: Time, chance: &dyn Chance, letters: Vec<Letter>) -> Result<u64> {
    let rows = letters.into_iter().map(|letter| {
        let id = MailId::new(when, chance);
        let Letter { once, workspace_id, recipient, subject, text, html } = letter;
        args![&id, once, workspace_id, recipient, subject, text, html, when]
    });
    let written = tx.rows_of_each(WRITE, &[], rows.collect()).await?;
    let tasks = written.iter().map(task).collect::<Result<Vec<_>>>()?;
    enqueue(tx, when, chance, &tasks).await?;
    Ok(tasks.len() as u64)
}

fn task(row: &Row) -> Result<SendMail> {
    Ok(SendMail { mail: row.get("id")? })
}
