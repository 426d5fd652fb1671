use seal::Private;
use serde_json::json;
use store::args;
use time_and_chance::Time;

use super::{
    Listed, Refusal,
    create::{DESCRIPTION, must_live, sealed_description},
    list,
};
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    ids::TokenId,
    permissions::Authority,
    web::{Stop, private_line},
};

/// What is to be changed; what isn't given stays.
#[derive(Debug, Default)]
pub struct Change {
    /// A new description.
    pub description: Option<Private>,
    /// A new end, or none any more.
    pub expires_at: Option<Option<Time>>,
}

const HOLD: &str = "SELECT id FROM tokens WHERE id = $1 {lock}";
const CHANGE: &str = "
    UPDATE tokens
    SET description = COALESCE($2, description), expires_at = CASE WHEN $3 THEN $4 ELSE expires_at END
    WHERE id = $1";

/// Renames a token, or gives it another end: to end it now, revoke it.
pub async fn change(
    app: &App,
    by: &Authority,
    id: &TokenId,
    change: Change,
) -> Result<Listed, Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let description =
        change.description.map(|text| private_line("description", &text, DESCRIPTION)).transpose()?;
    let end = change.expires_at.flatten();
    if end.is_some_and(|end| end <= now.when) {
        return Err(Stop::Refused(Refusal::EndsInThePast));
    }
    tx.rows(HOLD, args![id]).await?;
    let before = list::show_in(&mut tx, now, by, id).await?;
    must_live(before.state)?;
    let description = match &description {
        Some(text) => Some(sealed_description(&mut tx, now, id, &before.workspace_id, text).await?),
        None => None,
    };
    tx.execute(CHANGE, args![id, description, change.expires_at.is_some(), end]).await?;
    let after = list::show_in(&mut tx, now, by, id).await?;
    let details = json!({
        "before": {"description": before.description, "expires_at": before.expires_at},
        "after": {"description": after.description, "expires_at": after.expires_at},
    });
    let entry = Entry {
        workspace: Some(&after.workspace_id),
        actor: by.actor(),
        event: Event::TokenChanged,
        target: id.as_str(),
        details,
    };
    audit::record(&mut tx, now, &[entry]).await?;
    tx.commit().await?;
    Ok(after)
}
