use serde_json::json;
use store::args;

use super::MemberRole;
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    ids::{MemberId, PersonId, WorkspaceId},
    permissions::Authority,
    web::Stop,
    workspaces::{Refusal, hold},
};

const FIND: &str =
    "SELECT person_id, role FROM members WHERE id = $1 AND workspace_id = $2 AND left_at IS NULL";
const CHANGE: &str = "
    UPDATE members SET role = $2
    WHERE id = $1 AND ($2 = 'owner' OR EXISTS (
        SELECT 1 FROM members other
        WHERE other.workspace_id = members.workspace_id AND other.id <> members.id
          AND other.role = 'owner' AND other.left_at IS NULL))";

/// Makes a member an owner, or an owner a member. The last owner stays one.
pub async fn change_role(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    member: &MemberId,
    role: MemberRole,
) -> Result<(), Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    let row = tx.row(FIND, args![member, workspace]).await?.ok_or(Stop::Refused(Refusal::NoMember))?;
    let person: PersonId = row.get("person_id")?;
    let before = MemberRole::of_name(&row.get::<String>("role")?);
    if before == role {
        return Ok(());
    }
    if tx.execute(CHANGE, args![member, role.name()]).await? == 0 {
        return Err(Stop::Refused(Refusal::LastOwner));
    }
    let entry = Entry {
        workspace: Some(workspace),
        actor: by.actor(),
        event: Event::MemberRoleChanged,
        target: member.as_str(),
        details: json!({"person_id": person, "before": {"role": before}, "after": {"role": role}}),
    };
    audit::record(&mut tx, now, &[entry]).await?;
    tx.commit().await?;
    Ok(())
}
