use std::sync::Arc;

use store::{Db, args};
use time_and_chance::Time;

use crate::exposure::signature::{KeySet, Partner};

/// A set of keys as an endpoint answered it.
#[derive(Clone)]
pub(super) struct Fetched {
    pub(super) keys: Arc<KeySet>,
    /// The answer itself, which the database keeps: it is read anew by whatever version reads it next.
    pub(super) answer: Arc<str>,
    pub(super) etag: Option<String>,
    /// When the endpoint last said that this is its set.
    pub(super) at: Time,
}

// The URL stands in the WHERE: what another endpoint answered says nothing of this one.
const LOAD: &str = "
    SELECT answer, etag, fetched_at
    FROM partner_keys
    WHERE partner = $1 AND url = $2";

/// The partner's set that was last fetched from `url`, by any node. One that cannot be read counts as none.
pub(super) async fn load(db: &Db, partner: Partner, url: &str) -> store::Result<Option<Fetched>> {
    let Some(row) = db.row(LOAD, args![partner.as_str(), url]).await? else { return Ok(None) };
    let answer: String = row.get("answer")?;
    let Ok(keys) = KeySet::parse(answer.as_bytes()) else { return Ok(None) };
    Ok(Some(Fetched {
        keys: Arc::new(keys),
        answer: answer.into(),
        etag: row.get("etag")?,
        at: row.get("fetched_at")?,
    }))
}

const SAVE: &str = "
    INSERT INTO partner_keys (partner, url, etag, answer, fetched_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (partner) DO UPDATE
    SET url = excluded.url, etag = excluded.etag, answer = excluded.answer, fetched_at = excluded.fetched_at";

/// Keeps a set for the other nodes and for the next start.
pub(super) async fn save(db: &Db, partner: Partner, url: &str, fetched: &Fetched) -> store::Result<()> {
    let args = args![partner.as_str(), url, fetched.etag.clone(), &*fetched.answer, fetched.at];
    let mut tx = db.begin().await?;
    tx.execute(SAVE, args).await?;
    tx.commit().await
}
