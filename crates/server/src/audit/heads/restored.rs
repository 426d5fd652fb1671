//! Heads that were delivered before a backup was restored and after it was made: numbers that are not to be given again.

use std::collections::BTreeMap;

use chain::SignedHead;
use store::{Db, Result, args};
use time_and_chance::Time;

use super::{
    key::public_keys,
    make::{HEAD, Newest, make_after, signed},
};
use crate::app::App;

/// How many are written in one transaction: each may be a megabyte.
const AT_ONCE: usize = 10;

/// Why heads are of no use to a database.
#[derive(Debug, thiserror::Error)]
pub enum TakeOver {
    /// They are not its own.
    #[error("the heads are those of another database: none of its keys has signed the newest")]
    Another,
    /// The database.
    #[error(transparent)]
    Database(#[from] store::Fault),
}

/// Takes the heads that were delivered since the backup was made into the restored database, so that it counts on after them, and
/// makes the next one, which says that the database was restored. Of two with one number the later counts. Answers the number
/// of the head that was made; nothing where there are no heads.
pub async fn take_over_heads(
    app: &App,
    outside: &[SignedHead],
) -> std::result::Result<Option<u64>, TakeOver> {
    let known = Newest::find(&app.db).await?.number;
    let by_number: BTreeMap<u64, &SignedHead> = outside.iter().map(|head| (head.head.number, head)).collect();
    let Some((_, newest)) = by_number.last_key_value() else { return Ok(None) };
    let keys = public_keys(&app.db).await?;
    // A number that no database can hold comes from none.
    let is_ours =
        (keys.is_empty() || keys.contains(&newest.key)) && i64::try_from(newest.head.number).is_ok();
    if !is_ours {
        return Err(TakeOver::Another);
    }
    let missing: Vec<&SignedHead> = by_number.range(known + 1..).map(|(_, head)| *head).collect();
    for some in missing.chunks(AT_ONCE) {
        keep(&app.db, some).await?;
    }
    Ok(make_after(app, Some(known)).await?)
}

async fn keep(db: &Db, heads: &[&SignedHead]) -> Result<()> {
    let mut tx = db.begin().await?;
    for head in heads {
        let (number, at) = (signed(head.head.number)?, Time::from_micros(head.head.at));
        tx.execute(HEAD, args![number, at, head.to_line(), head.hash().as_bytes()]).await?;
    }
    tx.commit().await
}
