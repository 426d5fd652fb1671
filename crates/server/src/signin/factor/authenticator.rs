use factors::{AuthenticatorSecret, SecretText, Step};
use seal::Opener;
use serde_json::json;
use store::{Row, Tx, args};

use super::changed::{Refusal, tell};
use crate::{
    app::{App, Now},
    columns::AUTHENTICATOR_SECRET,
    events::Event,
    ids::{FactorId, PersonId},
    signin::session::Fresh,
    web::{Origin, Stop},
};

/// An authenticator that is being added.
pub struct Begun {
    /// Its id.
    pub id: FactorId,
    /// The picture for an app's camera: inline SVG.
    pub picture: Option<SecretText>,
    /// The secret, to be typed instead.
    pub text: SecretText,
}

const FORGET: &str = "DELETE FROM authenticators WHERE person_id = $1 AND confirmed_at IS NULL";
const INSERT: &str = "
    INSERT INTO authenticators (id, person_id, secret, last_step, created_at) VALUES ($1, $2, $3, 0, $4)";

/// Makes the secret of a new authenticator. It counts only once a code of it was typed; one that was begun before counts no more.
pub async fn begin(app: &App, by: Fresh<'_>) -> store::Result<Begun> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let (id, secret) = (FactorId::new(now.when, now.chance), AuthenticatorSecret::new(now.chance));
    let person = &by.person.id;
    let keys = now.keys(&mut tx, [person.as_str()]).await?;
    let place = AUTHENTICATOR_SECRET.of(id.as_str(), "");
    let sealed = keys.of(person.as_str())?.seal_bytes(now.chance, place, secret.expose());
    tx.execute(FORGET, args![person]).await?;
    tx.execute(INSERT, args![&id, person, sealed, now.when]).await?;
    tx.commit().await?;
    Ok(shown(app, by, id, &secret))
}

/// The secret once more of an authenticator that was begun and is not added yet, if there is one with this id.
pub async fn pending(app: &App, by: Fresh<'_>, id: &FactorId) -> store::Result<Option<Begun>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let rows = tx.rows(UNCONFIRMED, args![id, &by.person.id]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let opener = now.vault.opener_of(&mut tx, &rows, &["secret"]).await?;
    let secret = secret_of(row, &opener, id)?;
    Ok(Some(shown(app, by, id.clone(), &secret)))
}

fn shown(app: &App, by: Fresh<'_>, id: FactorId, secret: &AuthenticatorSecret) -> Begun {
    let (issuer, account) = (&app.look.vendor, by.person.mail.expose());
    let picture = secret.qr_code(issuer, account, "QR code for your authenticator app");
    Begun { id, picture, text: secret.to_type() }
}

const UNCONFIRMED: &str = "
    SELECT id, secret, last_step FROM authenticators
    WHERE id = $1 AND person_id = $2 AND confirmed_at IS NULL {lock}";
const CONFIRM: &str = "
    UPDATE authenticators SET confirmed_at = $2, last_step = $3, last_used_at = $2
    WHERE id = $1 AND confirmed_at IS NULL";

/// Adds an authenticator that was begun, with a code of it.
pub async fn add(
    app: &App,
    by: Fresh<'_>,
    id: &FactorId,
    code: &str,
    origin: &Origin,
) -> Result<(), Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let rows = tx.rows(UNCONFIRMED, args![id, &by.person.id]).await?;
    if rows.is_empty() {
        return Err(Stop::Refused(Refusal::NotBegun));
    }
    let (_, step) = right_one(&mut tx, now, &rows, code).await?.ok_or(Stop::Refused(Refusal::WrongCode))?;
    tx.execute(CONFIRM, args![id, now.when, number(step)]).await?;
    let details = json!({"factor_id": id, "kind": "authenticator"});
    tell(app, &mut tx, now, &by, Event::FactorAdded, details, "an authenticator app", origin).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}

const CONFIRMED: &str = "
    SELECT id, secret, last_step FROM authenticators
    WHERE person_id = $1 AND confirmed_at IS NOT NULL ORDER BY id {lock}";
// Compared and set: of two that show the same code at once, one is let in (RFC 6238, section 5.2).
const USED: &str =
    "UPDATE authenticators SET last_step = $2, last_used_at = $3 WHERE id = $1 AND last_step < $2";

/// Takes a code of one of the person's authenticators, once.
pub async fn take_code(tx: &mut Tx, now: Now<'_>, person: &PersonId, code: &str) -> store::Result<bool> {
    let rows = tx.rows(CONFIRMED, args![person]).await?;
    let Some((id, step)) = right_one(tx, now, &rows, code).await? else { return Ok(false) };
    Ok(tx.execute(USED, args![&id, number(step), now.when]).await? == 1)
}

/// The authenticator among these whose code it is, and the step that the code is of.
async fn right_one(
    tx: &mut Tx,
    now: Now<'_>,
    rows: &[Row],
    code: &str,
) -> store::Result<Option<(FactorId, Step)>> {
    let opener = now.vault.opener_of(tx, rows, &["secret"]).await?;
    for row in rows {
        let id: FactorId = row.get("id")?;
        let secret = secret_of(row, &opener, &id)?;
        let last: i64 = row.get("last_step")?;
        if let Some(step) = secret.check(code, now.when, Some(Step::from_number(last))) {
            return Ok(Some((id, step)));
        }
    }
    Ok(None)
}

fn secret_of(row: &Row, opener: &Opener, id: &FactorId) -> store::Result<AuthenticatorSecret> {
    let secret = opener.column_bytes(row, "secret", AUTHENTICATOR_SECRET.of(id.as_str(), ""))?;
    let secret = secret.and_then(|(_, bytes)| AuthenticatorSecret::from_bytes(&bytes));
    secret.ok_or_else(|| store::Fault::Row("an authenticator without a secret".to_owned()))
}

fn number(step: Step) -> i64 {
    step.number()
}
