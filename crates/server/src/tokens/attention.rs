//! What somebody should look at among a workspace's tokens.

use store::{Result, args};
use time_and_chance::{Duration, Time};

use super::{Listed, list};
use crate::{app::App, ids::WorkspaceId};

/// How long before its end a token is told of.
const SOON: Duration = Duration::from_hours(7 * 24);
/// So many of a kind are told of.
const MOST: i64 = 20;

/// Tokens that somebody should look at.
pub struct Attention {
    /// Found in public, and they still work: first those that are revoked soonest.
    pub warned: Vec<Listed>,
    /// They end within 7 days, the soonest first.
    pub ending: Vec<Listed>,
}

const WARNED: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until
    FROM tokens t
    WHERE workspace_id = $1 AND warned_at IS NOT NULL AND revoked_at IS NULL
      AND (revoke_after IS NULL OR revoke_after > $2) AND (expires_at IS NULL OR expires_at > $2)
    ORDER BY COALESCE(revoke_after, 9223372036854775807), id LIMIT $3";
const ENDING: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until
    FROM tokens t
    WHERE workspace_id = $1 AND expires_at > $2 AND expires_at <= $3 AND revoked_at IS NULL
      AND (revoke_after IS NULL OR revoke_after > $2)
    ORDER BY expires_at LIMIT $4";

/// The tokens of a workspace that somebody should look at, at most 20 of a kind.
pub async fn attention(app: &App, workspace: &WorkspaceId) -> Result<Attention> {
    let when = app.clock.now();
    let warned = app.db.rows(WARNED, args![workspace, when, MOST]).await?;
    let ending = app.db.rows(ENDING, args![workspace, when, when.plus(SOON), MOST]).await?;
    Ok(Attention { warned: read(app, &warned, when).await?, ending: read(app, &ending, when).await? })
}

async fn read(app: &App, rows: &[store::Row], when: Time) -> Result<Vec<Listed>> {
    let opener = app.vault.opener_of(&app.db, rows, &["description"]).await?;
    rows.iter().map(|row| list::of_row(row, &opener, when)).collect()
}
