//! People who go: with the last workspace that knew them, or because they turned out to be somebody else. What signed them in goes in the
//! same transaction. Attempts of theirs open nothing without them, and are forgotten within a day.

use seal::{Field, Keys};
use store::{Result, Row, Tx, args};

use crate::{
    app::Now,
    columns::{AUTHENTICATOR_SECRET, PASSKEY, PASSKEY_NAME, PASSWORD_HASH},
    ids::PersonId,
};

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
const MOVE_CODES: &str = "UPDATE recovery_codes SET person_id = $2 WHERE person_id = $1";
const MOVE_HANDLE: &str = "UPDATE passkey_handles SET person_id = $2 WHERE person_id = $1";
const MOVE_BROWSERS: &str = "UPDATE browsers SET person_id = $2 WHERE person_id = $1";

/// Gives what signed a person in to the one whom that person turned out to be, if that one has no sign-in: the mailbox is the same. One
/// who has keeps their own. All sessions and links of the one who goes end.
pub async fn became(tx: &mut Tx, now: Now<'_>, [before, after]: [&PersonId; 2]) -> Result<()> {
    let row = tx.row(HAS_SIGN_IN, args![after]).await?;
    if !row.map_or(Ok(false), |row| row.get::<bool>("has"))? {
        // A device may have begun to know them already, and a browser of theirs is nobody's who has no password.
        forget(tx, &[after.to_string()]).await?;
        let keys = now.keys(tx, [after.as_str()]).await?;
        let moved = Move { now, keys, before, after };
        moved.password(tx).await?;
        moved.authenticators(tx).await?;
        moved.passkeys(tx).await?;
        for statement in [MOVE_CODES, MOVE_HANDLE, MOVE_BROWSERS] {
            tx.execute(statement, args![before, after]).await?;
        }
    }
    forget(tx, &[before.to_string()]).await
}

/// What is sealed by the key of one is sealed by the other's.
struct Move<'a> {
    now: Now<'a>,
    keys: Keys,
    before: &'a PersonId,
    after: &'a PersonId,
}

const PASSWORD: &str = "SELECT person_id AS id, hash FROM passwords WHERE person_id = $1 {lock}";
const MOVE_PASSWORD: &str = "UPDATE passwords SET person_id = $2, hash = $3 WHERE person_id = $1";
const AUTHENTICATORS: &str = "SELECT id, secret FROM authenticators WHERE person_id = $1 ORDER BY id {lock}";
const MOVE_AUTHENTICATOR: &str = "UPDATE authenticators SET person_id = $2, secret = $3 WHERE id = $1";
const PASSKEYS: &str = "SELECT id, passkey, name FROM passkeys WHERE person_id = $1 ORDER BY id {lock}";
const MOVE_PASSKEY: &str = "UPDATE passkeys SET person_id = $2, passkey = $3, name = $4 WHERE id = $1";

impl Move<'_> {
    async fn password(&self, tx: &mut Tx) -> Result<()> {
        let rows = tx.rows(PASSWORD, args![self.before]).await?;
        for row in &rows {
            let opened = self.opened(tx, row, &rows, PASSWORD_HASH, "hash").await?;
            let place = PASSWORD_HASH.of(self.after.as_str(), "");
            let sealed = self.keys.of(self.after.as_str())?.seal_bytes(self.now.chance, place, &opened);
            tx.execute(MOVE_PASSWORD, args![self.before, self.after, sealed]).await?;
        }
        Ok(())
    }

    async fn authenticators(&self, tx: &mut Tx) -> Result<()> {
        let rows = tx.rows(AUTHENTICATORS, args![self.before]).await?;
        for row in &rows {
            let (id, secret) = self.anew(tx, row, &rows, AUTHENTICATOR_SECRET, "secret").await?;
            tx.execute(MOVE_AUTHENTICATOR, args![id, self.after, secret]).await?;
        }
        Ok(())
    }

    async fn passkeys(&self, tx: &mut Tx) -> Result<()> {
        let rows = tx.rows(PASSKEYS, args![self.before]).await?;
        for row in &rows {
            let (id, passkey) = self.anew(tx, row, &rows, PASSKEY, "passkey").await?;
            let (_, name) = self.anew(tx, row, &rows, PASSKEY_NAME, "name").await?;
            tx.execute(MOVE_PASSKEY, args![id, self.after, passkey, name]).await?;
        }
        Ok(())
    }

    async fn opened(
        &self,
        tx: &mut Tx,
        row: &Row,
        rows: &[Row],
        field: Field,
        column: &'static str,
    ) -> Result<Vec<u8>> {
        let opener = self.now.vault.opener_of(tx, rows, &[column]).await?;
        let id: String = row.get("id")?;
        let opened = opener.column_bytes(row, column, field.of(&id, ""))?;
        opened.map(|(_, bytes)| bytes).ok_or_else(|| store::Fault::Row("a factor of nothing".to_owned()))
    }

    async fn anew(
        &self,
        tx: &mut Tx,
        row: &Row,
        rows: &[Row],
        field: Field,
        column: &'static str,
    ) -> Result<(String, seal::Sealed)> {
        let opened = self.opened(tx, row, rows, field, column).await?;
        let id: String = row.get("id")?;
        let key = self.keys.of(self.after.as_str())?;
        let sealed = key.seal_bytes(self.now.chance, field.of(&id, ""), &opened);
        Ok((id, sealed))
    }
}
