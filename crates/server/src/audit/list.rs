use serde::Serialize;
use serde_json::{Value, json};
use store::{Db, Result, Row, args};
use time_and_chance::Time;
use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, Type},
};

use super::AuditId;
use crate::{
    ids::{self, WorkspaceId},
    web::Page,
};

/// An audit entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct Listed {
    /// Its id.
    #[schema(value_type = super::AuditEntry)]
    pub id: AuditId,
    /// When it happened.
    #[schema(value_type = String, format = DateTime, example = "2026-11-02T09:15:00Z")]
    pub at: Time,
    /// Who did it.
    pub actor: ListedActor,
    /// What happened.
    #[schema(example = "token.created")]
    pub event: String,
    /// To what.
    #[schema(required, example = json!(ids::Token::EXAMPLE))]
    pub target: Option<String>,
    /// What else there is to know: ids, names, before and after. Its members depend on the event.
    #[schema(schema_with = details)]
    pub details: Value,
}

fn details() -> Object {
    let example =
        json!({"description": "deploy-bot", "role": "member", "expires_at": "2027-01-31T09:15:00Z"});
    let what = "What else there is to know: ids, names, before and after. Its members depend on the event.";
    ObjectBuilder::new().schema_type(Type::Object).description(Some(what)).examples([example]).build()
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ListedActor {
    /// `machine`, `operator_key`, `token`, `partner` or `job`.
    #[schema(example = "operator_key")]
    pub kind: String,
    /// Which one: an operator key's or a token's id, a partner's or a job's name; nothing for the machine.
    #[schema(required, example = json!(ids::Token::EXAMPLE))]
    pub id: Option<String>,
}

/// A page of audit entries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<Listed>,
    /// Where the next page begins, if there is one: give it as `cursor`.
    #[schema(required)]
    pub next: Option<String>,
}

const LIST: &str = "
    SELECT id, at, actor_kind, actor_id, event, target, details FROM audit
    WHERE workspace_id = $1 AND id < COALESCE(CAST($2 AS TEXT), 'z')
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
