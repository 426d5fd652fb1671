use factors::{Passkeys, Refused};
use store::{Result, args};

use super::{Done, find::Attempt, finish};
use crate::{
    app::App,
    columns::ATTEMPT_CHALLENGE,
    signin::{
        factor::{self, KeptPasskey},
        failures::{self, Of},
        session::Means,
    },
    telemetry,
    web::Origin,
};

const ASKED: &str = "UPDATE attempts SET challenge = $2 WHERE id = $1 AND ended_at IS NULL";

/// Asks the browser for a passkey: for one of the person's, if it is known who it is and may be told; else for any. Answers JSON for
/// it.
pub async fn ask_passkey(app: &App, passkeys: &Passkeys, attempt: &Attempt) -> Result<String> {
    let begun = match attempt.person.as_ref().filter(|_| !attempt.guarded) {
        Some(person) => {
            let theirs: Vec<_> =
                factor::passkeys_of(app, person).await?.into_iter().map(|kept| kept.passkey).collect();
            passkeys.begin_sign_in(&theirs).unwrap_or_else(|| passkeys.begin_discoverable_sign_in())
        }
        None => passkeys.begin_discoverable_sign_in(),
    };
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let keys = now.keys(&mut tx, [seal::HOUSE]).await?;
    let place = ATTEMPT_CHALLENGE.of(attempt.id.as_str(), "");
    let sealed = keys.of(seal::HOUSE)?.seal_bytes(now.chance, place, &begun.state);
    tx.execute(ASKED, args![&attempt.id, sealed]).await?;
    tx.commit().await?;
    Ok(begun.options)
}

const CHALLENGE: &str = "SELECT challenge FROM attempts WHERE id = $1 AND ended_at IS NULL {lock}";
const TAKEN: &str = "UPDATE attempts SET challenge = NULL WHERE id = $1";

/// Takes a passkey's answer, which is two factors and cannot be guessed: it opens whatever else was tried.
pub async fn try_passkey(
    app: &App,
    passkeys: &Passkeys,
    attempt: &Attempt,
    answer: &str,
    origin: &Origin,
    known_by: Option<&str>,
) -> Result<Option<Box<Done>>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let rows = tx.rows(CHALLENGE, args![&attempt.id]).await?;
    let opener = now.vault.opener_of(&mut tx, &rows, &["challenge"]).await?;
    let place = ATTEMPT_CHALLENGE.of(attempt.id.as_str(), "");
    let state = rows.first().map_or(Ok(None), |row| opener.column_bytes(row, "challenge", place))?;
    tx.execute(TAKEN, args![&attempt.id]).await?;
    tx.commit().await?;
    let Some((_, state)) = state else { return Ok(None) };
    let Some((person, kept)) = whose(app, answer).await? else { return fail(app, origin).await };
    // Where answers do not tell, this must not tell either whose the password was: a passkey is two factors of whoever it belongs to.
    let stands_alone = attempt.guarded && attempt.session.is_none();
    let must_be = attempt.person.as_ref().filter(|_| !stands_alone);
    if must_be.is_some_and(|expected| *expected != person) {
        return fail(app, origin).await;
    }
    let after = match check(passkeys, &kept, &state, answer) {
        Ok(after) => after,
        Err(why) => {
            tracing::info!(%why, "a passkey was not taken");
            return fail(app, origin).await;
        }
    };
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !factor::passkey_used(&mut tx, now, &person, &kept, &after).await? {
        return Ok(None);
    }
    // Nor does it matter when the password was right: that may be another's.
    let password_at = attempt.password_at.filter(|_| !stands_alone);
    let known = Attempt { person: Some(person), password_at, ..attempt.clone() };
    let Some(done) = finish(app, &mut tx, now, &known, Means::Passkey, origin, known_by).await? else {
        return Ok(None);
    };
    tx.commit().await?;
    app.queue.nudge();
    Ok(Some(Box::new(done)))
}

async fn whose(app: &App, answer: &str) -> Result<Option<(crate::ids::PersonId, KeptPasskey)>> {
    match factors::credential_of(answer.as_bytes()) {
        Ok(credential) => factor::passkey_of_credential(app, &credential).await,
        Err(_) => Ok(None),
    }
}

fn check(
    passkeys: &Passkeys,
    kept: &KeptPasskey,
    state: &[u8],
    answer: &str,
) -> std::result::Result<factors::Passkey, Refused> {
    let of = std::slice::from_ref(&kept.passkey);
    let used = match passkeys.finish_sign_in(of, state, answer.as_bytes()) {
        Err(Refused::NotBegun) => {
            passkeys.finish_discoverable_sign_in(&kept.passkey, state, answer.as_bytes())
        }
        done => done,
    };
    used.map(|used| used.passkey)
}

async fn fail(app: &App, origin: &Origin) -> Result<Option<Box<Done>>> {
    metrics::counter!(telemetry::SIGN_INS, "outcome" => "wrong_passkey").increment(1);
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    failures::count(&mut tx, now, &Of::Network(origin.address)).await?;
    tx.commit().await?;
    Ok(None)
}
