use axum::{Json, extract::State, http::StatusCode};
use seal::Private;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Added, Change, Created, Listed, ListedMember, MemberPage, MemberRole, NewMember, NewWorkspace,
    WorkspacePage, add_member, change, create, delete, list, list_members, remove_member, show,
};
use crate::{
    app::App,
    config::Policy,
    ids::{MemberId, WorkspaceId},
    web::{Body, Caller, MemberPath, OnceKey, Page, Params, Problem, WorkspacePath, object},
};

/// The routes of this capability.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_workspace, list_workspaces))
        .routes(routes!(show_workspace, change_workspace, delete_workspace))
        .routes(routes!(post_member, get_members))
        .routes(routes!(delete_member))
}

/// A person who is to be a member.
#[derive(Deserialize, ToSchema)]
#[schema(as = PersonRequest)]
#[serde(deny_unknown_fields)]
struct Person {
    /// The mail address.
    #[schema(value_type = String, format = Email, min_length = 3, max_length = 254, example = "ana@example.com")]
    mail: Private,
    /// The name, in one line. Only the operator gives one.
    #[schema(
        value_type = Option<String>,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]+$",
        example = "Ana Lovelace"
    )]
    name: Option<Private>,
    /// The person's id in the product. Only the operator gives one; a person who has it gets this mail address, and whoever
    /// was known by that address alone is merged into them.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$", example = "user-17")]
    external_id: Option<String>,
}

impl Person {
    fn with_role(self, role: MemberRole) -> NewMember {
        NewMember { mail: self.mail, name: self.name, external_id: self.external_id, role: Some(role) }
    }
}

/// A workspace as it is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkspaceRequest {
    /// Its name, in one line.
    #[schema(value_type = String, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$", example = "Acme")]
    name: Private,
    /// Its id in the product. A workspace that has it is changed instead of a new one made.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]+$",
        example = "customer-42"
    )]
    external_id: Option<String>,
    /// What happens to a token that is found in public; the setting `exposure.policy` if not said.
    exposure_policy: Option<Policy>,
    /// Its first owner.
    #[serde(deserialize_with = "object")]
    owner: Person,
}

/// Make a workspace
///
/// A new workspace with its first owner. With an `external_id` that a workspace has, that one's name and policy are set
/// and the person is made an owner, and the answer is 200.
#[utoipa::path(
    post, path = "/v1/workspaces", tag = "Workspaces", security(("operator_key" = ["manage"])),
    params(OnceKey),
    request_body = WorkspaceRequest,
    responses(
        (status = 201, description = "A new workspace", body = Listed),
        (status = 200, description = "The workspace was there already", body = Listed),
        (
            status = 404, description = "What the `Idempotency-Key` made was deleted since",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 404, "code": "not_found", "title": "Not Found", "detail": "There is no such workspace, or it is not yours."}),
        ),
        (
            status = 409, description = "The mail address is another person's, or the `external_id` a deleted workspace's",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 409, "code": "mail_taken", "title": "Conflict", "detail": "Another person has this mail address."}),
        ),
    ),
)]
async fn create_workspace(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    body: Body<WorkspaceRequest>,
) -> Result<(StatusCode, Json<Listed>), Problem> {
    let authority = caller.operators_authority()?;
    let once = key.of(caller.name(), "create_workspace", &body.digest);
    let WorkspaceRequest { name, external_id, exposure_policy, owner } = body.value;
    let wanted =
        NewWorkspace { name, external_id, exposure_policy, owner: owner.with_role(MemberRole::Owner) };
    Ok(match create(&app, &authority, wanted, once).await? {
        Created::New(workspace) => (StatusCode::CREATED, Json(workspace)),
        Created::Known(workspace) => (StatusCode::OK, Json(workspace)),
    })
}

/// Which workspaces are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only the one with this id in the product.
    #[param(nullable = false, example = "customer-42")]
    external_id: Option<String>,
}

/// List workspaces
///
/// Every customer's workspace, oldest first; or the one with an `external_id`.
#[utoipa::path(
    get, path = "/v1/workspaces", tag = "Workspaces", security(("operator_key" = ["manage"])),
    params(Wanted, Page<WorkspaceId>),
    responses((status = 200, description = "A page of workspaces", body = WorkspacePage)),
)]
async fn list_workspaces(
    State(app): State<App>,
    caller: Caller,
    page: Page<WorkspaceId>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<WorkspacePage>, Problem> {
    let authority = caller.operators_authority()?;
    let external_id = wanted.external_id.map(|id| id.replace('\0', "\u{fffd}"));
    Ok(Json(list(&app, &authority, external_id.as_deref(), &page).await?))
}

/// Show a workspace
///
/// A customer's workspace; the operator's own is not shown over HTTP.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}", tag = "Workspaces", security(("operator_key" = ["manage"])),
    params(WorkspacePath),
    responses((status = 200, description = "The workspace", body = Listed)),
)]
async fn show_workspace(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
) -> Result<Json<Listed>, Problem> {
    let authority = caller.operators_authority()?;
    Ok(Json(show(&app, &authority, &path.workspace).await?))
}

/// What of a workspace is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkspaceChange {
    /// A new name, in one line.
    #[schema(
        value_type = Option<String>,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]+$",
        example = "Acme Corporation"
    )]
    name: Option<Private>,
    /// A new exposure policy; `null` for the setting's.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Policy>)]
    exposure_policy: Option<Option<Policy>>,
    /// Whether it is suspended: its tokens answer `DISABLED` then.
    #[schema(example = false)]
    suspended: Option<bool>,
}

