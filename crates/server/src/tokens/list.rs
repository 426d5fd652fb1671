use seal::{Opener, Private};
use serde::Serialize;
use store::{Row, Tx, args};
use time_and_chance::Time;
use utoipa::ToSchema;

use super::{Refusal, Role, find::earlier};
use crate::{
    app::{App, Now},
    columns::TOKEN_DESCRIPTION,
    ids::{self, PersonId, TokenId, WorkspaceId},
    permissions::Authority,
    web::{Page, Stop},
};

/// Whether a token opens anything. One that is `warned` does, and was found in public: it must be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TokenState)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It does.
    Live,
    /// It does, and was found in public: it must be replaced.
    Warned,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl State {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Warned => "warned",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Whether the token opens something.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live | Self::Warned)
    }
}

/// A token as it is shown: everything but its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct Listed {
    /// Its id.
    #[schema(value_type = ids::Token)]
    pub id: TokenId,
    /// Its workspace.
    #[schema(value_type = ids::Workspace)]
    pub workspace_id: WorkspaceId,
    /// What it is for.
    #[schema(value_type = String, example = "deploy-bot")]
    pub description: Private,
    /// Its prefix, if it has one and it is known.
    #[schema(required, example = "bwk")]
    pub prefix: Option<String>,
    /// The first five characters after the prefix. Not known of some imported tokens.
    #[schema(required, example = "a1B2c")]
    pub hint: Option<String>,
    /// What it may do in the workspace.
    pub role: Role,
    /// What it may do as an operator key; left out of a workspace's token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub scopes: Option<String>,
    /// Who made it; nobody if the operator did, or if it was imported so.
    #[schema(required, value_type = Option<ids::Person>)]
    pub creator_id: Option<PersonId>,
    /// Its id in the product.
    #[schema(required, example = "key-7")]
    pub external_id: Option<String>,
    /// Whether it opens anything.
    pub state: State,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-11-02T09:15:00Z")]
    pub created_at: Time,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2027-01-31T09:15:00Z")]
    pub expires_at: Option<Time>,
    /// When it was last used, some seconds late.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-23T13:58:12Z")]
    pub last_used_at: Option<Time>,
    /// Until when the secret from before the last rotation works too: the first of the overlap's end, the end of a warning
    /// about that secret, and the token's own end. Null when it no longer works.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub overlap_until: Option<Time>,
    /// When the secret from before the last rotation was found in public, while that works on: end it, or somebody else may use it
    /// until `overlap_until`.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub former_warned_at: Option<Time>,
    /// When it was found in public, if it was warned of.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub warned_at: Option<Time>,
    /// When a warning ends and the token with it.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub revoke_after: Option<Time>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub revoked_at: Option<Time>,
    /// Why: `exposed`, `revoked`, `incident`, `self`.
    #[schema(required)]
    pub revoked_why: Option<String>,
}

impl Listed {
    /// How its present secret begins: `bwk_a1B2c…`
    pub fn beginning(&self) -> String {
        super::beginning(self.prefix.as_deref(), self.hint.as_deref())
    }

    /// When it ends or has ended, as far as that is known.
    pub fn ends_at(&self) -> Option<Time> {
        self.revoked_at.or_else(|| earlier(self.expires_at, self.revoke_after))
    }
}

/// A page of tokens, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenPage {
    /// The tokens.
    pub items: Vec<Listed>,
    /// Where the next page begins, if there is one: give it as `cursor`.
    #[schema(required)]
    pub next: Option<String>,
}

const LIST: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, external_id, created_at,
           expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why,
           (SELECT MAX(CASE WHEN f.revoke_after < f.valid_until THEN f.revoke_after ELSE f.valid_until END)
            FROM former_secrets f
            WHERE f.token_id = t.id AND f.revoked_at IS NULL AND f.valid_until > $1) AS overlap_until,
           (SELECT MAX(f.warned_at) FROM former_secrets f
            WHERE f.token_id = t.id AND f.revoked_at IS NULL AND f.valid_until > $1
              AND (f.revoke_after IS NULL OR f.revoke_after > $1)) AS former_warned_at
    FROM tokens t
    WHERE workspace_id = $2 AND t.id > COALESCE(CAST($3 AS TEXT), '')
    ORDER BY t.id LIMIT $4";

