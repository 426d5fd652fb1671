use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AuditId, AuditPage, Filter, list};
use crate::{
    app::App,
    web::{Caller, Page, Params, Problem, WorkspacePath},
};

/// The routes of this capability.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit))
}

/// List audit entries
///
/// What happened in a workspace, newest first: every change, who made it, and to what; and what was refused to a valid key
/// or token of the workspace.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/audit", tag = "Audit", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(WorkspacePath, Filter, Page<AuditId>),
    responses((status = 200, description = "A page of entries", body = AuditPage)),
)]
async fn list_audit(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    Params(filter): Params<Filter>,
    page: Page<AuditId>,
) -> Result<Json<AuditPage>, Problem> {
    caller.authority_over(&app, &path.workspace).await?;
    Ok(Json(list(&app, &path.workspace, &filter, &page).await?))
}
