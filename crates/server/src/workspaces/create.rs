use seal::{Private, Sealed};
use serde_json::json;
use store::{Tx, args};

use super::{Listed, MemberRole, NewMember, Refusal, change::sides, list, members, person};
use crate::{
    app::{App, Now},
    audit::{self, Entry},
    columns::WORKSPACE_NAME,
    config::Policy,
    events::Event,
    ids::{PersonId, WorkspaceId},
    permissions::Authority,
    web::{Once, Stop, again, line, private_line},
};

/// A workspace as it is asked for.
pub struct NewWorkspace {
    /// Its name.
    pub name: Private,
    /// Its id in the product. A workspace that has it already is changed instead.
    pub external_id: Option<String>,
    /// What happens to a token that is found in public.
    pub exposure_policy: Option<Policy>,
    /// Its first owner. One who already is an owner stays one, and nobody else ceases to be.
    pub owner: NewMember,
}

/// What came of it.
pub enum Created {
    /// A new workspace.
    New(Listed),
    /// The workspace that was there already.
    Known(Listed),
}

/// The longest name, and the longest external id.
pub(super) const LONGEST: usize = 200;

// The conflict is what makes it safe for two at once: the second waits, inserts nothing, and updates what the first made.
const INSERT: &str = "
    INSERT INTO workspaces (id, kind, external_id, exposure_policy, created_at)
    VALUES ($1, 'customer', $2, $3, $4)
    ON CONFLICT DO NOTHING";
const KNOWN: &str = "
    SELECT id FROM workspaces WHERE external_id = $1 AND deleted_at IS NULL AND kind = 'customer' {lock}";
// The name is sealed for its row, so that comes first.
const UPDATE: &str = "
    UPDATE workspaces SET name = $2, exposure_policy = COALESCE(CAST($3 AS TEXT), exposure_policy) WHERE id = $1";

/// Makes a workspace with its first owner, or changes the one that has its external id.
pub async fn create(
    app: &App,
    by: &Authority,
    wanted: NewWorkspace,
    once: Option<Once>,
) -> Result<Created, Stop<Refusal>> {
    let wanted = Checked {
        name: private_line("name", &wanted.name, LONGEST)?,
        external_id: wanted.external_id.map(|id| line("external_id", &id, LONGEST)).transpose()?,
        policy: wanted.exposure_policy.map(Policy::name),
        owner: person::checked(by, NewMember { role: Some(MemberRole::Owner), ..wanted.owner })?,
    };
    again(|| create_checked(app, by, &wanted, once.as_ref())).await
}

/// A workspace as it is asked for, checked.
struct Checked {
    name: Private,
    external_id: Option<String>,
    policy: Option<&'static str>,
    owner: person::Checked,
}

async fn create_checked(
    app: &App,
    by: &Authority,
    wanted: &Checked,
    once: Option<&Once>,
) -> Result<Created, Stop<Refusal>> {
    let Checked { name, external_id, policy, owner } = wanted;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if let Some(once) = once
        && let Some(made) = once.claim(&mut tx, now).await?
    {
        return Ok(Created::Known(list::show_in(&mut tx, now, by, &WorkspaceId::trusted(made)).await?));
    }
    let id = WorkspaceId::new(now.when, now.chance);
    let new = tx.execute(INSERT, args![&id, external_id.as_ref(), *policy, now.when]).await? == 1;
    let (id, before) = if new {
        (id, None)
    } else {
        let row = tx.row(KNOWN, args![external_id.as_ref()]).await?;
        // The external id is a deleted workspace's: it stays that one's, whose leaked tokens are still known by it.
        let row = row.ok_or(Stop::Refused(Refusal::DeletedHasIt))?;
        let id = row.get("id")?;
        let before = list::show_in(&mut tx, now, by, &id).await?;
        (id, Some(before))
    };
    let sealed = sealed_name(&mut tx, now, &id, name).await?;
    tx.execute(UPDATE, args![&id, sealed, *policy]).await?;
    if before.is_none() {
        // Nobody else can wait for a chain that is begun here.
        let details = json!({"name": name, "exposure_policy": policy});
        note(&mut tx, now, by, Event::WorkspaceCreated, &id, details).await?;
    }
    members::add(app, &mut tx, now, by, &id, owner).await?;
    let listed = list::show_in(&mut tx, now, by, &id).await?;
    if let Some(before) = &before {
        // After the member: people are held before a chain of the audit is, as everywhere.
        note(&mut tx, now, by, Event::WorkspaceChanged, &id, sides(before, &listed)).await?;
    }
    if let Some(once) = once {
        once.made(&mut tx, id.as_str()).await?;
    }
    tx.commit().await?;
    Ok(if new { Created::New(listed) } else { Created::Known(listed) })
}

/// Makes a workspace for somebody who has just come, and makes them its owner.
pub async fn found(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    name: &Private,
    owner: &PersonId,
) -> store::Result<WorkspaceId> {
    let id = WorkspaceId::new(now.when, now.chance);
    tx.execute(INSERT, args![&id, None::<&String>, None::<&str>, now.when]).await?;
    let sealed = sealed_name(tx, now, &id, name).await?;
    tx.execute(UPDATE, args![&id, sealed, None::<&str>]).await?;
    note(tx, now, by, Event::WorkspaceCreated, &id, json!({"name": name})).await?;
    members::join(tx, now, by, &id, owner, MemberRole::Owner).await?;
    Ok(id)
}

/// A workspace's name, sealed with its key, which is made if it is new.
pub(super) async fn sealed_name(
    tx: &mut Tx,
    now: Now<'_>,
    id: &WorkspaceId,
    name: &Private,
) -> store::Result<Sealed> {
    let keys = now.keys(tx, [id.as_str()]).await?;
    Ok(keys.of(id.as_str())?.seal(now.chance, WORKSPACE_NAME.of(id.as_str(), id.as_str()), name))
}

/// Writes down what happened to a workspace.
pub(super) async fn note(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    event: Event,
    id: &WorkspaceId,
    details: serde_json::Value,
) -> store::Result<()> {
    let entry = Entry { workspace: Some(id), actor: by.actor(), event, target: id.as_str(), details };
    audit::record(tx, now, &[entry]).await
}
