use factors::LinkSecret;
use serde_json::json;
use store::{Result, Tx, args};
use time_and_chance::Time;

use super::{Purpose, find::Attempt, mail::mail_still_counts};
use crate::{
    app::{App, Now},
    events::Event,
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
    WHERE id = $1 AND person_id = $2 AND ended_at IS NULL AND expires_at > $4 AND (kind = 'full' OR NOT $5)
    RETURNING expires_at";
// Held whatever it says, so that whoever sets a password at this moment waits, and then ends the session too; or is waited for.
const SET_AT: &str = "SELECT set_at FROM passwords WHERE person_id = $1 {share}";

/// Completes an attempt whose proofs are there: signs somebody in, or gives their session a new secret. Of two at once one does;
/// the other answers nothing. What it reads it reads in the transaction: whoever holds one connection does not wait for another.
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
    if means == Means::Mail && !mail_still_counts(tx, attempt).await? {
        return Ok(None);
    }
    // Whoever comes for the first time proves that the mailbox is theirs, whatever else they have.
    if attempt.purpose == Purpose::Join && means != Means::Mail {
        return Ok(None);
    }
    if attempt.purpose == Purpose::Join {
        return crate::signin::join::complete(app, tx, now, attempt, origin, known_by).await;
    }
    let Some(id) = &attempt.person else { return Ok(None) };
    let Some(person) = workspaces::person_in(tx, now, id).await? else { return Ok(None) };
    // What was begun with a password that is no longer the one is worth nothing.
    let set_at: Option<Time> = tx.row(SET_AT, args![id]).await?.map(|row| row.get("set_at")).transpose()?;
    if attempt.password_at.is_some_and(|proved| set_at.is_none_or(|set| set > proved)) {
        return Ok(None);
    }
    forgive(tx, now, &person).await?;
    metrics::counter!(telemetry::SIGN_INS, "outcome" => means.name()).increment(1);
    match (&attempt.session, attempt.purpose) {
        (Some(session), _) => prove_again(tx, now, attempt, &person, session, means).await,
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

async fn prove_again(
    tx: &mut Tx,
    now: Now<'_>,
    attempt: &Attempt,
    person: &Person,
    session: &SessionId,
    means: Means,
) -> Result<Option<Done>> {
    let secret = LinkSecret::new(now.chance);
    let purpose = attempt.purpose;
    let (renews, until) = (purpose == Purpose::Renew, now.when.plus(session::LASTS));
    let digest = secret.digest();
    let arguments = args![session, &person.id, &digest.as_bytes()[..], now.when, renews, until];
    let Some(row) = tx.row(PROVED, arguments).await? else { return Ok(None) };
    let details = json!({"session_id": session, "means": means.name(), "purpose": purpose.name()});
    workspaces::note(tx, now, &person.id, Event::SessionProved, details).await?;
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
    failures::forget(tx, now, &Of::MailHere(&person.id)).await?;
    if let Ok(address) = mail::address(person.mail.expose()) {
        failures::forget(tx, now, &Of::Password(address.folded())).await?;
    }
    Ok(())
}
