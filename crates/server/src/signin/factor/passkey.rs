use factors::{LinkSecret, Passkey, Passkeys, UserHandle};
use seal::Private;
use serde_json::json;
use store::{Row, Tx, args};

use super::changed::{Refusal, tell};
use crate::{
    app::{App, Now},
    columns::{ATTEMPT_CHALLENGE, PASSKEY, PASSKEY_NAME},
    events::Event,
    ids::{AttemptId, FactorId, PersonId},
    signin::{digest_of, session::Fresh},
    web::{Origin, Stop, private_line},
};

/// A passkey as it is stored.
pub struct Kept {
    /// Its id.
    pub id: FactorId,
    /// What is known of it.
    pub passkey: Passkey,
    /// The sealed field, as it was read.
    sealed: Vec<u8>,
}

const OF_PERSON: &str = "SELECT id, person_id, passkey FROM passkeys WHERE person_id = $1 ORDER BY id";
const OF_CREDENTIAL: &str = "SELECT id, person_id, passkey FROM passkeys WHERE credential = $1";

/// A person's passkeys.
pub async fn of_person(app: &App, person: &PersonId) -> store::Result<Vec<Kept>> {
    let rows = app.db.rows(OF_PERSON, args![person]).await?;
    Ok(read(app, &rows).await?.into_iter().map(|(_, kept)| kept).collect())
}

/// Whose passkey has this credential id, and the passkey.
pub async fn of_credential(app: &App, credential: &[u8]) -> store::Result<Option<(PersonId, Kept)>> {
    let rows = app.db.rows(OF_CREDENTIAL, args![digest_of(credential)]).await?;
    Ok(read(app, &rows).await?.into_iter().next())
}

async fn read(app: &App, rows: &[Row]) -> store::Result<Vec<(PersonId, Kept)>> {
    let opener = app.vault.opener_of(&app.db, rows, &["passkey"]).await?;
    let of_row = |row: &Row| {
        let id: FactorId = row.get("id")?;
        let kept = opener.column_bytes(row, "passkey", PASSKEY.of(id.as_str(), ""))?;
        let (sealed, json) = kept.ok_or_else(|| store::Fault::Row("a passkey of nothing".to_owned()))?;
        let passkey = Passkey::from_json(&json).map_err(|why| store::Fault::Row(why.to_string()))?;
        Ok((row.get("person_id")?, Kept { id, passkey, sealed: sealed.as_bytes().to_vec() }))
    };
    rows.iter().map(of_row).collect()
}

// Of two copies that are used at once, one counts.
const USED: &str = "UPDATE passkeys SET passkey = $3, last_used_at = $4 WHERE id = $1 AND passkey = $2";

/// Keeps a passkey as it is after it was used. Answers whether it still was as it was read.
pub async fn used(
    tx: &mut Tx,
    now: Now<'_>,
    person: &PersonId,
    before: &Kept,
    after: &Passkey,
) -> store::Result<bool> {
    let keys = now.keys(tx, [person.as_str()]).await?;
    let place = PASSKEY.of(before.id.as_str(), "");
    let sealed = keys.of(person.as_str())?.seal_bytes(now.chance, place, &after.to_json());
    Ok(tx.execute(USED, args![&before.id, &before.sealed[..], sealed, now.when]).await? == 1)
}

const HANDLE: &str = "SELECT handle FROM passkey_handles WHERE person_id = $1";
const NEW_HANDLE: &str =
    "INSERT INTO passkey_handles (person_id, handle) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// What devices call a person by: the same for all of their passkeys.
async fn handle(tx: &mut Tx, now: Now<'_>, person: &PersonId) -> store::Result<UserHandle> {
    let made = UserHandle::new(now.chance);
    tx.execute(NEW_HANDLE, args![person, &made.as_bytes()[..]]).await?;
    let row = tx.row(HANDLE, args![person]).await?;
    let bytes: Vec<u8> = row.map_or(Ok(Vec::new()), |row| row.get("handle"))?;
    UserHandle::from_bytes(&bytes).ok_or_else(|| store::Fault::Row("a person without a handle".to_owned()))
}

