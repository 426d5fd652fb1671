use seal::Private;
use store::{Result, Row, args};
use time_and_chance::Time;

use crate::{
    app::App,
    columns::PASSKEY_NAME,
    ids::{FactorId, PersonId},
};

/// A factor as its person sees it.
pub struct ListedFactor {
    /// Its id.
    pub id: FactorId,
    /// What its person calls it.
    pub name: Private,
    /// Since when it is.
    pub created_at: Time,
    /// When it was last used.
    pub last_used_at: Option<Time>,
}

/// What a person has.
pub struct Factors {
    /// Their authenticators.
    pub authenticators: Vec<ListedFactor>,
    /// Their passkeys.
    pub passkeys: Vec<ListedFactor>,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

impl Factors {
    /// Whether there is nothing but mail.
    pub fn is_mail_alone(&self) -> bool {
        self.authenticators.is_empty() && self.passkeys.is_empty()
    }
}

const AUTHENTICATORS: &str = "
    SELECT id, created_at, last_used_at FROM authenticators
    WHERE person_id = $1 AND confirmed_at IS NOT NULL ORDER BY id";
const PASSKEYS: &str =
    "SELECT id, name, created_at, last_used_at FROM passkeys WHERE person_id = $1 ORDER BY id";
const RECOVERY_CODES: &str =
    "SELECT COUNT(*) AS left_over FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL";

/// What a person has to prove themselves by.
pub async fn list(app: &App, person: &PersonId) -> Result<Factors> {
    let authenticators = app.db.rows(AUTHENTICATORS, args![person]).await?;
    let passkeys = app.db.rows(PASSKEYS, args![person]).await?;
    let opener = app.vault.opener_of(&app.db, &passkeys, &["name"]).await?;
    let left = app.db.row(RECOVERY_CODES, args![person]).await?;
    Ok(Factors {
        authenticators: authenticators
            .iter()
            .map(|row| of_row(row, "Authenticator app".into()))
            .collect::<Result<_>>()?,
        passkeys: passkeys
            .iter()
            .map(|row| {
                let id: FactorId = row.get("id")?;
                of_row(row, opener.text(row, "name", PASSKEY_NAME.of(id.as_str(), ""))?)
            })
            .collect::<Result<_>>()?,
        recovery_codes: left.map_or(Ok(0), |row| row.get("left_over"))?,
    })
}

fn of_row(row: &Row, name: Private) -> Result<ListedFactor> {
    Ok(ListedFactor {
        id: row.get("id")?,
        name,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}
