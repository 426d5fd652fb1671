use serde_json::{Value, json};
use store::{Tx, args};

use crate::{
    app::{App, Now},
    events::Event,
    ids::FactorId,
    signin::{letters, session::Fresh},
    web::{Origin, Stop},
    workspaces,
};

/// Why a factor is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is none that was begun: it was done in another window, or begun anew.
    NotBegun,
    /// The code is none of this authenticator's.
    WrongCode,
    /// There is no such factor.
    NoFactor,
    /// The browser's answer is not one that can be believed.
    BadAnswer,
}

const REMOVE_AUTHENTICATOR: &str =
    "DELETE FROM authenticators WHERE id = $1 AND person_id = $2 AND confirmed_at IS NOT NULL";
const REMOVE_PASSKEY: &str = "DELETE FROM passkeys WHERE id = $1 AND person_id = $2";

/// Removes an authenticator or a passkey. Whoever has none left proves themselves by mail again.
pub async fn remove(app: &App, by: Fresh<'_>, id: &FactorId, origin: &Origin) -> Result<(), Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let person = &by.person.id;
    let (kind, words) = if tx.execute(REMOVE_AUTHENTICATOR, args![id, person]).await? == 1 {
        ("authenticator", "an authenticator app")
    } else if tx.execute(REMOVE_PASSKEY, args![id, person]).await? == 1 {
        ("passkey", "a passkey")
    } else {
        return Err(Stop::Refused(Refusal::NoFactor));
    };
    let details = json!({"factor_id": id, "kind": kind});
    tell(app, &mut tx, now, &by, Event::FactorRemoved, details, words, origin).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}

/// Writes down that a factor was changed, and tells the person by mail.
#[expect(clippy::too_many_arguments, reason = "each says another thing of one change")]
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    by: &Fresh<'_>,
    event: Event,
    details: Value,
    words: &str,
    origin: &Origin,
) -> store::Result<()> {
    workspaces::note(tx, now, &by.person.id, event, details).await?;
    let letter = letters::factor_changed(app, event, words, origin, now.when);
    let once = format!("{} {} {}", by.id, event.name(), now.when.micros());
    letters::send(tx, now, &by.person, &once, letter).await
}
