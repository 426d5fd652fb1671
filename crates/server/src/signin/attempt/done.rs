use factors::LinkSecret;
use store::{Result, Tx, args};
use time_and_chance::Time;

use super::{Purpose, find::Attempt};
use crate::{
    app::{App, Now},
    ids::{AttemptId, SessionId},
    mail,
    signin::{
        failures::{self, Of},
        session::{self, Means},
    },
    telemetry,
    web::Origin,
    workspaces::{self, Person},
};

/// What has come of an attempt that was completed.
pub struct Done {
    /// The secret of the session's cookie.
    pub secret: LinkSecret,
    /// When the session ends.
    pub expires_at: Time,
    /// The secret by which the browser is known from now on, if it had none.
    pub browser: Option<LinkSecret>,
    /// What it was for.
    pub purpose: Purpose,
    /// Where to go.
    pub next: Option<String>,
}

const END: &str = "UPDATE attempts SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING id";
// The session goes on under a new secret; the one before is worth nothing from here on (ASVS 7.2.4).
const PROVED: &str = "
    UPDATE sessions SET digest = $3, proved_at = $4, expires_at = CASE WHEN $5 THEN $6 ELSE expires_at END
    WHERE id = $1 AND person_id = $2 AND ended_at IS NULL AND expires_at > $4 RETURNING expires_at";

/// Completes an attempt whose proofs are there: signs somebody in, or gives their session a new secret. Of two at once one does;
/// the other answers nothing.
pub async fn finish(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    attempt: &Attempt,
    means: Means,
    origin: &Origin,
    known_by: Option<&str>,
) -> Result<Option<Done>> {
    let ended = tx.row(END, args![&attempt.id, now.when]).await?;
    if ended.map(|row| row.get::<AttemptId>("id")).transpose()?.is_none() {
        return Ok(None);
    }
    if means == Means::Mail && !may_come_by_mail(tx, attempt).await? {
        return Ok(None);
    }
    if attempt.purpose == Purpose::Join {
        return crate::signin::join::complete(app, tx, now, attempt, origin, known_by).await;
    }
    let Some(id) = &attempt.person else { return Ok(None) };
    let Some(person) = workspaces::person(app, id).await? else { return Ok(None) };
    forgive(tx, now, &person).await?;
    metrics::counter!(telemetry::SIGN_INS, "outcome" => means.name()).increment(1);
    match (&attempt.session, attempt.purpose) {
        (Some(session), purpose) => prove_again(tx, now, attempt, &person, session, purpose).await,
        (None, Purpose::SignIn) => {
            let begun = session::begin(app, tx, now, &person, means, origin, known_by).await?;
            Ok(Some(Done {
                secret: begun.secret,
                expires_at: begun.expires_at,
                browser: begun.browser,
                purpose: attempt.purpose,
                next: attempt.next.clone(),
            }))
        }
        (None, _) => Ok(None),
    }
}

const STRONG: &str = "
    SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM authenticators WHERE person_id = $1 AND confirmed_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM passkeys WHERE person_id = $1)";
const PORTAL: &str = "SELECT 1 AS one FROM sessions WHERE id = $1 AND kind = 'portal'";

/// Whether what was mailed is the last proof that is missing: behind a password, and for whoever has something better, behind that
/// too. Whoever comes for the first time has nothing else, and of whoever came by a portal link the product has asked the rest.
pub(super) async fn may_come_by_mail(tx: &mut Tx, attempt: &Attempt) -> Result<bool> {
    if attempt.purpose == Purpose::Join {
        return Ok(true);
    }
    let Some(person) = &attempt.person else { return Ok(false) };
    if attempt.password_at.is_none() {
        let Some(session) = &attempt.session else { return Ok(false) };
        return Ok(tx.row(PORTAL, args![session]).await?.is_some());
    }
    let is_strong = tx.row(STRONG, args![person]).await?.is_some();
    Ok(!is_strong || attempt.factor_at.is_some())
}

async fn prove_again(
    tx: &mut Tx,
    now: Now<'_>,
    attempt: &Attempt,
    person: &Person,
    session: &SessionId,
    purpose: Purpose,
) -> Result<Option<Done>> {
    let secret = LinkSecret::new(now.chance);
    let (renews, until) = (purpose == Purpose::Renew, now.when.plus(session::LASTS));
    let digest = secret.digest();
    let arguments = args![session, &person.id, &digest.as_bytes()[..], now.when, renews, until];
    let Some(row) = tx.row(PROVED, arguments).await? else { return Ok(None) };
    Ok(Some(Done {
        secret,
        expires_at: row.get("expires_at")?,
        browser: None,
        purpose,
        next: attempt.next.clone(),
    }))
}

/// Whoever has proved who they are has nothing to do with what others have tried.
async fn forgive(tx: &mut Tx, now: Now<'_>, person: &Person) -> Result<()> {
    failures::forget(tx, now, &Of::Authenticator(&person.id)).await?;
    failures::forget(tx, now, &Of::Mail(&person.id)).await?;
    if let Ok(address) = mail::address(person.mail.expose()) {
        failures::forget(tx, now, &Of::Password(address.folded())).await?;
    }
    Ok(())
}
