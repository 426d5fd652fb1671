//! A workspace's tokens as people look through them: newest first, those in one state, or the one that begins so.

use store::{Result, args};

use super::{Listed, TokenPage, list};
use crate::{
    app::App,
    ids::{TokenId, WorkspaceId},
    web::Page,
};

/// Which tokens are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All of them.
    All,
    /// Those that open something, and neither of whose secrets was found in public.
    Live,
    /// Those with a secret that opens something, the former one or the present one, and was found in public.
    Warned,
    /// Those that are expired or revoked.
    Ended,
    /// Those whose present secret has this hint.
    Hinted(&'a str),
}

const ALL: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until,
           (SELECT MAX(f.warned_at) FROM former_secrets f
            WHERE f.token_id = t.id AND f.revoked_at IS NULL AND f.valid_until > $4
              AND (f.revoke_after IS NULL OR f.revoke_after > $4)) AS former_warned_at
    FROM tokens t
    WHERE workspace_id = $1 AND t.id < COALESCE(CAST($2 AS TEXT), 'z')
    ORDER BY t.id DESC LIMIT $3";
const LIVE: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until,
           CAST(NULL AS BIGINT) AS former_warned_at
    FROM tokens t
    WHERE workspace_id = $1 AND t.id < COALESCE(CAST($2 AS TEXT), 'z') AND t.id >= COALESCE(CAST($5 AS TEXT), '')
      AND revoked_at IS NULL AND warned_at IS NULL AND (expires_at IS NULL OR expires_at > $4)
      AND NOT EXISTS (
          SELECT 1 FROM former_secrets f
          WHERE f.token_id = t.id AND f.warned_at IS NOT NULL AND f.revoked_at IS NULL AND f.valid_until > $4
            AND (f.revoke_after IS NULL OR f.revoke_after > $4))
    ORDER BY t.id DESC LIMIT $3";
const WARNED: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until,
           (SELECT MAX(f.warned_at) FROM former_secrets f
            WHERE f.token_id = t.id AND f.revoked_at IS NULL AND f.valid_until > $4
              AND (f.revoke_after IS NULL OR f.revoke_after > $4)) AS former_warned_at
    FROM tokens t
    WHERE t.id IN (
        SELECT id FROM tokens WHERE workspace_id = $1 AND warned_at IS NOT NULL AND revoked_at IS NULL
        UNION
        SELECT token_id FROM former_secrets
        WHERE warned_at IS NOT NULL AND revoked_at IS NULL AND valid_until > $4 AND (revoke_after IS NULL OR revoke_after > $4))
      AND workspace_id = $1 AND t.id < COALESCE(CAST($2 AS TEXT), 'z')
      AND revoked_at IS NULL AND (revoke_after IS NULL OR revoke_after > $4) AND (expires_at IS NULL OR expires_at > $4)
    ORDER BY t.id DESC LIMIT $3";
const ENDED: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until,
           CAST(NULL AS BIGINT) AS former_warned_at
    FROM tokens t
    WHERE workspace_id = $1 AND t.id < COALESCE(CAST($2 AS TEXT), 'z') AND t.id >= COALESCE(CAST($5 AS TEXT), '')
      AND (revoked_at IS NOT NULL OR revoke_after <= $4 OR expires_at <= $4)
    ORDER BY t.id DESC LIMIT $3";
const HINTED: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why, CAST(NULL AS BIGINT) AS overlap_until,
           (SELECT MAX(f.warned_at) FROM former_secrets f
            WHERE f.token_id = t.id AND f.revoked_at IS NULL AND f.valid_until > $5
              AND (f.revoke_after IS NULL OR f.revoke_after > $5)) AS former_warned_at
    FROM tokens t
    WHERE workspace_id = $1 AND hint = $4 AND t.id < COALESCE(CAST($2 AS TEXT), 'z')
    ORDER BY t.id DESC LIMIT $3";

// No index says whether a token has ended: that would cost every report. So no page looks through more than these.
const REACH: i64 = 2_000;
const FAR: &str = "
    SELECT id FROM tokens WHERE workspace_id = $1 AND id < COALESCE(CAST($2 AS TEXT), 'z')
    ORDER BY id DESC LIMIT 1 OFFSET $3";

/// A page of a workspace's tokens, newest first. Of those that are live or have ended it may hold fewer than there are, even none, and
/// name a next page all the same: no page looks through more than 2,000. Of a former secret they say
/// whether it was found in public; until when it works [`super::show`] says.
pub async fn browse(
    app: &App,
    workspace: &WorkspaceId,
    which: Which<'_>,
    page: &Page<TokenId>,
) -> Result<TokenPage> {
    let when = app.clock.now();
    let (mut args, mut far) = (args![workspace, page.after(), page.look_ahead()], None);
    let statement = match which {
        Which::All => ALL,
        Which::Live => LIVE,
        Which::Warned => WARNED,
        Which::Ended => ENDED,
        Which::Hinted(_) => HINTED,
    };
    match which {
        Which::All | Which::Warned => args.push(when.into()),
        Which::Hinted(hint) => args.extend(args![hint, when]),
        Which::Live | Which::Ended => {
            far = app.db.row(FAR, args![workspace, page.after(), REACH - 1]).await?;
            let far: Option<TokenId> = far.as_ref().map(|row| row.get("id")).transpose()?;
            args.extend(args![when, far.as_ref()]);
        }
    }
    let rows = app.db.rows(statement, args).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["description"]).await?;
    let items = rows.iter().map(|row| list::of_row(row, &opener, when)).collect::<Result<Vec<Listed>>>()?;
    let (items, next) = page.cut(items, |token| &token.id);
    let next = next.or(far.map(|row| row.get("id")).transpose()?.map(|id: TokenId| Page::cursor(&id)));
    Ok(TokenPage { items, next })
}

const ANY: &str = "SELECT 1 AS one FROM tokens WHERE workspace_id = $1 LIMIT 1";

/// Whether a workspace has ever had a token.
pub async fn has_any(app: &App, workspace: &WorkspaceId) -> Result<bool> {
    Ok(app.db.row(ANY, args![workspace]).await?.is_some())
}
