use store::{Result, args};
use time_and_chance::Duration;

use super::{failures, jwt};
use crate::app::App;

const SESSIONS: &str = "DELETE FROM sessions WHERE expires_at < $1";
const ATTEMPTS: &str = "DELETE FROM attempts WHERE expires_at < $1";
// Nobody has come in by them, and nothing was mailed that could still be asked about.
const NOBODYS_ATTEMPTS: &str =
    "DELETE FROM attempts WHERE expires_at < $1 AND person_id IS NULL AND mail_link IS NULL";
const HANDOVERS: &str = "DELETE FROM handovers WHERE expires_at < $1";
const LINKS: &str = "DELETE FROM links WHERE expires_at < $1";
const INVITATIONS: &str = "DELETE FROM invitations WHERE expires_at < $1";
const BROWSERS: &str = "DELETE FROM browsers WHERE last_at < $1";
// What a password costs that nobody has costs nobody any more. Whoever takes one up at this moment is found by the second.
const FORGET_SCHEMES: &str = "
    DELETE FROM password_schemes
    WHERE NOT EXISTS (SELECT 1 FROM passwords WHERE passwords.scheme = password_schemes.scheme)";
const NOTE_SCHEMES: &str = "
    INSERT INTO password_schemes (scheme)
    WITH RECURSIVE stored(scheme) AS (
        SELECT MIN(scheme) FROM passwords
        UNION ALL
        SELECT (SELECT MIN(further.scheme) FROM passwords further WHERE further.scheme > stored.scheme)
        FROM stored WHERE stored.scheme IS NOT NULL)
    SELECT scheme FROM stored WHERE scheme IS NOT NULL ON CONFLICT DO NOTHING";
/// How long somebody's way in can still say that it is over.
const DAY: Duration = Duration::from_hours(24);
/// How long a session or a link that is over can still say why.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// Forgets what is long over, and renews the key that JWTs are signed with.
pub async fn tidy(app: &App) -> Result<()> {
    let when = app.clock.now();
    failures::forget_old(&app.db, when).await?;
    let mut tx = app.db.begin().await?;
    tx.execute(SESSIONS, args![when.minus(REMEMBERED)]).await?;
    tx.execute(BROWSERS, args![when.minus(super::session::BROWSER_KNOWN)]).await?;
    tx.execute(ATTEMPTS, args![when.minus(DAY)]).await?;
    tx.execute(NOBODYS_ATTEMPTS, args![when]).await?;
    tx.execute(HANDOVERS, args![when]).await?;
    tx.execute(LINKS, args![when.minus(REMEMBERED)]).await?;
    tx.execute(INVITATIONS, args![when.minus(REMEMBERED)]).await?;
    tx.execute(FORGET_SCHEMES, args![]).await?;
    tx.commit().await?;
    let mut tx = app.db.begin().await?;
    tx.execute(NOTE_SCHEMES, args![]).await?;
    tx.commit().await?;
    jwt::renew(app).await.map(drop)
}
