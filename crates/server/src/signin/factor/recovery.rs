use factors::{RecoveryCode, SecretText};
use serde_json::json;
use store::{Result, args};

use super::changed::tell;
use crate::{app::App, events::Event, signin::session::Fresh, web::Origin};

// Held first: of two who make codes at once, one makes them after the other, and ten are left.
const HOLD: &str = "SELECT id FROM people WHERE id = $1 {lock}";
const FORGET: &str = "DELETE FROM recovery_codes WHERE person_id = $1";
const INSERT: &str = "INSERT INTO recovery_codes (digest, person_id, created_at) VALUES {each ($, $, $)}";

/// Makes ten recovery codes, which are shown this once. Those from before count no more.
pub async fn make(app: &App, by: Fresh<'_>, origin: &Origin) -> Result<Vec<SecretText>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let (person, codes) = (&by.person.id, RecoveryCode::ten(now.chance));
    tx.row(HOLD, args![person]).await?;
    tx.execute(FORGET, args![person]).await?;
    let rows = codes.iter().map(|code| args![&code.digest().as_bytes()[..], person, now.when]);
    tx.execute_each(INSERT, &[], rows.collect()).await?;
    let details = json!({"kind": "recovery_codes"});
    tell(app, &mut tx, now, &by, Event::FactorAdded, details, "ten recovery codes", origin).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(codes.iter().map(RecoveryCode::shown).collect())
}