const SHOW: &str = "
    SELECT t.id AS id, workspace_id, description, prefix, hint, role, scopes, creator_id, t.external_id AS external_id,
           t.created_at AS created_at, expires_at, last_used_at, warned_at, revoke_after, revoked_at, revoked_why,
           (SELECT MAX(CASE WHEN f.revoke_after < f.valid_until THEN f.revoke_after ELSE f.valid_until END)
            FROM former_secrets f
            WHERE f.token_id = t.id AND f.revoked_at IS NULL AND f.valid_until > $1) AS overlap_until,
           (SELECT MAX(f.warned_at) FROM former_secrets f
            WHERE f.token_id = t.id AND f.revoked_at IS NULL AND f.valid_until > $1
              AND (f.revoke_after IS NULL OR f.revoke_after > $1)) AS former_warned_at
    FROM tokens t JOIN workspaces w ON w.id = t.workspace_id
    WHERE t.id = $2 AND (CAST($3 AS TEXT) IS NULL OR workspace_id = $3)
      AND w.deleted_at IS NULL AND (w.kind = 'customer' OR $4)";

/// The tokens of a workspace, oldest first.
pub async fn list(app: &App, workspace: &WorkspaceId, page: &Page<TokenId>) -> store::Result<TokenPage> {
    let when = app.clock.now();
    let rows = app.db.rows(LIST, args![when, workspace, page.after(), page.look_ahead()]).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["description"]).await?;
    let items = rows.iter().map(|row| of_row(row, &opener, when)).collect::<store::Result<Vec<_>>>()?;
    let (items, next) = page.cut(items, |token| &token.id);
    Ok(TokenPage { items, next })
}

/// A token, if the authority reaches it.
pub async fn show(app: &App, by: &Authority, id: &TokenId) -> Result<Listed, Stop<Refusal>> {
    let when = app.clock.now();
    let rows = app.db.rows(SHOW, args![when, id, by.bound_to(), by.reaches_operator()]).await?;
    found(&rows, &app.vault.opener_of(&app.db, &rows, &["description"]).await?, when)
}

/// A token of this workspace, for whoever may look at it.
pub async fn show_of(app: &App, workspace: &WorkspaceId, id: &TokenId) -> store::Result<Option<Listed>> {
    let when = app.clock.now();
    let rows = app.db.rows(SHOW, args![when, id, workspace, false]).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["description"]).await?;
    rows.first().map(|row| of_row(row, &opener, when)).transpose()
}

/// The same inside a transaction.
pub(super) async fn show_in(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    id: &TokenId,
) -> Result<Listed, Stop<Refusal>> {
    let rows = tx.rows(SHOW, args![now.when, id, by.bound_to(), by.reaches_operator()]).await?;
    found(&rows, &now.vault.opener_of(tx, &rows, &["description"]).await?, now.when)
}

fn found(rows: &[Row], opener: &Opener, when: Time) -> Result<Listed, Stop<Refusal>> {
    let row = rows.first().ok_or(Stop::Refused(Refusal::NoToken))?;
    Ok(of_row(row, opener, when)?)
}

/// A token of a row with its columns.
pub(super) fn of_row(row: &Row, opener: &Opener, when: Time) -> store::Result<Listed> {
    let (id, workspace_id): (TokenId, WorkspaceId) = (row.get("id")?, row.get("workspace_id")?);
    let mut token = Listed {
        description: opener.text(
            row,
            "description",
            TOKEN_DESCRIPTION.of(id.as_str(), workspace_id.as_str()),
        )?,
        id,
        workspace_id,
        prefix: row.get("prefix")?,
        hint: row.get("hint")?,
        role: Role::of_name(&row.get::<String>("role")?),
        scopes: row.get("scopes")?,
        creator_id: row.get("creator_id")?,
        external_id: row.get("external_id")?,
        state: State::Live,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        last_used_at: row.get("last_used_at")?,
        overlap_until: row.get("overlap_until")?,
        former_warned_at: row.get("former_warned_at")?,
        warned_at: row.get("warned_at")?,
        revoke_after: row.get("revoke_after")?,
        revoked_at: row.get("revoked_at")?,
        revoked_why: row.get("revoked_why")?,
    };
    token.state = state(&token, when);
    token.overlap_until = overlap_until(&token, when);
    token.former_warned_at = token.former_warned_at.filter(|_| token.state.is_live());
    Ok(token)
}

/// A former secret dies with its token.
fn overlap_until(token: &Listed, when: Time) -> Option<Time> {
    let own_end = token.overlap_until?;
    let ends = [token.expires_at, token.revoke_after, token.revoked_at];
    ends.into_iter().fold(Some(own_end), earlier).filter(|end| *end > when)
}

fn state(token: &Listed, when: Time) -> State {
    let is_past = |at: Option<Time>| at.is_some_and(|at| at <= when);
    if token.revoked_at.is_some() || is_past(token.revoke_after) {
        State::Revoked
    } else if is_past(token.expires_at) {
        State::Expired
    } else if token.warned_at.is_some() {
        State::Warned
    } else {
        State::Live
    }
}
