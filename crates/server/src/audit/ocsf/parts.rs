//! The objects of OCSF that our events are put together from. Each satisfies the schema whatever the entry lacks.

use serde_json::{Map, Value, json};

use super::{
    Recorded,
    class::{Activity, OTHER, api},
    shape::Thing,
};

/// What is there. OCSF knows no null.
pub(super) fn filled<const N: usize>(members: [(&'static str, Option<Value>); N]) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn object<const N: usize>(members: [(&'static str, Option<Value>); N]) -> Value {
    Value::Object(filled(members))
}

pub(super) fn text(value: Option<&Value>) -> Option<Value> {
    value.filter(|value| value.is_string()).cloned()
}

/// Its id, or words where it has none.
fn target(recorded: &Recorded<'_>) -> Value {
    json!(recorded.target.unwrap_or("unknown"))
}

/// Who did it.
pub(super) fn actor(recorded: &Recorded<'_>) -> Value {
    let id = recorded.actor_id;
    let user = |type_id: u32, kind: &str| {
        let name = id.is_none().then(|| json!(kind));
        json!({"user": object([
            ("uid", id.map(Value::from)),
            ("name", name),
            ("type_id", Some(json!(type_id))),
            ("type", Some(json!(kind))),
        ])})
    };
    match recorded.actor_kind {
        "person" => user(1, "User"),
        "operator_key" => user(99, "Operator key"),
        "token" => user(99, "API token"),
        "machine" => json!({"app_name": "bailiwick, at the command line"}),
        "job" => json!({"app_name": format!("bailiwick, job {}", id.unwrap_or("unknown"))}),
        "partner" => json!({"app_name": id.unwrap_or("partner")}),
        other => object([("app_name", Some(json!(other))), ("app_uid", id.map(Value::from))]),
    }
}

/// With what it was asked for.
pub(super) fn http_request(recorded: &Recorded<'_>) -> Option<Value> {
    let request = filled([
        ("uid", recorded.request.map(Value::from)),
        ("user_agent", recorded.user_agent.map(Value::from)),
    ]);
    (!request.is_empty()).then_some(Value::Object(request))
}

/// What was asked for: the method and the pattern of the route, as the entry has them.
fn request<'a>(recorded: &'a Recorded<'_>) -> Option<&'a str> {
    recorded.details.get("request").and_then(Value::as_str)
}

/// What was asked for, and how it was answered.
pub(super) fn api(recorded: &Recorded<'_>) -> Value {
    let error = text(recorded.details.get("code")).map(|code| json!({"error": code}));
    object([
        ("operation", Some(json!(request(recorded).unwrap_or("unknown")))),
        ("request", recorded.request.map(|uid| json!({"uid": uid}))),
        ("response", error),
        ("service", Some(json!({"name": "bailiwick"}))),
    ])
}

/// What was tried, as the method says.
pub(super) fn activity_of(recorded: &Recorded<'_>) -> Activity {
    match request(recorded).and_then(|request| request.split(' ').next()) {
        Some("POST") => api::CREATE,
        Some("GET" | "HEAD") => api::READ,
        Some("PATCH" | "PUT") => api::UPDATE,
        Some("DELETE") => api::DELETE,
        _ => OTHER,
    }
}

/// How often, since the entry before of the same kind.
pub(super) fn count(recorded: &Recorded<'_>) -> Option<Value> {
    let count = recorded.details.get("count").and_then(Value::as_u64)?;
    Some(json!(i32::try_from(count).unwrap_or(i32::MAX)))
}

/// Of what it was asked for.
pub(super) fn asked_of(recorded: &Recorded<'_>) -> Value {
    json!({"uid": target(recorded)})
}

/// What was managed, as these facts say.
pub(super) fn entity(recorded: &Recorded<'_>, thing: Thing, facts: &Value) -> Value {
    let uid = target(recorded);
    let name = text(facts.get("name")).or_else(|| text(facts.get("description")));
    let data = Some(facts.clone()).filter(Value::is_object);
    let (type_id, kind, inner) = match thing {
        Thing::Workspace => {
            (4, "Organization", Some(("org", object([("uid", Some(uid.clone())), ("name", name.clone())]))))
        }
        Thing::Person => {
            (2, "User", Some(("user", json!({"uid": uid.clone(), "type_id": 1, "type": "User"}))))
        }
        Thing::Token => (99, "API token", None),
        Thing::Tokens => (99, "API tokens", None),
        Thing::Key => (99, "Encryption key", None),
    };
    let mut entity = filled([
        ("uid", Some(uid)),
        ("name", name),
        ("type_id", Some(json!(type_id))),
        ("type", Some(json!(kind))),
        ("data", data),
    ]);
    entity.extend(inner.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(entity)
}

/// The workspace, as a group of people and as something to have rights in.
pub(super) fn workspace_of(recorded: &Recorded<'_>) -> Value {
    json!({"uid": recorded.workspace.unwrap_or("unknown"), "type": "Workspace"})
}

/// The person behind a member, whose id is the target.
pub(super) fn user_of(recorded: &Recorded<'_>) -> Value {
    let member = target(recorded);
    let person = text(recorded.details.get("person_id"));
    object([
        ("uid_alt", person.is_some().then(|| member.clone())),
        ("uid", Some(person.unwrap_or(member))),
        ("type_id", Some(json!(1))),
        ("type", Some(json!("User"))),
    ])
}

/// The token that was found.
pub(super) fn token_of(recorded: &Recorded<'_>) -> Value {
    object([
        ("uid", Some(target(recorded))),
        ("type", Some(json!("API token"))),
        ("role_id", Some(json!(3))),
        ("role", Some(json!("Affected"))),
    ])
}

/// The finding: a token that is public. Whatever is found of the same token, and what ends it, has the same uid.
pub(super) fn finding(recorded: &Recorded<'_>) -> Value {
    let report = text(recorded.details.get("report_id"));
    object([
        ("uid", Some(target(recorded))),
        ("title", Some(json!("A secret token was found in public"))),
        ("types", Some(json!(["Leaked credential"]))),
        ("related_events", report.map(|uid| json!([{"uid": uid, "type": "Report"}]))),
    ])
}

/// Who told, and from where.
pub(super) fn evidence(recorded: &Recorded<'_>) -> Value {
    object([
        ("actor", Some(actor(recorded))),
        ("src_endpoint", recorded.ip.map(|ip| json!({"ip": ip}))),
        ("http_request", http_request(recorded)),
    ])
}
