//! What the keyring says of itself: names and numbers, and nothing of a key.

use serde::Serialize;
use store::{Db, Result, Row, args};
use time_and_chance::Time;

use crate::Vault;

/// The keyring, as an operator sees it.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Where the roots are.
    pub source: String,
    /// The roots, newest first.
    pub roots: Vec<ShownRoot>,
    /// How many data keys there are.
    pub data_keys: i64,
    /// Whose data keys are being rotated: workspaces, or `index`.
    pub rotating: Vec<String>,
    /// How many were shredded.
    pub shredded: i64,
}

/// A root, as an operator sees it.
#[derive(Debug, Serialize)]
pub struct ShownRoot {
    /// Its name.
    pub id: String,
    /// The key of the key service that has wrapped it, if it is kept wrapped.
    pub wrapped_by: Option<String>,
    /// Since when it is known.
    pub created_at: Time,
    /// Since when another wraps new data keys.
    pub retired_at: Option<Time>,
    /// When it is to be destroyed.
    pub destroy_after: Option<Time>,
    /// Since when it is gone.
    pub destroyed_at: Option<Time>,
    /// How many data keys it wraps.
    pub data_keys: i64,
}

const ROOTS: &str = "
    SELECT id, wrapped_by, created_at, retired_at, destroy_after, destroyed_at,
           (SELECT COUNT(*) FROM data_keys WHERE root_id = root_keys.id) AS wraps
    FROM root_keys ORDER BY number DESC";
const SHREDDED: &str = "SELECT COUNT(*) AS subjects FROM shredded";
const ROTATING: &str =
    "SELECT DISTINCT subject FROM data_keys WHERE retired_at IS NOT NULL ORDER BY subject LIMIT $1";
/// More than anybody reads.
const MOST: i64 = 1_000;

impl Vault {
    /// What there is to see of it.
    pub async fn show(&self, db: &Db) -> Result<Shown> {
        let roots: Vec<_> =
            db.rows(ROOTS, Vec::new()).await?.iter().map(root_of_row).collect::<Result<_>>()?;
        let rotating = db.rows(ROTATING, args![MOST]).await?;
        let shredded = db.row(SHREDDED, Vec::new()).await?.map_or(Ok(0), |row| row.get("subjects"))?;
        Ok(Shown {
            source: format!("{:?}", self.source()),
            data_keys: roots.iter().map(|root| root.data_keys).sum(),
            roots,
            rotating: rotating.iter().map(|row| row.get("subject")).collect::<Result<_>>()?,
            shredded,
        })
    }
}

fn root_of_row(row: &Row) -> Result<ShownRoot> {
    Ok(ShownRoot {
        id: row.get("id")?,
        wrapped_by: row.get("wrapped_by")?,
        created_at: row.get("created_at")?,
        retired_at: row.get("retired_at")?,
        destroy_after: row.get("destroy_after")?,
        destroyed_at: row.get("destroyed_at")?,
        data_keys: row.get("wraps")?,
    })
}
