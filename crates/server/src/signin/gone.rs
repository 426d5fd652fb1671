//! People who go, with the last workspace that knew them or because they turned out to be somebody else: what signed them in goes in the
//! same transaction. Attempts of theirs open nothing without them, and are forgotten within a day.

use store::{Result, Tx, args};

use crate::ids::PersonId;

const GONE: [&str; 8] = [
    "DELETE FROM passwords WHERE person_id IN ({each $})",
    "DELETE FROM authenticators WHERE person_id IN ({each $})",
    "DELETE FROM passkeys WHERE person_id IN ({each $})",
    "DELETE FROM passkey_handles WHERE person_id IN ({each $})",
    "DELETE FROM recovery_codes WHERE person_id IN ({each $})",
    "DELETE FROM sessions WHERE person_id IN ({each $})",
    "DELETE FROM browsers WHERE person_id IN ({each $})",
    "DELETE FROM links WHERE person_id IN ({each $})",
];

/// Deletes what has signed these people in.
pub async fn forget(tx: &mut Tx, people: &[String]) -> Result<()> {
    for statement in GONE {
        let rows = people.iter().map(|person| args![person]).collect();
        tx.execute_each(statement, &[], rows).await?;
    }
    Ok(())
}

const HAS_SIGN_IN: &str = "
    SELECT EXISTS (SELECT 1 FROM passwords WHERE person_id = $1)
        OR EXISTS (SELECT 1 FROM passkeys WHERE person_id = $1) AS has";

/// Whether a person signs in here: they have proved that their address is theirs.
pub async fn signs_in(tx: &mut Tx, person: &PersonId) -> Result<bool> {
    tx.row(HAS_SIGN_IN, args![person]).await?.map_or(Ok(false), |row| row.get("has"))
}
