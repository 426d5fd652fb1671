use std::collections::HashMap;

use seal::Private;
use store::{Result, args};

use super::beginning;
use crate::{
    app::App,
    columns::TOKEN_DESCRIPTION,
    ids::{TokenId, WorkspaceId},
};

/// What people call a token by.
pub struct Named {
    /// What it is for.
    pub description: Private,
    /// How its present secret begins.
    pub beginning: String,
}

const NAMED: &str = "
    SELECT id, description, prefix, hint FROM tokens WHERE workspace_id = $1 AND id IN ({each $})";

/// What people call these tokens by, as far as they are the workspace's.
pub async fn named<'a>(
    app: &App,
    workspace: &WorkspaceId,
    ids: impl IntoIterator<Item = &'a TokenId>,
) -> Result<HashMap<TokenId, Named>> {
    let list: Vec<_> = ids.into_iter().map(|id| args![id]).collect();
    let rows = app.db.rows_of_each(NAMED, &[workspace.into()], list).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["description"]).await?;
    let of_row = |row: &store::Row| {
        let id: TokenId = row.get("id")?;
        let place = TOKEN_DESCRIPTION.of(id.as_str(), workspace.as_str());
        let (prefix, hint): (Option<String>, Option<String>) = (row.get("prefix")?, row.get("hint")?);
        let description = opener.text(row, "description", place)?;
        Ok((id, Named { description, beginning: beginning(prefix.as_deref(), hint.as_deref()) }))
    };
    rows.iter().map(of_row).collect()
}