/// Tells a `null` that was sent from a field that wasn't.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Policy>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Change a workspace
///
/// Renames it, gives it another exposure policy, suspends it or ends that.
#[utoipa::path(
    patch, path = "/v1/workspaces/{workspace}", tag = "Workspaces", security(("operator_key" = ["manage"])),
    params(WorkspacePath), request_body = WorkspaceChange,
    responses(
        (status = 200, description = "The workspace as it is now", body = Listed, example = json!({"name": "Acme Corporation"})),
    ),
)]
async fn change_workspace(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    body: Body<WorkspaceChange>,
) -> Result<Json<Listed>, Problem> {
    let authority = caller.operators_authority()?;
    let WorkspaceChange { name, exposure_policy, suspended } = body.value;
    Ok(Json(
        change(
            &app,
            &authority,
            &path.workspace,
            Change { name, exposure_policy, suspended, ..Change::default() },
        )
        .await?,
    ))
}

/// Delete a workspace
///
/// It is gone for everyone and for good, with everybody who is or was in it and whom no other workspace knows: their keys are
/// destroyed. Its tokens answer `REVOKED`, and leaks of them are still told apart from false alarms.
#[utoipa::path(
    delete, path = "/v1/workspaces/{workspace}", tag = "Workspaces", security(("operator_key" = ["manage"])),
    params(WorkspacePath),
    responses((status = 204, description = "It is gone")),
)]
async fn delete_workspace(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
) -> Result<StatusCode, Problem> {
    let authority = caller.operators_authority()?;
    delete(&app, &authority, &path.workspace).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A member as is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberRequest {
    /// The mail address.
    #[schema(value_type = String, format = Email, min_length = 3, max_length = 254, example = "ana@example.com")]
    mail: Private,
    /// The name, in one line. Only the operator gives one.
    #[schema(
        value_type = Option<String>,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]+$",
        example = "Ana Lovelace"
    )]
    name: Option<Private>,
    /// The person's id in the product. Only the operator gives one; a person who has it gets this mail address, and whoever
    /// was known by that address alone is merged into them.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$", example = "user-17")]
    external_id: Option<String>,
    /// What the member may do: `member` if not said, or, of one who is there already, the role they have.
    role: Option<MemberRole>,
}

/// Add a member
///
/// Adds the person with this mail address (or `external_id`) to the workspace. Who is a member already gets the role, if one is given.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/members", operation_id = "add_member", tag = "Members", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(WorkspacePath, OnceKey),
    request_body = MemberRequest,
    responses(
        (status = 201, description = "A new member", body = ListedMember, example = json!({"role": "member"})),
        (status = 200, description = "The member was there already", body = ListedMember, example = json!({"role": "member"})),
        (
            status = 409, description = "The last owner would be gone, or the mail address is another person's",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 409, "code": "mail_taken", "title": "Conflict", "detail": "Another person has this mail address."}),
        ),
    ),
)]
async fn post_member(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    key: OnceKey,
    body: Body<MemberRequest>,
) -> Result<(StatusCode, Json<ListedMember>), Problem> {
    let authority = caller.authority_over(&app, &path.workspace).await?;
    let once = key.of(caller.name(), &format!("post_member {}", path.workspace), &body.digest);
    let MemberRequest { mail, name, external_id, role } = body.value;
    let wanted = NewMember { mail, name, external_id, role };
    Ok(match add_member(&app, &authority, &path.workspace, wanted, once).await? {
        Added::New(member) => (StatusCode::CREATED, Json(member)),
        Added::Known(member) => (StatusCode::OK, Json(member)),
    })
}

/// List members
///
/// Who is in the workspace now, the longest-standing first.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/members", operation_id = "list_members", tag = "Members", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(WorkspacePath, Page<MemberId>),
    responses((status = 200, description = "A page of members", body = MemberPage)),
)]
async fn get_members(
    State(app): State<App>,
    caller: Caller,
    path: WorkspacePath,
    page: Page<MemberId>,
) -> Result<Json<MemberPage>, Problem> {
    let authority = caller.authority_over(&app, &path.workspace).await?;
    Ok(Json(list_members(&app, &authority, &path.workspace, &page).await?))
}

/// Remove a member
///
/// The member's tokens stay: they belong to the workspace. The last owner cannot be removed.
#[utoipa::path(
    delete, path = "/v1/workspaces/{workspace}/members/{member}", operation_id = "remove_member", tag = "Members", security(("operator_key" = ["manage"]), ("workspace_token" = ["owner"])),
    params(MemberPath),
    responses(
        (status = 204, description = "The member is gone"),
        (
            status = 409, description = "The last owner would be gone",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 409, "code": "last_owner", "title": "Conflict", "detail": "A workspace always has at least one owner. Make somebody else an owner first."}),
        ),
    ),
)]
async fn delete_member(
    State(app): State<App>,
    caller: Caller,
    path: MemberPath,
) -> Result<StatusCode, Problem> {
    let authority = caller.authority_over(&app, &path.workspace).await?;
    remove_member(&app, &authority, &path.workspace, &path.member).await?;
    Ok(StatusCode::NO_CONTENT)
}
