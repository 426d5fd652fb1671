use seal::{Opener, Private};
use serde::Serialize;
use store::{Result, Row, Tx, args};
use time_and_chance::Time;
use utoipa::ToSchema;

use super::MemberRole;
use crate::permissions::Authority;
use crate::{
    app::{App, Now},
    columns::{PERSON_MAIL, PERSON_NAME},
    ids::{self, MemberId, PersonId, WorkspaceId},
    web::Page,
};

/// A member as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub struct ListedMember {
    /// The member's id.
    #[schema(value_type = ids::Member)]
    pub id: MemberId,
    /// The person's id, the same in every workspace.
    #[schema(value_type = ids::Person)]
    pub person_id: PersonId,
    /// The person's mail address.
    #[schema(value_type = String, example = "ana@example.com")]
    pub mail: Private,
    /// The person's name; shown to the operator alone.
    #[schema(value_type = Option<String>, required, example = "Ana Lovelace")]
    pub name: Option<Private>,
    /// The person's id in the product; shown to the operator alone.
    #[schema(required, example = "user-17")]
    pub external_id: Option<String>,
    /// What the member may do.
    pub role: MemberRole,
    /// Since when.
    #[schema(value_type = String, format = DateTime, example = "2026-09-01T08:30:00Z")]
    pub created_at: Time,
}

/// A page of members, the longest-standing first.
#[derive(Serialize, ToSchema)]
pub struct MemberPage {
    /// The members.
    pub items: Vec<ListedMember>,
    /// Where the next page begins, if there is one: give it as `cursor`.
    #[schema(required)]
    pub next: Option<String>,
}

const LIST: &str = "
    SELECT m.id AS id, m.person_id AS person_id, p.mail AS mail, p.name AS name, p.external_id AS external_id,
           m.role AS role, m.created_at AS created_at
    FROM members m JOIN people p ON p.id = m.person_id
    WHERE m.workspace_id = $1 AND m.left_at IS NULL AND m.id > COALESCE(CAST($2 AS TEXT), '')
    ORDER BY m.id LIMIT $3";
const SHOW: &str = "
    SELECT m.id AS id, m.person_id AS person_id, p.mail AS mail, p.name AS name, p.external_id AS external_id,
           m.role AS role, m.created_at AS created_at
    FROM members m JOIN people p ON p.id = m.person_id
    WHERE m.id = $1";

/// The members of a workspace.
pub async fn list_members(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    page: &Page<MemberId>,
) -> Result<MemberPage> {
    let rows = app.db.rows(LIST, args![workspace, page.after(), page.look_ahead()]).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["mail", "name"]).await?;
    let items = rows.iter().map(|row| of_row(row, &opener, by)).collect::<Result<Vec<_>>>()?;
    let (items, next) = page.cut(items, |member| &member.id);
    Ok(MemberPage { items, next })
}

/// A member, inside a transaction that has just made or found it.
pub(super) async fn show_in(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    id: &MemberId,
) -> Result<ListedMember> {
    let rows = tx.rows(SHOW, args![id]).await?;
    let opener = now.vault.opener_of(tx, &rows, &["mail", "name"]).await?;
    let row = rows.first().ok_or_else(|| store::Fault::Row("a member without a person".to_owned()))?;
    of_row(row, &opener, by)
}

/// A person's name and product id are the operator's: an owner who adds a mail address must not learn whose it is.
fn of_row(row: &Row, opener: &Opener, by: &Authority) -> Result<ListedMember> {
    let person: PersonId = row.get("person_id")?;
    let name = opener.column(row, "name", PERSON_NAME.of(person.as_str(), ""))?;
    Ok(ListedMember {
        id: row.get("id")?,
        mail: opener.text(row, "mail", PERSON_MAIL.of(person.as_str(), ""))?,
        person_id: person,
        name: name.filter(|_| by.is_operators()),
        external_id: row.get::<Option<String>>("external_id")?.filter(|_| by.is_operators()),
        role: MemberRole::of_name(&row.get::<String>("role")?),
        created_at: row.get("created_at")?,
    })
}
