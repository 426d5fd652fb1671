use seal::Opener;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Db, Result, Row, args};
use time_and_chance::Time;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{Object, ObjectBuilder, Type, schema::SchemaType},
};

use super::{
    Actor, AuditId, chain_of,
    stored::{Kept, Stored, opener},
};
use crate::{
    app::App,
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
    /// Its place in the workspace's chain, from 1 and without a gap.
    #[schema(minimum = 1, example = 12)]
    pub sequence: i64,
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
    /// The request that it came with, as that request's answer named it in `X-Request-Id`; nothing for a job or a command.
    #[schema(required, value_type = Option<ids::Request>)]
    pub request_id: Option<String>,
    /// Its hash in hexadecimal, which covers all of it and the entry before.
    #[schema(
        pattern = "^[0-9a-f]{64}$",
        example = "6b0c42fa3e00f9b34f779932e247690a2644bcc8be4f747ec592dc6e5e2275ea"
    )]
    pub hash: String,
}

fn details() -> Object {
    let example =
        json!({"description": "deploy-bot", "role": "member", "expires_at": "2027-01-31T09:15:00Z"});
    let what = "What else there is to know: ids, names, before and after. Its members depend on the event; `from` says where a \
                request came from. Null once they were erased.";
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some(what))
        .examples([example])
        .build()
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ListedActor {
    /// `machine`, `operator_key`, `token`, `person`, `partner` or `job`.
    #[schema(example = "operator_key")]
    pub kind: String,
    /// Which one: an operator key's, a token's or a person's id, a partner's or a job's name; nothing for the machine.
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

/// Which entries are wanted: those for which all of it holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Who did it: an operator key's, a token's or a person's id, a partner's or a job's name, or a kind of actor.
    #[param(example = json!(ids::Token::EXAMPLE), required = false, nullable = false)]
    pub actor: Option<String>,
    /// What happened.
    #[param(example = "token.created", required = false, nullable = false)]
    pub event: Option<String>,
    /// To what: an id.
    #[param(example = json!(ids::Token::EXAMPLE), required = false, nullable = false)]
    pub target: Option<String>,
    /// Not before this moment.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-02T09:15:00Z", required = false, nullable = false)]
    pub from: Option<Time>,
    /// Before this moment.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-12-01T00:00:00Z", required = false, nullable = false)]
    pub to: Option<Time>,
}

// What is looked for by target or actor has an index; the rest is looked for along the workspace's own chain.
const LIST: &str = "
    SELECT id, chain, sequence, at, actor_kind, actor_id, event, target, request_id, commitment, hash, details
    FROM audit_entries LEFT JOIN audit_details ON entry_id = id
    WHERE chain = $1
      AND sequence < COALESCE((SELECT sequence FROM audit_entries WHERE id = $2 AND chain = $1), 9223372036854775807)
      AND (CAST($3 AS TEXT) IS NULL OR target = $3) AND (CAST($4 AS TEXT) IS NULL OR actor_id = $4)
      AND (CAST($5 AS TEXT) IS NULL OR actor_kind = $5) AND (CAST($6 AS TEXT) IS NULL OR event = $6)
      AND (CAST($7 AS BIGINT) IS NULL OR at >= $7) AND (CAST($8 AS BIGINT) IS NULL OR at < $8)
    ORDER BY sequence DESC LIMIT $9";
const LIST_OF_TARGET: &str = "
    SELECT id, chain, sequence, at, actor_kind, actor_id, event, target, request_id, commitment, hash, details
    FROM audit_entries LEFT JOIN audit_details ON entry_id = id
    WHERE chain = $1
      AND sequence < COALESCE((SELECT sequence FROM audit_entries WHERE id = $2 AND chain = $1), 9223372036854775807)
      AND target = $3 AND (CAST($4 AS TEXT) IS NULL OR actor_id = $4)
      AND (CAST($5 AS TEXT) IS NULL OR actor_kind = $5) AND (CAST($6 AS TEXT) IS NULL OR event = $6)
      AND (CAST($7 AS BIGINT) IS NULL OR at >= $7) AND (CAST($8 AS BIGINT) IS NULL OR at < $8)
    ORDER BY sequence DESC LIMIT $9";
const LIST_OF_ACTOR: &str = "
    SELECT id, chain, sequence, at, actor_kind, actor_id, event, target, request_id, commitment, hash, details
    FROM audit_entries LEFT JOIN audit_details ON entry_id = id
    WHERE chain = $1
      AND sequence < COALESCE((SELECT sequence FROM audit_entries WHERE id = $2 AND chain = $1), 9223372036854775807)
      AND (CAST($3 AS TEXT) IS NULL OR target = $3) AND actor_id = $4
      AND (CAST($5 AS TEXT) IS NULL OR actor_kind = $5) AND (CAST($6 AS TEXT) IS NULL OR event = $6)
      AND (CAST($7 AS BIGINT) IS NULL OR at >= $7) AND (CAST($8 AS BIGINT) IS NULL OR at < $8)
    ORDER BY sequence DESC LIMIT $9";

/// No actor, event or target has a control character, and PostgreSQL takes no NUL: such a text finds nothing.
fn findable(text: Option<&str>) -> Option<&str> {
    text.map(|text| if text.chars().any(char::is_control) { "" } else { text })
}

/// What happened in a workspace, newest first.
pub async fn list(
    app: &App,
    workspace: &WorkspaceId,
    filter: &Filter,
    page: &Page<AuditId>,
) -> Result<AuditPage> {
    let actor = findable(filter.actor.as_deref());
    let kind = actor.filter(|actor| Actor::KINDS.contains(actor));
    let actor = actor.filter(|_| kind.is_none());
    let statement = match (&filter.target, actor) {
        (Some(_), _) => LIST_OF_TARGET,
        (None, Some(_)) => LIST_OF_ACTOR,
        (None, None) => LIST,
    };
    let (target, event) = (findable(filter.target.as_deref()), findable(filter.event.as_deref()));
    let args = args![
        chain_of(Some(workspace)),
        page.after(),
        target,
        actor,
        kind,
        event,
        filter.from,
        filter.to,
        page.look_ahead()
    ];
    let rows = app.db.rows(statement, args).await?;
    let opener = opener(&app.db, &app.vault, &rows).await?;
    let items = rows.iter().map(|row| Listed::of_row(row, &opener)).collect();
    let (items, next) = page.cut(items, |entry| &entry.id);
    Ok(AuditPage { items, next })
}

const NEWEST: &str = "SELECT at FROM audit_entries ORDER BY id DESC LIMIT 1";

/// When the last entry of all was made, if there is one.
pub async fn newest(db: &Db) -> Result<Option<Time>> {
    db.row(NEWEST, Vec::new()).await?.map(|row| row.get("at")).transpose()
}

impl Listed {
    /// Reads a row that has all columns of `audit_entries`, and `details`.
    pub(super) fn of_row(row: &Row, opener: &Opener) -> Self {
        let Stored {
            id, sequence, at, actor_kind, actor_id, event, target, request_id, hash, details, ..
        } = Stored::of_row(row, opener);
        Self {
            id: AuditId::trusted(id),
            sequence,
            at: Time::from_micros(at),
            actor: ListedActor { kind: actor_kind, id: actor_id },
            event,
            target,
            details: match details {
                Kept::Salted(salted) => salted.shown(),
                Kept::Unreadable | Kept::Gone => Value::Null,
            },
            request_id,
            hash: hash.to_string(),
        }
    }
}
