use serde::Serialize;
use store::{Db, Row, Tx, args};
use time_and_chance::Time;
use utoipa::ToSchema;

use super::Refusal;
use crate::{
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
    #[schema(example = "Acme")]
    pub name: String,
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
    SELECT id, name, kind, external_id, exposure_policy, suspended_at, created_at FROM workspaces
    WHERE id > COALESCE(CAST($2 AS TEXT), '') AND deleted_at IS NULL AND (kind = 'customer' OR $1)
    ORDER BY id LIMIT $3";
// There is one at most.
const LIST_ONE: &str = "
    SELECT id, name, kind, external_id, exposure_policy, suspended_at, created_at FROM workspaces
    WHERE external_id = $3 AND id > COALESCE(CAST($2 AS TEXT), '') AND deleted_at IS NULL AND (kind = 'customer' OR $1)";
const SHOW: &str = "
    SELECT id, name, kind, external_id, exposure_policy, suspended_at, created_at FROM workspaces
    WHERE id = $1 AND deleted_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR id = $2) AND (kind = 'customer' OR $3)";

/// Every workspace that the authority reaches, oldest first; or the one with this external id.
pub async fn list(
    db: &Db,
    by: &Authority,
    external_id: Option<&str>,
    page: &Page<WorkspaceId>,
) -> store::Result<WorkspacePage> {
    let (operator, after) = (by.reaches_operator(), page.after());
    let rows = match external_id {
        None => db.rows(LIST, args![operator, after, page.look_ahead()]).await?,
        Some(external_id) => db.rows(LIST_ONE, args![operator, after, external_id]).await?,
    };
    let (items, next) =
        page.cut(rows.iter().map(of_row).collect::<store::Result<Vec<_>>>()?, |workspace| &workspace.id);
    Ok(WorkspacePage { items, next })
}

/// A workspace, if the authority reaches it.
pub async fn show(db: &Db, by: &Authority, id: &WorkspaceId) -> Result<Listed, Stop<Refusal>> {
    found(db.row(SHOW, args![id, by.bound_to(), by.reaches_operator()]).await?.as_ref())
}

/// The same inside a transaction.
pub(super) async fn show_in(tx: &mut Tx, by: &Authority, id: &WorkspaceId) -> Result<Listed, Stop<Refusal>> {
    found(tx.row(SHOW, args![id, by.bound_to(), by.reaches_operator()]).await?.as_ref())
}

fn found(row: Option<&Row>) -> Result<Listed, Stop<Refusal>> {
    Ok(of_row(row.ok_or(Stop::Refused(Refusal::NoWorkspace))?)?)
}

fn of_row(row: &Row) -> store::Result<Listed> {
    let suspended: Option<Time> = row.get("suspended_at")?;
    Ok(Listed {
        id: row.get("id")?,
        name: row.get("name")?,
        kind: row.get("kind")?,
        external_id: row.get("external_id")?,
        exposure_policy: row.get::<Option<String>>("exposure_policy")?.and_then(|name| name.parse().ok()),
        state: if suspended.is_some() { State::Suspended } else { State::Active },
        created_at: row.get("created_at")?,
    })
}
