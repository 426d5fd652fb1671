use axum::{
    Json,
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    AuditId, AuditPage, Filter,
    format::{Layout, Wanted, lines, next_link},
    list,
};
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
///
/// As a JSON object; or as JSON lines, an entry or an OCSF event in each. Lines have their cursor in the header `Link`.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/audit", tag = "Audit", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(WorkspacePath, Filter, Wanted, Page<AuditId>),
    responses((
        status = 200, description = "A page of entries",
        content((AuditPage = "application/json"), (
            String = "application/x-ndjson",
            example = json!("{\"id\":\"aud_01M6DRMRH02R00K6AGV0VFCXEC\",\"sequence\":12,\"event\":\"token.created\"}\n")
        )),
        headers(("Link" = String, description = "Of lines: where the next page is, if there is one, as `<…>; rel=\"next\"`")),
    )),
)]
async fn list_audit(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    Params(filter): Params<Filter>,
    page: Page<AuditId>,
    uri: Uri,
    form: Layout,
) -> Result<Response, Problem> {
    caller.authority_over(&app, &path.workspace).await?;
    let found = list(&app, &path.workspace, &filter, &page).await?;
    Ok(match form {
        Layout::Page => Json(found).into_response(),
        form => (next_link(&uri, found.next.as_deref()), lines(form, &path.workspace, &found.items))
            .into_response(),
    })
}
