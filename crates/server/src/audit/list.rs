use serde::Serialize;
use serde_json::Value;
use store::{Db, Result, Row, args};
use time_and_chance::Time;
use utoipa::ToSchema;

use super::AuditId;
use crate::{ids::WorkspaceId, web::Page};

/// An audit entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed {
    /// Its id.
    #[schema(value_type = String, example = "aud_01KAR0A7N3V5X8Y2Z4B6C9D1EF")]
    pub id: AuditId,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Who did it.
    pub actor: ListedActor,
    /// What happened.
    #[schema(example = "token.created")]
    pub event: String,
    /// To what.
    #[schema(example = "tok_01KAR0A7N3V5X8Y2Z4B6C9D1EF")]
    pub target: Option<String>,
    /// What else there is to know.
    #[schema(value_type = Object)]
    pub details: Value,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedActor {
    /// `machine`, `operator_key`, `token`, `partner` or `job`.
    #[schema(example = "operator_key")]
    pub kind: String,
    /// Which one.
    pub id: Option<String>,
}

/// A page of audit entries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<Listed>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

const LIST: &str = "
    SELECT id, at, actor_kind, actor_id, event, target, details FROM audit
    WHERE workspace_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2)
    ORDER BY id DESC LIMIT $3";

/// What happened in a workspace, newest first.
pub async fn list(db: &Db, workspace: &WorkspaceId, page: &Page<AuditId>) -> Result<AuditPage> {
    let rows = db.rows(LIST, args![workspace, page.after(), page.look_ahead()]).await?;
    let (items, next) = page.cut(rows.iter().map(of_row).collect::<Result<Vec<_>>>()?, |entry| &entry.id);
    Ok(AuditPage { items, next })
}

const NEWEST: &str = "SELECT at FROM audit ORDER BY id DESC LIMIT 1";

/// When the last entry of all was made, if there is one.
pub async fn newest(db: &Db) -> Result<Option<Time>> {
    db.row(NEWEST, Vec::new()).await?.map(|row| row.get("at")).transpose()
}

fn of_row(row: &Row) -> Result<Listed> {
    let details: String = row.get("details")?;
    Ok(Listed {
        id: row.get("id")?,
        at: row.get("at")?,
        actor: ListedActor { kind: row.get("actor_kind")?, id: row.get("actor_id")? },
        event: row.get("event")?,
        target: row.get("target")?,
        details: serde_json::from_str(&details).unwrap_or(Value::Null),
    })
}
