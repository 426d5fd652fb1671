use seal::Index;
use serde_json::json;
use store::{Row, Tx, args};

use super::person::Checked;
use crate::{
    app::{App, Now},
    audit::{self, Entry},
    events::Event,
    ids::{MemberId, PersonId, WorkspaceId},
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
          AND other.role = 'owner' AND other.left_at IS NULL) AND role <> 'owner'
    RETURNING id, workspace_id, role";
const LEAVE: &str = "
    UPDATE members SET left_at = $3
    WHERE person_id = $2 AND left_at IS NULL AND EXISTS (
        SELECT 1 FROM members other
        WHERE other.workspace_id = members.workspace_id AND other.person_id = $1 AND other.left_at IS NULL)
    RETURNING id, workspace_id, role";
const MOVE: &str = "UPDATE members SET person_id = $1 WHERE person_id = $2";
const REMOVE: &str = "DELETE FROM people WHERE id = $1";

/// Merges whoever is known by this mail address alone into the person with this external id, and answers who that
/// was. That it was so is for the caller to put on record; what becomes of memberships is here.
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
    // Whoever signs in with that address has proved that it is theirs; the product's word does not take it away.
    if app.signs_in(tx, &other).await? {
        return Ok(None);
    }
    let raised = tx.rows(BETTER_ROLE, args![&known, &other]).await?;
    let left = tx.rows(LEAVE, args![&known, &other, now.when]).await?;
    note(tx, now, by, [&known, &other], &raised, &left).await?;
    app.person_became(tx, now, by, [&other, &known]).await?;
    tx.execute(MOVE, args![&known, &other]).await?;
    tx.execute(REMOVE, args![&other]).await?;
    now.vault.shred(tx, now.when, other.as_str()).await?;
    Ok(Some(other))
}

/// Says in the workspaces that both were in who has become an owner, and which of the two memberships has ended.
async fn note(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    [known, other]: [&PersonId; 2],
    raised: &[Row],
    left: &[Row],
) -> store::Result<()> {
    let of_row = |row: &Row| -> store::Result<(WorkspaceId, MemberId, String)> {
        Ok((row.get("workspace_id")?, row.get("id")?, row.get("role")?))
    };
    let raised = raised.iter().map(of_row).collect::<store::Result<Vec<_>>>()?;
    let left = left.iter().map(of_row).collect::<store::Result<Vec<_>>>()?;
    let entry =
        |workspace, event, member: &'_ MemberId, details| (workspace, event, member.to_string(), details);
    let became = raised.iter().map(|(workspace, member, role)| {
        let sides = json!({"person_id": known, "before": {"role": "member"}, "after": {"role": role}});
        entry(workspace, Event::MemberRoleChanged, member, sides)
    });
    let ended = left.iter().map(|(workspace, member, role)| {
        entry(workspace, Event::MemberRemoved, member, json!({"person_id": other, "role": role}))
    });
    let told: Vec<_> = became.chain(ended).collect();
    let entries = told.iter().map(|(workspace, event, target, details)| Entry {
        workspace: Some(workspace),
        actor: by.actor(),
        event: *event,
        target,
        details: details.clone(),
    });
    audit::record(tx, now, &entries.collect::<Vec<_>>()).await
}

async fn pair(tx: &mut Tx, both: Vec<store::Arg>) -> store::Result<Option<(PersonId, PersonId)>> {
    let row = tx.row(BOTH, both).await?;
    row.map(|row| Ok((row.get("known")?, row.get("other")?))).transpose()
}
