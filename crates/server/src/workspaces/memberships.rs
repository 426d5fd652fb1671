use seal::{Opener, Private};
use store::{Result, Row, args};

use super::MemberRole;
use crate::{
    app::App,
    columns::WORKSPACE_NAME,
    ids::{MemberId, PersonId, WorkspaceId},
};

/// A workspace that a person is in.
#[derive(Clone)]
pub struct Membership {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Its name.
    pub name: Private,
    /// The person as its member.
    pub member_id: MemberId,
    /// What they may do.
    pub role: MemberRole,
    /// Whether it lets nobody in whose second factor is mail.
    pub strong_factor: bool,
}

// The one that is asked for is among them, however many there are.
const OF_PERSON: &str = "
    SELECT w.id AS workspace_id, w.name AS name, w.strong_factor AS strong_factor, m.id AS member_id, m.role AS role
    FROM members m JOIN workspaces w ON w.id = m.workspace_id
    WHERE m.person_id = $1 AND m.left_at IS NULL AND w.deleted_at IS NULL AND w.kind = 'customer'
    ORDER BY CASE WHEN w.id = $2 THEN 0 ELSE 1 END, w.id LIMIT 50";

/// The workspaces that a person is in, at most 50: first the one that is asked for, if they are in it, then the oldest.
pub async fn memberships(
    app: &App,
    person: &PersonId,
    first: Option<&WorkspaceId>,
) -> Result<Vec<Membership>> {
    let rows = app.db.rows(OF_PERSON, args![person, first.map_or("", WorkspaceId::as_str)]).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["name"]).await?;
    rows.iter().map(|row| of_row(row, &opener)).collect()
}

fn of_row(row: &Row, opener: &Opener) -> Result<Membership> {
    let id: WorkspaceId = row.get("workspace_id")?;
    Ok(Membership {
        name: opener.text(row, "name", WORKSPACE_NAME.of(id.as_str(), id.as_str()))?,
        workspace_id: id,
        member_id: row.get("member_id")?,
        role: MemberRole::of_name(&row.get::<String>("role")?),
        strong_factor: row.get("strong_factor")?,
    })
}
