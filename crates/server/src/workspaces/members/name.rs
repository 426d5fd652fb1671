use store::{Arg, Db, Result, Tx, args};

use crate::{
    ids::{PersonId, WorkspaceId},
    mail,
};

const MEMBER: &str = "
    SELECT p.id AS id FROM people p JOIN members m ON m.person_id = p.id
    WHERE m.workspace_id = $1 AND (p.id = $2 OR p.mail_folded = $3) AND (m.left_at IS NULL OR $4)
    ORDER BY m.id DESC LIMIT 1";

/// The person who is a member of the workspace and has this id or mail address.
pub async fn member_named(tx: &mut Tx, workspace: &WorkspaceId, who: &str) -> Result<Option<PersonId>> {
    tx.row(MEMBER, named(workspace, who, false)).await?.map(|row| row.get("id")).transpose()
}

/// The same for one who may have left: who has ever been a member stays that.
pub async fn ever_member_named(db: &Db, workspace: &WorkspaceId, who: &str) -> Result<Option<PersonId>> {
    db.row(MEMBER, named(workspace, who, true)).await?.map(|row| row.get("id")).transpose()
}

fn named(workspace: &WorkspaceId, who: &str, left_too: bool) -> Vec<Arg> {
    // No id and no address has a control character, and PostgreSQL takes no NUL.
    let who = if who.chars().any(char::is_control) { "" } else { who };
    let folded = mail::address(who).map(|address| address.folded().to_owned()).unwrap_or_default();
    args![workspace, who, folded, left_too]
}

/// An owner whom a mail is to reach.
pub struct Owner {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The person.
    pub person_id: PersonId,
    /// Their mail address.
    pub mail: String,
}

const OWNERS: &str = "
    SELECT m.workspace_id AS workspace_id, p.id AS person_id, p.mail AS mail
    FROM members m JOIN people p ON p.id = m.person_id
    WHERE m.workspace_id IN ({each $}) AND m.role = 'owner' AND m.left_at IS NULL
    ORDER BY p.id";

/// Everybody who owns one of these workspaces.
pub async fn owners(db: &Db, workspaces: &[WorkspaceId]) -> Result<Vec<Owner>> {
    let rows = db.rows_of_each(OWNERS, &[], workspaces.iter().map(|id| args![id]).collect()).await?;
    let owner = |row: &store::Row| {
        Ok(Owner {
            workspace_id: row.get("workspace_id")?,
            person_id: row.get("person_id")?,
            mail: row.get("mail")?,
        })
    };
    rows.iter().map(owner).collect()
}
