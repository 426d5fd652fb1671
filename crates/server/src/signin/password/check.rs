use passwords::{Password, Stored, strength::is_common};
use store::args;

use super::{Busy, desk::CheckFault, set};
use crate::{app::App, columns::PASSWORD_HASH, ids::PersonId, mail::Address, web::Stop};

/// Whose password it was to be, and whether it was right.
pub struct Checked {
    /// The person with the address, if there is one.
    pub person: Option<PersonId>,
    /// Whether it is their password.
    pub is_right: bool,
}

const FIND: &str = "
    SELECT p.id AS id, w.hash AS hash FROM people p LEFT JOIN passwords w ON w.person_id = p.id
    WHERE p.mail_index IN ($1, $2)";

/// Checks a password for whoever has this address. It takes as long for an address that nobody has.
pub async fn check(app: &App, address: &Address, password: Password) -> Result<Checked, Stop<Busy>> {
    let (person, stored) = stored(app, address).await?;
    let known = stored.is_some();
    let checked = app.passwords.check(&app.db, app.clock.now(), stored.clone(), password.clone()).await;
    let is_right = match checked {
        Ok(is_right) => is_right && known,
        Err(CheckFault::Busy) => return Err(Stop::Refused(Busy)),
        Err(CheckFault::Store(fault)) => return Err(Stop::Fault(fault)),
    };
    if let (true, Some(person), Some(stored)) = (is_right, &person, stored)
        && !stored.is_as(app.passwords.scheme)
    {
        set::rehash(app, person, &stored, password.clone()).await?;
    }
    if let (true, Some(person)) = (is_right, &person) {
        look_up(app, person, password).await?;
    }
    Ok(Checked { person, is_right })
}

/// Looks whether a password that was right is known. It opens all the same; its owner is asked to change it. What is asked for outside
/// is not waited for: it is asked again at the next sign-in.
async fn look_up(app: &App, person: &PersonId, password: Password) -> store::Result<()> {
    let typed = password.clone();
    let is_common = app.passwords.run(move || is_common(&typed)).await.unwrap_or(false);
    if is_common || app.breached.knows_here(&password) {
        return set::note_known(app, person).await;
    }
    if app.breached.asks_outside() {
        let (app, person) = (app.clone(), person.clone());
        tokio::spawn(async move {
            if app.breached.knows(&password).await
                && let Err(fault) = set::note_known(&app, &person).await
            {
                tracing::warn!(%fault, "that a password is known was not written down");
            }
        });
    }
    Ok(())
}

async fn stored(app: &App, address: &Address) -> store::Result<(Option<PersonId>, Option<Stored>)> {
    let Some(index) = app.vault.index(&app.db).await? else { return Ok((None, None)) };
    let [current, former] = index.both(address.folded());
    let rows = app.db.rows(FIND, args![current, former]).await?;
    let Some(row) = rows.first() else { return Ok((None, None)) };
    let person: PersonId = row.get("id")?;
    let opener = app.vault.opener_of(&app.db, &rows, &["hash"]).await?;
    let hash = opener.column(row, "hash", PASSWORD_HASH.of(person.as_str(), ""))?;
    let stored = hash.map(|hash| hash.expose().parse::<Stored>());
    let stored = stored.transpose().map_err(|why| store::Fault::Row(format!("a stored password: {why}")))?;
    Ok((Some(person), stored))
}
