use serde_json::json;
use store::args;

use super::{Listed, Refusal, list};
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    ids::TokenId,
    permissions::Authority,
    web::Stop,
};

const HOLD: &str = "SELECT id FROM tokens WHERE id = $1 {lock}";
const END: &str = "
    UPDATE former_secrets SET revoked_at = $2, revoked_why = 'revoked'
    WHERE token_id = $1 AND revoked_at IS NULL AND valid_until > $2 AND (revoke_after IS NULL OR revoke_after > $2)
    RETURNING digest";

/// Ends a token's former secret before its overlap does; the present one works on. Where there is none that works, nothing is done.
pub async fn end_former(app: &App, by: &Authority, id: &TokenId) -> Result<Listed, Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    tx.rows(HOLD, args![id]).await?;
    let before = list::show_in(&mut tx, now, by, id).await?;
    // What has ended took its former secret with it.
    if !before.state.is_live() || tx.rows(END, args![id, now.when]).await?.is_empty() {
        return Ok(before);
    }
    let entry = Entry {
        workspace: Some(&before.workspace_id),
        actor: by.actor(),
        event: Event::TokenRevoked,
        target: id.as_str(),
        details: json!({"why": "revoked", "former_secret": true}),
    };
    audit::record(&mut tx, now, &[entry]).await?;
    let after = list::show_in(&mut tx, now, by, id).await?;
    tx.commit().await?;
    Ok(after)
}
