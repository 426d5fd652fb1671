use std::collections::{BTreeSet, HashMap};

use seal::{Index, Private, Vault};
use store::{Arg, Db, Result, Row, Tx, args};

use crate::{
    app::{App, Now},
    columns::PERSON_MAIL,
    ids::{PersonId, WorkspaceId},
    mail,
};

const MEMBER: &str = "
    SELECT p.id AS id FROM people p JOIN members m ON m.person_id = p.id
    WHERE m.workspace_id = $1 AND (p.id = $2 OR p.mail_index IN ($3, $4)) AND (m.left_at IS NULL OR $5)
    ORDER BY m.id DESC LIMIT 1";

/// The person who is a member of the workspace and has this id or mail address.
pub async fn member_named(
    tx: &mut Tx,
    now: Now<'_>,
    workspace: &WorkspaceId,
    who: &Private,
) -> Result<Option<PersonId>> {
    let index = now.vault.index(&mut *tx).await?;
    let row = tx.row(MEMBER, named(index.as_ref(), workspace, who, false)).await?;
    row.map(|row| row.get("id")).transpose()
}

/// The same for one who may have left: who has ever been a member stays that.
pub async fn ever_member_named(
    app: &App,
    workspace: &WorkspaceId,
    who: &Private,
) -> Result<Option<PersonId>> {
    let index = app.vault.index(&app.db).await?;
    let row = app.db.row(MEMBER, named(index.as_ref(), workspace, who, true)).await?;
    row.map(|row| row.get("id")).transpose()
}

fn named(index: Option<&Index>, workspace: &WorkspaceId, who: &Private, left_too: bool) -> Vec<Arg> {
    let address = mail::address(who.expose()).ok();
    let nobody = || [Vec::<u8>::new().into(), Vec::<u8>::new().into()];
    let [current, former] =
        index.zip(address).map_or_else(nobody, |(index, address)| index.both(address.folded()));
    // What is no id stands in no column of ids, and PostgreSQL takes no NUL.
    let id: Option<PersonId> = who.expose().parse().ok();
    args![workspace, id.as_ref().map_or("", PersonId::as_str), current, former, left_too]
}

const MAILS: &str = "
    SELECT p.id AS id, p.mail AS mail FROM members m JOIN people p ON p.id = m.person_id
    WHERE m.workspace_id = $1 AND m.left_at IS NULL AND m.person_id IN ({each $})";

/// The mail addresses of these people, as far as they are members of the workspace. What became of one who has left is no longer
/// the workspace's business.
pub async fn mails_of<'a>(
    app: &App,
    workspace: &WorkspaceId,
    people: impl IntoIterator<Item = &'a PersonId>,
) -> Result<HashMap<PersonId, Private>> {
    let people: BTreeSet<&str> = people.into_iter().map(PersonId::as_str).collect();
    let list = people.into_iter().map(|id| args![id]).collect();
    let rows = app.db.rows_of_each(MAILS, &[workspace.into()], list).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["mail"]).await?;
    let of_row = |row: &Row| {
        let id: PersonId = row.get("id")?;
        Ok((id.clone(), opener.text(row, "mail", PERSON_MAIL.of(id.as_str(), ""))?))
    };
    rows.iter().map(of_row).collect()
}

/// An owner whom a mail is to reach.
pub struct Owner {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The person.
    pub person_id: PersonId,
    /// Their mail address.
    pub mail: Private,
}

const OWNERS: &str = "
    SELECT m.workspace_id AS workspace_id, p.id AS person_id, p.mail AS mail
    FROM members m JOIN people p ON p.id = m.person_id
    WHERE m.workspace_id IN ({each $}) AND m.role = 'owner' AND m.left_at IS NULL
    ORDER BY p.id";

/// Everybody who owns one of these workspaces.
pub async fn owners(db: &Db, vault: &Vault, workspaces: &[WorkspaceId]) -> Result<Vec<Owner>> {
    let rows = db.rows_of_each(OWNERS, &[], workspaces.iter().map(|id| args![id]).collect()).await?;
    let opener = vault.opener_of(db, &rows, &["mail"]).await?;
    let mut owners = Vec::with_capacity(rows.len());
    for row in &rows {
        let (workspace_id, person_id): (WorkspaceId, PersonId) =
            (row.get("workspace_id")?, row.get("person_id")?);
        match opener.text(row, "mail", PERSON_MAIL.of(person_id.as_str(), "")) {
            Ok(mail) => owners.push(Owner { workspace_id, person_id, mail }),
            // The others are to be told all the same.
            Err(fault) => {
                tracing::error!(person = %person_id, %fault, "an owner's mail address does not open");
            }
        }
    }
    Ok(owners)
}
