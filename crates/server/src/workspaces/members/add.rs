use seal::Private;
use serde_json::json;
use store::{Tx, args};

use super::{ListedMember, MemberRole, list};
use crate::{
    app::{App, Now},
    audit::{self, Entry},
    events::Event,
    ids::{MemberId, PersonId, WorkspaceId},
    permissions::Authority,
    web::{Once, Stop, again},
    workspaces::{Refusal, hold, person},
};

/// A member as is asked for.
pub struct NewMember {
    /// The person's mail address.
    pub mail: Private,
    /// The person's name; only the operator gives one.
    pub name: Option<Private>,
    /// The person's id in the product; only the operator gives one.
    pub external_id: Option<String>,
    /// What the member may do; of one who is there already, the role stays when none is given.
    pub role: Option<MemberRole>,
}

/// What came of it.
pub enum Added {
    /// A new member.
    New(ListedMember),
    /// A member who was there already, with the role that was asked for.
    Known(ListedMember),
}

/// Adds a person to a workspace, or gives a member another role.
pub async fn add_member(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    wanted: NewMember,
    once: Option<Once>,
) -> Result<Added, Stop<Refusal>> {
    let wanted = person::checked(by, wanted)?;
    again(|| add_checked(app, by, workspace, &wanted, once.as_ref())).await
}

async fn add_checked(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    wanted: &person::Checked,
    once: Option<&Once>,
) -> Result<Added, Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    if let Some(once) = once
        && let Some(made) = once.claim(&mut tx, now).await?
    {
        return Ok(Added::Known(list::show_in(&mut tx, now, by, &MemberId::trusted(made)).await?));
    }
    let (id, new) = add(app, &mut tx, now, by, workspace, wanted).await?;
    if let Some(once) = once {
        once.made(&mut tx, id.as_str()).await?;
    }
    let member = list::show_in(&mut tx, now, by, &id).await?;
    tx.commit().await?;
    Ok(if new { Added::New(member) } else { Added::Known(member) })
}

const FIND: &str =
    "SELECT id, role FROM members WHERE workspace_id = $1 AND person_id = $2 AND left_at IS NULL";
const INSERT: &str = "
    INSERT INTO members (id, workspace_id, person_id, role, created_at) VALUES ($1, $2, $3, $4, $5)";
const CHANGE: &str = "
    UPDATE members SET role = $2
    WHERE id = $1 AND ($2 = 'owner' OR EXISTS (
        SELECT 1 FROM members other
        WHERE other.workspace_id = members.workspace_id AND other.id <> members.id
          AND other.role = 'owner' AND other.left_at IS NULL))";

/// Adds a person to a workspace that is held (or new), and answers the member and whether it is a new one.
pub(in crate::workspaces) async fn add(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    workspace: &WorkspaceId,
    wanted: &person::Checked,
) -> Result<(MemberId, bool), Stop<Refusal>> {
    let person = person::upsert(app, tx, now, by, wanted).await?;
    put(tx, now, by, workspace, &person, wanted.role).await
}

/// The same of a person who is there. An owner stays one.
pub(in crate::workspaces) async fn join(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    workspace: &WorkspaceId,
    person: &PersonId,
    role: MemberRole,
) -> store::Result<MemberId> {
    let raised = (role == MemberRole::Owner).then_some(role);
    match put(tx, now, by, workspace, person, raised).await {
        Ok((id, _)) => Ok(id),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(Stop::Refused(_)) => Err(store::Fault::Row("nobody ceases to be an owner by joining".to_owned())),
    }
}

async fn put(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    workspace: &WorkspaceId,
    person: &PersonId,
    wanted: Option<MemberRole>,
) -> Result<(MemberId, bool), Stop<Refusal>> {
    let found = tx.row(FIND, args![workspace, person]).await?;
    let (id, event, details) = match found {
        None => {
            let id = MemberId::new(now.when, now.chance);
            let role = wanted.unwrap_or(MemberRole::Member);
            tx.execute(INSERT, args![&id, workspace, person, role.name(), now.when]).await?;
            (id, Event::MemberAdded, json!({"person_id": person, "role": role}))
        }
        Some(row) => {
            let (id, present) = (row.get("id")?, MemberRole::of_name(&row.get::<String>("role")?));
            let role = wanted.unwrap_or(present);
            if role == present {
                return Ok((id, false));
            }
            if tx.execute(CHANGE, args![&id, role.name()]).await? == 0 {
                return Err(Stop::Refused(Refusal::LastOwner));
            }
            let sides = json!({"person_id": person, "before": {"role": present}, "after": {"role": role}});
            (id, Event::MemberRoleChanged, sides)
        }
    };
    let entry = Entry { workspace: Some(workspace), actor: by.actor(), event, target: id.as_str(), details };
    audit::record(tx, now, &[entry]).await?;
    Ok((id, event == Event::MemberAdded))
}
