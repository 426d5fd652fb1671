use store::{Result, Tx, args};
use time_and_chance::Time;

use super::session::Ending;

const END_SESSIONS: &str =
    "UPDATE sessions SET ended_at = $1, ended_why = $2 WHERE ended_at IS NULL AND expires_at > $1";
const UNMADE: [&str; 2] = ["DELETE FROM attempts", "DELETE FROM handovers"];
const WITHDRAWN: [&str; 2] = [
    "UPDATE links SET withdrawn_at = $1 WHERE used_at IS NULL AND withdrawn_at IS NULL",
    "UPDATE invitations SET withdrawn_at = $1 WHERE accepted_at IS NULL AND withdrawn_at IS NULL",
];

/// Lets nothing in that came out of a backup: a session may have been ended since, a link used, an invitation withdrawn, and the
/// backup knows nothing of it. People sign in once more. There is no entry in the audit, which takes keys that a restore may be without:
/// that there was one stands in its heads.
pub async fn restored(tx: &mut Tx, when: Time) -> Result<()> {
    tx.execute(END_SESSIONS, args![when, Ending::Restored.name()]).await?;
    for statement in UNMADE {
        tx.execute(statement, args![]).await?;
    }
    for statement in WITHDRAWN {
        tx.execute(statement, args![when]).await?;
    }
    Ok(())
}
