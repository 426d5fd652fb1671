use factors::LinkSecret;
use seal::{Opener, Private};
use store::{Result, Row, Tx, args};
use time_and_chance::Time;

use super::MOST;
use crate::{
    app::{App, Now},
    columns::{INVITATION_MAIL, WORKSPACE_NAME},
    ids::{InvitationId, PersonId, WorkspaceId},
    signin::link::Stands,
    workspaces::MemberRole,
};

/// An invitation as owners see it.
pub struct ListedInvitation {
    /// Its id.
    pub id: InvitationId,
    /// Who is invited.
    pub mail: Private,
    /// As what.
    pub role: MemberRole,
    /// When it was last sent.
    pub sent_at: Time,
    /// Until when it holds.
    pub expires_at: Time,
    /// Whether its time is over.
    pub is_late: bool,
}

const LIST: &str = "
    SELECT id, mail, role, sent_at, expires_at FROM invitations
    WHERE workspace_id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL ORDER BY id LIMIT $2";

/// The invitations of a workspace that nobody has accepted.
pub async fn list(app: &App, workspace: &WorkspaceId) -> Result<Vec<ListedInvitation>> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let rows = app.db.rows(LIST, args![workspace, most]).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["mail"]).await?;
    rows.iter().map(|row| of_row(row, &opener, workspace, app.clock.now())).collect()
}

/// The same inside a transaction that holds the workspace.
pub(super) async fn list_in(
    tx: &mut Tx,
    now: Now<'_>,
    workspace: &WorkspaceId,
) -> Result<Vec<ListedInvitation>> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let rows = tx.rows(LIST, args![workspace, most]).await?;
    let opener = now.vault.opener_of(tx, &rows, &["mail"]).await?;
    rows.iter().map(|row| of_row(row, &opener, workspace, now.when)).collect()
}

fn of_row(row: &Row, opener: &Opener, workspace: &WorkspaceId, when: Time) -> Result<ListedInvitation> {
    let id: InvitationId = row.get("id")?;
    let expires_at: Time = row.get("expires_at")?;
    Ok(ListedInvitation {
        mail: opener.text(row, "mail", INVITATION_MAIL.of(id.as_str(), workspace.as_str()))?,
        id,
        role: MemberRole::of_name(&row.get::<String>("role")?),
        sent_at: row.get("sent_at")?,
        expires_at,
        is_late: expires_at <= when,
    })
}

/// An invitation as whoever got it sees it.
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// How it stands.
    pub stands: Stands,
    /// Into which workspace.
    pub workspace: WorkspaceId,
    /// What that is called.
    pub workspace_name: Private,
    /// Whom it was sent to.
    pub mail: Private,
    /// As what.
    pub role: MemberRole,
    /// Who has invited them.
    pub invited_by: Option<PersonId>,
    /// The digest of the link that it was found by.
    pub(super) digest: Vec<u8>,
}

const FIND: &str = "
    SELECT i.id AS id, i.workspace_id AS workspace_id, mail, i.role AS role, invited_by, expires_at, accepted_at, withdrawn_at,
           w.name AS name,
           EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = i.workspace_id AND m.person_id = invited_by
                   AND m.role = 'owner' AND m.left_at IS NULL) AS stands
    FROM invitations i JOIN workspaces w ON w.id = i.workspace_id
    WHERE digest = $1 AND w.deleted_at IS NULL";

/// The invitation with this secret.
pub async fn find(app: &App, secret: &str) -> Result<Option<Invitation>> {
    let Some(secret) = LinkSecret::parse(secret) else { return Ok(None) };
    let digest = secret.digest().as_bytes().to_vec();
    let rows = app.db.rows(FIND, args![&digest[..]]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let opener = app.vault.opener_of(&app.db, &rows, &["mail", "name"]).await?;
    let (id, workspace): (InvitationId, WorkspaceId) = (row.get("id")?, row.get("workspace_id")?);
    let is_past = |name| row.get::<Option<Time>>(name).map(|at| at.is_some());
    let stands = if is_past("accepted_at")? {
        Stands::Used
    } else if is_past("withdrawn_at")? || !row.get::<bool>("stands")? {
        Stands::Withdrawn
    } else if row.get::<Time>("expires_at")? <= app.clock.now() {
        Stands::Late
    } else {
        Stands::Good
    };
    Ok(Some(Invitation {
        stands,
        mail: opener.text(row, "mail", INVITATION_MAIL.of(id.as_str(), workspace.as_str()))?,
        workspace_name: opener.text(
            row,
            "name",
            WORKSPACE_NAME.of(workspace.as_str(), workspace.as_str()),
        )?,
        role: MemberRole::of_name(&row.get::<String>("role")?),
        invited_by: row.get("invited_by")?,
        id,
        workspace,
        digest,
    }))
}