const BEGUN: &str = "
    INSERT INTO attempts (id, digest, purpose, person_id, session_id, created_at, expires_at, guarded, challenge)
    VALUES ($1, $2, 'add_passkey', $3, $4, $5, $6, FALSE, $7)";
const FORGET: &str = "DELETE FROM attempts WHERE session_id = $1 AND purpose = 'add_passkey'";

/// Asks the browser for a new passkey. Answers JSON for it.
pub async fn begin(app: &App, passkeys: &Passkeys, by: Fresh<'_>) -> store::Result<String> {
    let already: Vec<_> = of_person(app, &by.person.id).await?.into_iter().map(|kept| kept.passkey).collect();
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let person = &by.person.id;
    let handle = handle(&mut tx, now, person).await?;
    let (account, called) = (by.person.mail.expose(), by.person.called().expose());
    let begun = passkeys.begin_registration(person.as_str(), &handle, account, called, &already);
    let id = AttemptId::new(now.when, now.chance);
    let keys = now.keys(&mut tx, [person.as_str()]).await?;
    let place = ATTEMPT_CHALLENGE.of(id.as_str(), "");
    let sealed = keys.of(person.as_str())?.seal_bytes(now.chance, place, &begun.state);
    tx.execute(FORGET, args![&by.id]).await?;
    let nobodys = LinkSecret::new(now.chance).digest();
    let until = now.when.plus(factors::PATIENCE);
    let arguments = args![&id, &nobodys.as_bytes()[..], person, &by.id, now.when, until, sealed];
    tx.execute(BEGUN, arguments).await?;
    tx.commit().await?;
    Ok(begun.options)
}

const TAKE: &str = "
    DELETE FROM attempts WHERE session_id = $1 AND purpose = 'add_passkey' AND expires_at > $2
    RETURNING id, challenge";
const INSERT: &str = "
    INSERT INTO passkeys (id, person_id, credential, passkey, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (credential) DO NOTHING";

/// Adds the passkey that the browser has made.
pub async fn add(
    app: &App,
    passkeys: &Passkeys,
    by: Fresh<'_>,
    name: &Private,
    answer: &str,
    origin: &Origin,
) -> Result<(), Stop<Refusal>> {
    let name = private_line("name", name, 60).unwrap_or_else(|_| "Passkey".into());
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let rows = tx.rows(TAKE, args![&by.id, now.when]).await?;
    let row = rows.first().ok_or(Stop::Refused(Refusal::NotBegun))?;
    let opener = now.vault.opener_of(&mut tx, &rows, &["challenge"]).await?;
    let begun: AttemptId = row.get("id")?;
    let state = opener.column_bytes(row, "challenge", ATTEMPT_CHALLENGE.of(begun.as_str(), ""))?;
    let person = &by.person.id;
    let (_, state) = state.ok_or(Stop::Refused(Refusal::NotBegun))?;
    let made = passkeys.finish_registration(person.as_str(), &state, answer.as_bytes());
    let passkey = made.map_err(|why| {
        tracing::info!(%why, "a passkey was not taken");
        Stop::Refused(Refusal::BadAnswer)
    })?;
    let id = FactorId::new(now.when, now.chance);
    let keys = now.keys(&mut tx, [person.as_str()]).await?;
    let key = keys.of(person.as_str())?;
    let sealed = key.seal_bytes(now.chance, PASSKEY.of(id.as_str(), ""), &passkey.to_json());
    let sealed_name = key.seal(now.chance, PASSKEY_NAME.of(id.as_str(), ""), &name);
    let credential = digest_of(passkey.credential_id());
    let arguments = args![&id, person, credential, sealed, sealed_name, now.when];
    if tx.execute(INSERT, arguments).await? == 0 {
        return Err(Stop::Refused(Refusal::BadAnswer));
    }
    let details = json!({"factor_id": id, "kind": "passkey"});
    tell(app, &mut tx, now, &by, Event::FactorAdded, details, "a passkey", origin).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}
