//! What somebody should look at among a workspace's tokens.

use store::{Result, args};
use time_and_chance::{Duration, Time};

use super::{Listed, list};
use crate::{app::App, ids::WorkspaceId};

/// How long before its end a token is told of.
const SOON: Duration = Duration::from_hours(7 * 24);

/// Tokens that somebody should look at.
pub struct Attention {
    /// Found in public, and they still work: first those that are revoked soonest.
    pub warned: Vec<Listed>,
    /// Their former secret was found in public, and it still works: first those whose ends soonest.
    pub former_warned: Vec<Listed>,
    /// They end within 7 days, the soonest first.
    pub ending: Vec<Listed>,
}

const WARNED: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until,
           CAST(NULL AS BIGINT) AS former_warned_at
    FROM tokens t
    WHERE workspace_id = $1 AND warned_at IS NOT NULL AND revoked_at IS NULL
      AND (revoke_after IS NULL OR revoke_after > $2) AND (expires_at IS NULL OR expires_at > $2)
    ORDER BY COALESCE(revoke_after, 9223372036854775807), id LIMIT $3";
// From the few former secrets that were found and work still to their tokens: SQLite keeps to the order of a CROSS JOIN.
const FORMER_WARNED: &str = "
    SELECT t.id AS id, t.workspace_id AS workspace_id, t.description AS description, t.prefix AS prefix, t.hint AS hint, t.role AS role,
           t.scopes AS scopes, t.creator_id AS creator_id, t.external_id AS external_id, t.created_at AS created_at,
           t.expires_at AS expires_at, t.last_used_at AS last_used_at, t.warned_at AS warned_at, t.revoke_after AS revoke_after,
           t.revoked_at AS revoked_at, t.revoked_why AS revoked_why, f.warned_at AS former_warned_at,
           CASE WHEN f.revoke_after < f.valid_until THEN f.revoke_after ELSE f.valid_until END AS overlap_until
    FROM former_secrets f CROSS JOIN tokens t
    WHERE t.id = f.token_id AND t.workspace_id = $1 AND f.warned_at IS NOT NULL AND f.revoked_at IS NULL AND f.valid_until > $2
      AND (f.revoke_after IS NULL OR f.revoke_after > $2) AND t.revoked_at IS NULL
      AND (t.revoke_after IS NULL OR t.revoke_after > $2) AND (t.expires_at IS NULL OR t.expires_at > $2)
    ORDER BY CASE WHEN f.revoke_after < f.valid_until THEN f.revoke_after ELSE f.valid_until END, t.id LIMIT $3";
const ENDING: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until,
           CAST(NULL AS BIGINT) AS former_warned_at
    FROM tokens t
    WHERE workspace_id = $1 AND expires_at > $2 AND expires_at <= $3 AND revoked_at IS NULL
      AND (revoke_after IS NULL OR revoke_after > $2)
    ORDER BY expires_at LIMIT $4";

/// The tokens of a workspace that somebody should look at, at most so many of a kind.
pub async fn attention(app: &App, workspace: &WorkspaceId, most: i64) -> Result<Attention> {
    let when = app.clock.now();
    let warned = app.db.rows(WARNED, args![workspace, when, most]).await?;
    let former = app.db.rows(FORMER_WARNED, args![workspace, when, most]).await?;
    let ending = app.db.rows(ENDING, args![workspace, when, when.plus(SOON), most]).await?;
    Ok(Attention {
        warned: read(app, &warned, when).await?,
        former_warned: read(app, &former, when).await?,
        ending: read(app, &ending, when).await?,
    })
}

async fn read(app: &App, rows: &[store::Row], when: Time) -> Result<Vec<Listed>> {
    let opener = app.vault.opener_of(&app.db, rows, &["description"]).await?;
    rows.iter().map(|row| list::of_row(row, &opener, when)).collect()
}
