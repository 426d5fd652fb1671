use store::{Result, args};

use crate::{app::App, ids::WorkspaceId};

const BY_MAIL: &str = "
    SELECT COUNT(*) AS owners FROM members m
    WHERE m.workspace_id = $1 AND m.role = 'owner' AND m.left_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM authenticators a WHERE a.person_id = m.person_id AND a.confirmed_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = m.person_id)";

/// How many owners of a workspace have neither an authenticator nor a passkey.
pub async fn owners_by_mail_alone(app: &App, workspace: &WorkspaceId) -> Result<i64> {
    let row = app.db.row(BY_MAIL, args![workspace]).await?;
    row.map_or(Ok(0), |row| row.get("owners"))
}
