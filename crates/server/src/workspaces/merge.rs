use seal::Index;
use store::{Tx, args};

use super::person::Checked;
use crate::{
    app::{App, Now},
    ids::PersonId,
    permissions::Authority,
};

const BOTH: &str = "
    SELECT known.id AS known, other.id AS other
    FROM people known JOIN people other ON other.id <> known.id
    WHERE known.external_id = $1 AND other.mail_index IN ($2, $3) AND other.external_id IS NULL";
const HOLD: &str = "SELECT id FROM people WHERE id IN ($1, $2) ORDER BY id {lock}";
// Who makes a token holds its workspace and looks at the members: afterwards they find the one who is left.
const HOLD_WORKSPACES: &str = "
    SELECT id FROM workspaces
    WHERE id IN (SELECT workspace_id FROM members WHERE person_id = $1 AND left_at IS NULL)
    ORDER BY id {lock}";
const BETTER_ROLE: &str = "
    UPDATE members SET role = 'owner'
    WHERE person_id = $1 AND left_at IS NULL AND EXISTS (
        SELECT 1 FROM members other
        WHERE other.workspace_id = members.workspace_id AND other.person_id = $2
          AND other.role = 'owner' AND other.left_at IS NULL)";
const LEAVE: &str = "
    UPDATE members SET left_at = $3
    WHERE person_id = $2 AND left_at IS NULL AND EXISTS (
        SELECT 1 FROM members other
        WHERE other.workspace_id = members.workspace_id AND other.person_id = $1 AND other.left_at IS NULL)";
const MOVE: &str = "UPDATE members SET person_id = $1 WHERE person_id = $2";
const REMOVE: &str = "DELETE FROM people WHERE id = $1";

/// Merges whoever is known by this mail address alone into the person with this external id, and answers who that
/// was. Whoever calls it puts that on record.
///
/// One address is one person. Without this, an owner who adds an address that the product is about to report for somebody
/// keeps the product from ever doing so. Only an external id leads here, and only the operator gives one.
pub(super) async fn merge(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    index: &Index,
    wanted: &Checked,
) -> store::Result<Option<PersonId>> {
    let Some(external_id) = &wanted.external_id else { return Ok(None) };
    let [current, former] = index.both(wanted.address.folded());
    let both = args![external_id, current, former];
    let Some((known, other)) = pair(tx, both.clone()).await? else { return Ok(None) };
    tx.rows(HOLD, args![&known, &other]).await?;
    tx.rows(HOLD_WORKSPACES, args![&other]).await?;
    // Again, now that they are locked: one of them may have got another address or id meanwhile.
    let Some((known, other)) = pair(tx, both).await?.filter(|pair| *pair == (known, other)) else {
        return Ok(None);
    };
    tx.execute(BETTER_ROLE, args![&known, &other]).await?;
    tx.execute(LEAVE, args![&known, &other, now.when]).await?;
    app.creator_became(tx, now, by, [&other, &known]).await?;
    tx.execute(MOVE, args![&known, &other]).await?;
    tx.execute(REMOVE, args![&other]).await?;
    now.vault.shred(tx, now.when, other.as_str()).await?;
    Ok(Some(other))
}

async fn pair(tx: &mut Tx, both: Vec<store::Arg>) -> store::Result<Option<(PersonId, PersonId)>> {
    let row = tx.row(BOTH, both).await?;
    row.map(|row| Ok((row.get("known")?, row.get("other")?))).transpose()
}
