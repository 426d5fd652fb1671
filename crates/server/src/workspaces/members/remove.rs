use serde_json::json;
use store::args;

use crate::{
    app::App,
    audit::{self, Actor, Entry},
    events::Event,
    ids::{MemberId, PersonId, WorkspaceId},
    mail,
    permissions::{Authority, Over},
    web::Stop,
    workspaces::{Refusal, hold},
};

const REMOVE: &str = "
    UPDATE members SET left_at = $3
    WHERE id = $1 AND workspace_id = $2 AND left_at IS NULL AND (role <> 'owner' OR EXISTS (
        SELECT 1 FROM members other
        WHERE other.workspace_id = $2 AND other.id <> $1 AND other.role = 'owner' AND other.left_at IS NULL))
    RETURNING person_id, role";
const EXISTS: &str = "SELECT 1 AS one FROM members WHERE id = $1 AND workspace_id = $2 AND left_at IS NULL";
const BY_MAIL: &str = "
    SELECT m.id AS id FROM members m JOIN people p ON p.id = m.person_id
    WHERE m.workspace_id = $1 AND p.mail_index IN ($2, $3) AND m.left_at IS NULL";

/// Removes a member. The last owner stays: the workspace is held, so that two owners who remove each other at once
/// don't both succeed.
pub async fn remove_member(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    member: &MemberId,
) -> Result<(), Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    let Some(row) = tx.row(REMOVE, args![member, workspace, now.when]).await? else {
        let exists = tx.row(EXISTS, args![member, workspace]).await?.is_some();
        return Err(Stop::Refused(if exists { Refusal::LastOwner } else { Refusal::NoMember }));
    };
    let person: PersonId = row.get("person_id")?;
    let entry = Entry {
        workspace: Some(workspace),
        actor: by.actor(),
        event: Event::MemberRemoved,
        target: member.as_str(),
        details: json!({"person_id": person, "role": row.get::<String>("role")?}),
    };
    audit::record(&mut tx, now, &[entry]).await?;
    tx.commit().await?;
    Ok(())
}

const OF_PERSON: &str =
    "SELECT id FROM members WHERE workspace_id = $1 AND person_id = $2 AND left_at IS NULL";

/// Takes somebody out of a workspace by their own wish. Its last owner stays.
pub async fn leave(app: &App, workspace: &WorkspaceId, person: &PersonId) -> Result<(), Stop<Refusal>> {
    let row = app.db.row(OF_PERSON, args![workspace, person]).await?;
    let member: MemberId = row.ok_or(Stop::Refused(Refusal::NoWorkspace))?.get("id")?;
    let by = Authority::new(Over::Workspace(workspace.clone()), Actor::Person(person.clone()));
    remove_member(app, &by, workspace, &member).await
}

/// Removes the member with this mail address.
pub async fn remove_member_by_mail(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    mail: &str,
) -> Result<(), Stop<Refusal>> {
    let address = mail::address(mail).map_err(|_| Stop::Refused(Refusal::NotAnAddress))?;
    let index = app.vault.index(&app.db).await?.ok_or(Stop::Refused(Refusal::NoMember))?;
    let [current, former] = index.both(address.folded());
    let row = app.db.row(BY_MAIL, args![workspace, current, former]).await?;
    let member: MemberId = row.ok_or(Stop::Refused(Refusal::NoMember))?.get("id")?;
    remove_member(app, by, workspace, &member).await
}
