use seal::{Opener, Private};
use serde::Serialize;
use store::{Row, Tx, args};
use time_and_chance::Time;
use utoipa::ToSchema;

use super::Refusal;
use crate::{
    app::{App, Now},
    columns::WORKSPACE_NAME,
    config::Policy,
    ids::{self, WorkspaceId},
    permissions::Authority,
    web::{Page, Stop},
};

/// Whether a workspace's tokens open anything: in one that is `suspended` they answer `DISABLED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WorkspaceState)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They do.
    Active,
    /// They answer `DISABLED`.
    Suspended,
}

/// A workspace as it is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub struct Listed {
    /// Its id.
    #[schema(value_type = ids::Workspace)]
    pub id: WorkspaceId,
    /// Its name.
    #[schema(value_type = String, example = "Acme")]
    pub name: Private,
    /// `customer`, or `operator` for the operator's own.
    #[schema(example = "customer")]
    pub kind: String,
    /// Its id in the product.
    #[schema(required, example = "customer-42")]
    pub external_id: Option<String>,
    /// What happens to a token that is found in public; the setting's, if nothing stands here.
    #[schema(required)]
    pub exposure_policy: Option<Policy>,
    /// Whether its tokens open anything.
    pub state: State,
    /// Whether the console lets in only members who have an authenticator or a passkey.
    #[schema(example = false)]
    pub strong_factor: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-09-01T08:30:00Z")]
    pub created_at: Time,
}

/// A page of workspaces, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkspacePage {
    /// The workspaces.
    pub items: Vec<Listed>,
    /// Where the next page begins, if there is one: give it as `cursor`.
    #[schema(required)]
    pub next: Option<String>,
}

const LIST: &str = "
    SELECT id, name, kind, external_id, exposure_policy, suspended_at, strong_factor, created_at FROM workspaces
    WHERE id > COALESCE(CAST($2 AS TEXT), '') AND deleted_at IS NULL AND (kind = 'customer' OR $1)
    ORDER BY id LIMIT $3";
// There is one at most.
const LIST_ONE: &str = "
    SELECT id, name, kind, external_id, exposure_policy, suspended_at, strong_factor, created_at FROM workspaces
    WHERE external_id = $3 AND id > COALESCE(CAST($2 AS TEXT), '') AND deleted_at IS NULL AND (kind = 'customer' OR $1)";
const SHOW: &str = "
    SELECT id, name, kind, external_id, exposure_policy, suspended_at, strong_factor, created_at FROM workspaces
    WHERE id = $1 AND deleted_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR id = $2) AND (kind = 'customer' OR $3)";

/// Every workspace that the authority reaches, oldest first; or the one with this external id.
pub async fn list(
    app: &App,
    by: &Authority,
    external_id: Option<&str>,
    page: &Page<WorkspaceId>,
) -> store::Result<WorkspacePage> {
    let (operator, after) = (by.reaches_operator(), page.after());
    let rows = match external_id {
        None => app.db.rows(LIST, args![operator, after, page.look_ahead()]).await?,
        Some(external_id) => app.db.rows(LIST_ONE, args![operator, after, external_id]).await?,
    };
    let opener = app.vault.opener_of(&app.db, &rows, &["name"]).await?;
    let items = rows.iter().map(|row| of_row(row, &opener)).collect::<store::Result<Vec<_>>>()?;
    let (items, next) = page.cut(items, |workspace| &workspace.id);
    Ok(WorkspacePage { items, next })
}

/// A workspace, if the authority reaches it.
pub async fn show(app: &App, by: &Authority, id: &WorkspaceId) -> Result<Listed, Stop<Refusal>> {
    let rows = app.db.rows(SHOW, args![id, by.bound_to(), by.reaches_operator()]).await?;
    found(&rows, &app.vault.opener_of(&app.db, &rows, &["name"]).await?)
}

/// The same inside a transaction.
pub(super) async fn show_in(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    id: &WorkspaceId,
) -> Result<Listed, Stop<Refusal>> {
    let rows = tx.rows(SHOW, args![id, by.bound_to(), by.reaches_operator()]).await?;
    found(&rows, &now.vault.opener_of(tx, &rows, &["name"]).await?)
}

fn found(rows: &[Row], opener: &Opener) -> Result<Listed, Stop<Refusal>> {
    Ok(of_row(rows.first().ok_or(Stop::Refused(Refusal::NoWorkspace))?, opener)?)
}

fn of_row(row: &Row, opener: &Opener) -> store::Result<Listed> {
    let suspended: Option<Time> = row.get("suspended_at")?;
    let id: WorkspaceId = row.get("id")?;
    Ok(Listed {
        name: opener.text(row, "name", WORKSPACE_NAME.of(id.as_str(), id.as_str()))?,
        id,
        kind: row.get("kind")?,
        external_id: row.get("external_id")?,
        exposure_policy: row.get::<Option<String>>("exposure_policy")?.and_then(|name| name.parse().ok()),
        state: if suspended.is_some() { State::Suspended } else { State::Active },
        strong_factor: row.get("strong_factor")?,
        created_at: row.get("created_at")?,
    })
}
