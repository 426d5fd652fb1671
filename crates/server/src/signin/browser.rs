//! Browsers in which somebody has signed in before: they are not told of again, and others' failures do not slow them down.

use factors::LinkSecret;
use store::{Db, Result, Tx, args};
use time_and_chance::Time;

use super::session::BROWSER_KNOWN;
use crate::{
    app::{App, Now},
    ids::{BrowserId, PersonId},
    mail::Address,
};

const FIND: &str = "SELECT id FROM browsers WHERE digest = $1 AND person_id = $2 AND last_at > $3";
const SEEN: &str = "UPDATE browsers SET last_at = $2 WHERE id = $1";
const INSERT: &str = "
    INSERT INTO browsers (id, person_id, digest, first_at, last_at) VALUES ($1, $2, $3, $4, $4)
    ON CONFLICT (digest, person_id) DO UPDATE SET last_at = $4 RETURNING id";

/// A browser that is known from now on.
pub struct Known {
    /// Its id.
    pub id: BrowserId,
    /// The secret for its cookie, if it had none.
    pub secret: Option<LinkSecret>,
    /// Whether the person has not signed in with it before, as far as that is remembered.
    pub is_new_device: bool,
}

/// Remembers that the person has signed in with this browser.
pub async fn know(tx: &mut Tx, now: Now<'_>, person: &PersonId, secret: Option<&str>) -> Result<Known> {
    let sent = secret.and_then(LinkSecret::parse);
    let (secret, fresh) = if let Some(sent) = sent {
        (sent.digest(), None)
    } else {
        let made = LinkSecret::new(now.chance);
        (made.digest(), Some(made))
    };
    let digest = &secret.as_bytes()[..];
    let since = now.when.minus(BROWSER_KNOWN);
    if let Some(row) = tx.row(FIND, args![digest, person, since]).await? {
        let id: BrowserId = row.get("id")?;
        tx.execute(SEEN, args![&id, now.when]).await?;
        return Ok(Known { id, secret: None, is_new_device: false });
    }
    let id = BrowserId::new(now.when, now.chance);
    let row = tx.row(INSERT, args![&id, person, digest, now.when]).await?;
    let row = row.ok_or_else(|| store::Fault::Row("a browser was not stored".to_owned()))?;
    Ok(Known { id: row.get("id")?, secret: fresh, is_new_device: true })
}

const FORGET: &str = "DELETE FROM browsers WHERE person_id = $1";

/// Forgets in which browsers a person has signed in: one of them was perhaps not theirs.
pub async fn forget(tx: &mut Tx, person: &PersonId) -> Result<()> {
    tx.execute(FORGET, args![person]).await.map(drop)
}

const ANYBODYS: &str = "SELECT 1 AS one FROM browsers WHERE digest = $1 AND last_at > $2 LIMIT 1";

/// Whether anybody has signed in with this browser lately.
pub async fn is_anybodys(db: &Db, when: Time, secret: Option<&str>) -> Result<bool> {
    let Some(secret) = secret.and_then(LinkSecret::parse) else { return Ok(false) };
    let digest = secret.digest();
    let since = when.minus(BROWSER_KNOWN);
    Ok(db.row(ANYBODYS, args![&digest.as_bytes()[..], since]).await?.is_some())
}

const OF_ADDRESS: &str = "
    SELECT 1 AS one FROM browsers b JOIN people p ON p.id = b.person_id
    WHERE b.digest = $1 AND b.last_at > $2 AND p.mail_index IN ($3, $4) LIMIT 1";

/// Whether whoever has this address has signed in with this browser lately. It is the same work whether anybody has it or not.
pub async fn is_known_of(app: &App, when: Time, address: &Address, secret: Option<&str>) -> Result<bool> {
    let Some(secret) = secret.and_then(LinkSecret::parse) else { return Ok(false) };
    let Some(index) = app.vault.index(&app.db).await? else { return Ok(false) };
    let [current, former] = index.both(address.folded());
    let (digest, since) = (secret.digest(), when.minus(BROWSER_KNOWN));
    let row = app.db.row(OF_ADDRESS, args![&digest.as_bytes()[..], since, current, former]).await?;
    Ok(row.is_some())
}

/// Whether the person has signed in with this browser lately.
pub async fn is_known(db: &Db, when: Time, person: &PersonId, secret: Option<&str>) -> Result<bool> {
    let Some(secret) = secret.and_then(LinkSecret::parse) else { return Ok(false) };
    let digest = secret.digest();
    let since = when.minus(BROWSER_KNOWN);
    Ok(db.row(FIND, args![&digest.as_bytes()[..], person, since]).await?.is_some())
}
