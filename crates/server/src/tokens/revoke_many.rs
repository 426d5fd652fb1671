use serde::Serialize;
use serde_json::json;
use store::args;
use time_and_chance::Time;
use utoipa::ToSchema;

use super::{Refusal, Role};
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    ids::{self, TokenId, WorkspaceId},
    permissions::Authority,
    web::Stop,
    workspaces,
};

/// Which live tokens of a workspace; what isn't given doesn't matter.
#[derive(Debug, Default)]
pub struct Many {
    /// Made by this person: an id or a mail address, of a member or of one who was.
    pub creator: Option<String>,
    /// Made before this.
    pub created_before: Option<Time>,
    /// Not used since this, or never.
    pub unused_since: Option<Time>,
    /// With this role.
    pub role: Option<Role>,
}

/// What was revoked, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevokedMany {
    /// Whether nothing was done but counting.
    #[schema(example = true)]
    pub dry_run: bool,
    /// How many tokens.
    #[schema(example = 1)]
    pub count: usize,
    /// Their ids, oldest first; the first thousand.
    #[schema(value_type = Vec<ids::Token>, max_items = 1000)]
    pub token_ids: Vec<TokenId>,
}

/// How many ids an answer names, and an audit entry.
const NAMED: usize = 1000;

const CHOOSE: &str = "
    SELECT id FROM tokens
    WHERE workspace_id = $1 AND revoked_at IS NULL AND (revoke_after IS NULL OR revoke_after > $2)
      AND (expires_at IS NULL OR expires_at > $2)
      AND (CAST($3 AS TEXT) IS NULL OR creator_id = $3)
      AND (CAST($4 AS BIGINT) IS NULL OR created_at < $4)
      AND (CAST($5 AS BIGINT) IS NULL OR last_used_at IS NULL OR last_used_at < $5)
      AND (CAST($6 AS TEXT) IS NULL OR role = $6)
    ORDER BY id {lock}";
const REVOKE: &str = "
    UPDATE tokens SET revoked_at = $1, revoked_why = 'incident' WHERE id IN ({each $}) AND revoked_at IS NULL";

/// Revokes all live tokens that the filters choose, or counts them: the lever for an incident.
pub async fn revoke_many(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    many: Many,
    dry_run: bool,
) -> Result<RevokedMany, Stop<Refusal>> {
    let filters = [
        many.creator.is_some(),
        many.created_before.is_some(),
        many.unused_since.is_some(),
        many.role.is_some(),
    ];
    if !filters.contains(&true) {
        return Err(Stop::Refused(Refusal::NoFilter));
    }
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    let creator = match &many.creator {
        None => None,
        Some(who) => {
            let found = workspaces::ever_member_named(&mut tx, workspace, who).await?;
            Some(found.ok_or(Stop::Refused(Refusal::NoCreator))?)
        }
    };
    let role = many.role.map(Role::name);
    let chosen = args![workspace, now.when, creator.as_ref(), many.created_before, many.unused_since, role];
    let rows = tx.rows(CHOOSE, chosen).await?;
    let mut ids = rows.iter().map(|row| row.get("id")).collect::<store::Result<Vec<TokenId>>>()?;
    let count = ids.len();
    if !dry_run && count > 0 {
        tx.execute_each(REVOKE, &[now.when.into()], ids.iter().map(|id| args![id]).collect()).await?;
        let details = json!({
            "count": count, "token_ids": &ids[..count.min(NAMED)], "creator_id": creator,
            "created_before": many.created_before, "unused_since": many.unused_since, "role": role,
        });
        let entry = Entry {
            workspace: Some(workspace),
            actor: by.actor(),
            event: Event::TokensRevoked,
            target: workspace.as_str(),
            details,
        };
        audit::record(&mut tx, now, &[entry]).await?;
        tx.commit().await?;
    }
    ids.truncate(NAMED);
    Ok(RevokedMany { dry_run, count, token_ids: ids })
}
