use passwords::{Password, Stored, strength::is_common};
use store::args;
use time_and_chance::{Duration, Time};

use super::{Busy, desk::CheckFault, set};
use crate::{
    app::App,
    columns::PASSWORD_HASH,
    ids::PersonId,
    mail::Address,
    signin::{failures, session::Session},
    web::{Origin, Stop},
};

/// Whose password it was to be, and whether it was right.
pub struct Checked {
    /// The person with the address, if there is one.
    pub person: Option<PersonId>,
    /// Whether it is their password.
    pub is_right: bool,
    stored: Option<Kept>,
}

/// A password as it is stored, and since when.
#[derive(Clone)]
struct Kept {
    hash: Stored,
    set_at: Time,
}

const FIND: &str = "
    SELECT p.id AS id, w.hash AS hash, w.set_at AS set_at FROM people p LEFT JOIN passwords w ON w.person_id = p.id
    WHERE p.mail_index IN ($1, $2)";

/// Checks a password for whoever has this address. It takes as long for an address that nobody has.
pub async fn check(app: &App, address: &Address, password: Password) -> Result<Checked, Stop<Busy>> {
    let (person, stored) = stored(app, address).await?;
    let hash = stored.as_ref().map(|kept| kept.hash.clone());
    match app.passwords.check(&app.db, app.clock.now(), hash, password).await {
        Ok(is_right) => Ok(Checked { person, is_right, stored }),
        Err(CheckFault::Busy) => Err(Stop::Refused(Busy)),
        Err(CheckFault::Store(fault)) => Err(Stop::Fault(fault)),
    }
}

/// Why a password was not tried at a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTried {
    /// Too many wrong ones were typed there; how long it has to wait.
    Wait(Duration),
    /// More wait than there is room for.
    Busy,
}

/// Checks the password of whoever sits at a session. Each is counted before it is tried, and taken back if it is right, so that many
/// at once are not all tried before the first is counted.
pub async fn check_at<R: From<NotTried>>(
    app: &App,
    session: &Session,
    address: &Address,
    password: Password,
    origin: &Origin,
) -> Result<Checked, Stop<R>> {
    if let Some(wait) = failures::count_at(app, session, address, origin).await? {
        return Err(Stop::Refused(NotTried::Wait(wait).into()));
    }
    let checked = check(app, address, password).await;
    let is_wrong =
        |checked: &Checked| !checked.is_right || checked.person.as_ref() != Some(&session.person.id);
    match checked {
        Ok(checked) if is_wrong(&checked) => Ok(Checked { is_right: false, ..checked }),
        tried => {
            failures::uncount_at(app, session, address, origin).await?;
            tried.map_err(|stop| match stop {
                Stop::Refused(Busy) => Stop::Refused(NotTried::Busy.into()),
                Stop::Fault(fault) => Stop::Fault(fault),
            })
        }
    }
}

/// Does for a password that was right what can be done only while it is known: stores it anew if the settings want it otherwise, and
/// looks whether it is known from a breach. It takes time, so not where answers must not tell.
pub async fn follow_up(app: &App, checked: &Checked, password: Password) -> store::Result<()> {
    let (true, Some(person), Some(kept)) = (checked.is_right, &checked.person, &checked.stored) else {
        return Ok(());
    };
    if !kept.hash.is_as(app.passwords.scheme) {
        set::rehash(app, person, kept.set_at, password.clone()).await?;
    }
    look_up(app, person, kept.set_at, password).await
}

/// Looks whether a password is known. It opens all the same; its owner is asked to change it. What is asked for outside is not waited
/// for: it is asked again at the next sign-in.
async fn look_up(app: &App, person: &PersonId, set_at: Time, password: Password) -> store::Result<()> {
    let (typed, breached) = (password.clone(), app.breached.clone());
    let known = app.passwords.run(move || is_common(&typed) || breached.knows_here(&typed)).await;
    if known.unwrap_or(false) {
        return set::note_known(app, person, set_at).await;
    }
    if app.breached.asks_outside() {
        let (app, person) = (app.clone(), person.clone());
        tokio::spawn(async move {
            if app.breached.knows(&password).await
                && let Err(fault) = set::note_known(&app, &person, set_at).await
            {
                tracing::warn!(%fault, "that a password is known was not written down");
            }
        });
    }
    Ok(())
}

async fn stored(app: &App, address: &Address) -> store::Result<(Option<PersonId>, Option<Kept>)> {
    let Some(index) = app.vault.index(&app.db).await? else { return Ok((None, None)) };
    let [current, former] = index.both(address.folded());
    let rows = app.db.rows(FIND, args![current, former]).await?;
    let Some(row) = rows.first() else { return Ok((None, None)) };
    let person: PersonId = row.get("id")?;
    let opener = app.vault.opener_of(&app.db, &rows, &["hash"]).await?;
    let Some(hash) = opener.column(row, "hash", PASSWORD_HASH.of(person.as_str(), ""))? else {
        return Ok((Some(person), None));
    };
    let hash = hash.expose().parse::<Stored>();
    let hash = hash.map_err(|why| store::Fault::Row(format!("a stored password: {why}")))?;
    Ok((Some(person), Some(Kept { hash, set_at: row.get("set_at")? })))
}
