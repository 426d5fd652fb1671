use seal::Private;
use serde::Serialize;
use serde_json::{Value, json};
use store::{Arg, args};
use time_and_chance::Time;
use utoipa::ToSchema;

use super::{Refusal, Role};
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    ids::{self, PersonId, TokenId, WorkspaceId},
    permissions::Authority,
    web::{Stop, again},
    workspaces,
};

/// Which live tokens of a workspace; what isn't given doesn't matter.
#[derive(Debug, Default)]
pub struct Many {
    /// Made by this person: an id or a mail address, of a member or of one who was.
    pub creator: Option<Private>,
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

/// How many ids an answer names.
const NAMED: usize = 1000;
/// How many tokens are revoked in one transaction, and named by one audit entry. Reports fit in between.
const STEP: usize = 1000;

const LOOK: &str = "
    SELECT id FROM tokens
    WHERE workspace_id = $1 AND revoked_at IS NULL AND (revoke_after IS NULL OR revoke_after > $2)
      AND (expires_at IS NULL OR expires_at > $2)
      AND (CAST($3 AS TEXT) IS NULL OR creator_id = $3)
      AND (CAST($4 AS BIGINT) IS NULL OR created_at < $4)
      AND (CAST($5 AS BIGINT) IS NULL OR last_used_at IS NULL OR last_used_at < $5)
      AND (CAST($6 AS TEXT) IS NULL OR role = $6)
      AND id > $7
    ORDER BY id LIMIT $8";
// The same of those that were found, now that they are locked: whoever searches a large workspace keeps nobody waiting.
const HOLD: &str = "
    SELECT id FROM tokens
    WHERE workspace_id = $1 AND revoked_at IS NULL AND (revoke_after IS NULL OR revoke_after > $2)
      AND (expires_at IS NULL OR expires_at > $2)
      AND (CAST($3 AS TEXT) IS NULL OR creator_id = $3)
      AND (CAST($4 AS BIGINT) IS NULL OR created_at < $4)
      AND (CAST($5 AS BIGINT) IS NULL OR last_used_at IS NULL OR last_used_at < $5)
      AND (CAST($6 AS TEXT) IS NULL OR role = $6)
      AND id IN ({each $})
    ORDER BY id {lock}";
const REVOKE: &str = "
    UPDATE tokens SET revoked_at = $1, revoked_why = 'incident' WHERE id IN ({each $}) AND revoked_at IS NULL";

/// Revokes all live tokens that the filters choose, or counts them: the lever for an incident.
///
/// Counting changes nothing and waits for nobody. Revoking goes in steps, each a transaction with an entry in the audit
/// that names its tokens, so that reports need not wait behind it. What breaks it off in the middle, a fault or a caller who
/// hangs up, leaves the steps before as they are: call it again, and it goes on with what is live still.
pub async fn revoke_many(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    many: Many,
    dry_run: bool,
) -> Result<RevokedMany, Stop<Refusal>> {
    let chosen = Chosen::of(app, by, workspace, many).await?;
    let mut answer = RevokedMany { dry_run, count: 0, token_ids: Vec::new() };
    let mut after = None;
    loop {
        let found = chosen.look(app, after.as_ref()).await?;
        let done = if dry_run { found.clone() } else { again(|| chosen.revoke(app, by, &found)).await? };
        answer.count += done.len();
        answer.token_ids.extend(done.into_iter().take(NAMED - answer.token_ids.len()));
        if found.len() < STEP {
            return Ok(answer);
        }
        after = found.into_iter().next_back();
    }
}

/// What is chosen, once it is known to be something.
struct Chosen<'a> {
    workspace: &'a WorkspaceId,
    many: Many,
    creator: Option<PersonId>,
}

impl<'a> Chosen<'a> {
    async fn of(
        app: &App,
        by: &Authority,
        workspace: &'a WorkspaceId,
        many: Many,
    ) -> Result<Self, Stop<Refusal>> {
        let Many { creator, created_before, unused_since, role } = &many;
        if creator.is_none() && created_before.is_none() && unused_since.is_none() && role.is_none() {
            return Err(Stop::Refused(Refusal::NoFilter));
        }
        if !workspaces::exists(&app.db, by, workspace).await? {
            return Err(Stop::Refused(Refusal::NoWorkspace));
        }
        let creator = match creator {
            None => None,
            Some(who) => {
                let found = workspaces::ever_member_named(app, workspace, who).await?;
                Some(found.ok_or(Stop::Refused(Refusal::NoCreator))?)
            }
        };
        Ok(Self { workspace, many, creator })
    }

    /// The arguments that the two statements have in common.
    fn arguments(&self, when: Time) -> Vec<Arg> {
        let Many { created_before, unused_since, role, .. } = &self.many;
        let role = role.map(Role::name);
        args![self.workspace, when, self.creator.as_ref(), *created_before, *unused_since, role]
    }

    async fn look(&self, app: &App, after: Option<&TokenId>) -> store::Result<Vec<TokenId>> {
        let mut arguments = self.arguments(app.clock.now());
        let most = i64::try_from(STEP).expect("a step is short");
        arguments.extend(args![after.map_or("", TokenId::as_str), most]);
        app.db.rows(LOOK, arguments).await?.iter().map(|row| row.get("id")).collect()
    }

    /// Revokes those of them that are chosen still, and answers which.
    async fn revoke(
        &self,
        app: &App,
        by: &Authority,
        found: &[TokenId],
    ) -> Result<Vec<TokenId>, Stop<Refusal>> {
        let (now, mut tx) = (app.now(), app.db.begin().await?);
        let list = found.iter().map(|id| args![id]).collect();
        let held = tx.rows_of_each(HOLD, &self.arguments(now.when), list).await?;
        let ids = held.iter().map(|row| row.get("id")).collect::<store::Result<Vec<TokenId>>>()?;
        if ids.is_empty() {
            return Ok(ids);
        }
        tx.execute_each(REVOKE, &[now.when.into()], ids.iter().map(|id| args![id]).collect()).await?;
        let entry = Entry {
            workspace: Some(self.workspace),
            actor: by.actor(),
            event: Event::TokensRevoked,
            target: self.workspace.as_str(),
            details: self.details(&ids),
        };
        audit::record(&mut tx, now, &[entry]).await?;
        tx.commit().await?;
        Ok(ids)
    }

    fn details(&self, ids: &[TokenId]) -> Value {
        let Many { created_before, unused_since, role, .. } = &self.many;
        json!({
            "count": ids.len(), "token_ids": ids, "creator_id": self.creator, "created_before": created_before,
            "unused_since": unused_since, "role": role,
        })
    }
}
