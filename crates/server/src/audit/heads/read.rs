use chain::{Finding, Heads, Place, PublicKey, SignedHead};
use store::{Db, Fault, Result, Row, args};

use super::super::stored::text;

/// How many are read at once: one may name every chain there is.
const AT_ONCE: i64 = 10;

const AFTER: &str = "SELECT number, line FROM audit_heads WHERE number > $1 ORDER BY number LIMIT $2";
const NAMING: &str =
    "SELECT line FROM audit_headed JOIN audit_heads ON number = head WHERE audit_headed.chain = $1";

/// A head as it is kept: its number and its line.
pub(super) struct Kept {
    pub number: i64,
    pub line: String,
}

/// The next heads after this number.
pub(super) async fn heads_after(db: &Db, number: i64) -> Result<Vec<Kept>> {
    let rows = db.rows(AFTER, args![number, AT_ONCE]).await?;
    // What is no number counts as none, and what is no text is no head: whoever reads them says so.
    let kept = |row: &Row| Kept { number: row.get("number").unwrap_or_default(), line: text(row, "line") };
    Ok(rows.iter().map(kept).collect())
}

/// Puts the heads that the database has among those that somebody brought. Answers who signed them.
pub async fn known_heads(db: &Db, heads: &mut Heads) -> Result<Vec<PublicKey>> {
    heads.database_was_read();
    let (mut number, mut keys) = (0, Vec::new());
    loop {
        let (some, before) = (heads_after(db, number).await?, number);
        for kept in &some {
            if kept.number > number {
                number = kept.number;
            } else {
                heads.found(Finding::NoNumber { after: number.unsigned_abs() });
            }
            heads.line(&kept.line, Place::Database);
            if let Ok(head) = SignedHead::parse(&kept.line)
                && !keys.contains(&head.key)
            {
                keys.push(head.key);
            }
        }
        // What is no number would be found again and again: SQLite has it behind all numbers.
        if number == before {
            return Ok(keys);
        }
    }
}

/// The newest head that names this chain.
pub async fn head_naming(db: &Db, chain: &str) -> Result<Option<SignedHead>> {
    let Some(row) = db.row(NAMING, args![chain]).await? else { return Ok(None) };
    SignedHead::parse(&text(&row, "line"))
        .map(Some)
        .map_err(|_| Fault::Row("column line: no head".to_owned()))
}
