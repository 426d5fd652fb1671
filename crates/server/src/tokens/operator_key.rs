use token_format::{Secret, mint};

use super::{
    Listed, NewToken, Refusal, Role,
    create::{DESCRIPTION, Row, insert},
    list,
};
use crate::{
    app::App,
    permissions::{Authority, Scope},
    web::{Stop, line},
    workspaces,
};

/// Makes an operator key. Only the command line does: a key that could make keys would have all scopes.
pub async fn create_operator_key(
    app: &App,
    name: &str,
    scopes: &[Scope],
) -> Result<(Listed, Secret), Stop<Refusal>> {
    let by = Authority::on_this_machine();
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let wanted = NewToken {
        description: line("name", name, DESCRIPTION)?.into(),
        role: Role::Member,
        creator: None,
        expires_at: None,
        external_id: None,
    };
    let workspace = workspaces::operators_own(&mut tx, now).await?;
    let prefix = app.prefixes.current().operator();
    let secret = mint(&prefix, &mut |bytes| now.chance.fill(bytes));
    let row = Row { workspace: &workspace, wanted: &wanted, creator_id: None, scopes: Some(scopes) };
    let id = insert(&mut tx, now, &by, &row, &prefix, &secret).await?;
    let listed = list::show_in(&mut tx, now, &by, &id).await?;
    tx.commit().await?;
    Ok((listed, secret))
}
