//! # ocsf: an audit entry, as security tools read it
//!
//! Each entry is one event of the Open Cybersecurity Schema Framework (<https://schema.ocsf.io/1.6.0>), of one version,
//! which stands in every event. A later version is taken on purpose: receivers look at the one they know.
//!
//! Nothing is left out. What OCSF has no place for (the details, the entry's hash, the kind of actor) stands in
//! `unmapped`, so a receiver can check the chain. An entry whose event a later version of ours wrote is a Base Event. An
//! entry of which the details cannot be read any more, because their key was destroyed, is an event without them.
//!
//! `metadata.uid` is the entry's id: by it a receiver knows what it has had already.

mod class;
mod parts;
mod shape;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use serde_json::{Map, Value, json};
use time_and_chance::Time;

use class::{ACCESS, API, Activity, BASE, Class, DETECTION, ENTITY, FAILURE, GROUP, OTHER, SUCCESS, Status};
use parts::{actor, entity, evidence, filled, token_of, user_of, workspace_of};
use shape::{About, Shape};

/// The version that every event is of.
pub const VERSION: &str = "1.6.0";

/// An audit entry, as far as OCSF takes it.
#[derive(Debug, Clone)]
pub struct Recorded<'a> {
    /// The entry's id, such as `aud_…`.
    pub id: &'a str,
    /// Its place in its chain.
    pub sequence: i64,
    /// The workspace whose chain it is in; none for the house.
    pub workspace: Option<&'a str>,
    /// When it happened.
    pub at: Time,
    /// What kind of actor did it: `machine`, `operator_key`, `token`, `person`, `partner`, `job`, …
    pub actor_kind: &'a str,
    /// Which one of that kind.
    pub actor_id: Option<&'a str>,
    /// From where, if it came over the network.
    pub ip: Option<IpAddr>,
    /// With which program.
    pub user_agent: Option<&'a str>,
    /// What happened: an event's name, such as `token.created`.
    pub event: &'a str,
    /// To what: an id.
    pub target: Option<&'a str>,
    /// Whether it was refused, and did not happen.
    pub refused: bool,
    /// What else there is to know; null if it cannot be read any more.
    pub details: &'a Value,
    /// The request by which it was asked for.
    pub request: Option<&'a str>,
    /// The entry's hash in its chain, in hexadecimal.
    pub hash: Option<&'a str>,
}

/// The entry as an OCSF event.
pub fn event(recorded: &Recorded<'_>) -> Value {
    let shape = shape::of(recorded.event);
    let (class, activity, status, special) = special(recorded, shape.about);
    let mut event = classified(class, activity, status, &shape);
    event.extend(common(recorded, &shape));
    event.extend(special);
    Value::Object(event)
}

/// The class with what is particular to it.
fn special(recorded: &Recorded<'_>, about: About) -> (&'static Class, Activity, Status, Map<String, Value>) {
    let done = if recorded.refused { FAILURE } else { SUCCESS };
    match about {
        About::Thing(thing, activity) => {
            let [before, after] = ["before", "after"].map(|side| recorded.details.get(side));
            let special = by_somebody(
                recorded,
                [
                    ("entity", Some(entity(recorded, thing, before.unwrap_or(recorded.details)))),
                    ("entity_result", after.map(|after| entity(recorded, thing, after))),
                ],
            );
            (&ENTITY, activity, done, special)
        }
        About::Membership { came } => {
            let activity = if came { class::group::ADD } else { class::group::REMOVE };
            let privileges = recorded.details.get("role").and_then(Value::as_str).map(|role| json!([role]));
            let special = by_somebody(
                recorded,
                [
                    ("group", Some(workspace_of(recorded))),
                    ("user", Some(user_of(recorded))),
                    ("privileges", privileges),
                ],
            );
            (&GROUP, activity, done, special)
        }
        About::Role => {
            let lost = recorded.details.pointer("/after/role").is_some_and(|role| role != "owner");
            let activity = if lost { class::access::REVOKE } else { class::access::ASSIGN };
            let special = by_somebody(
                recorded,
                [
                    ("user", Some(user_of(recorded))),
                    ("privileges", Some(json!(["owner"]))),
                    ("resources", Some(json!([workspace_of(recorded)]))),
                ],
            );
            (&ACCESS, activity, done, special)
        }
        About::Leak(activity, status) => {
            let special = filled([
                ("finding_info", Some(parts::finding(recorded))),
                ("is_alert", Some(json!(true))),
                ("confidence_id", Some(json!(3))),
                ("confidence", Some(json!("High"))),
                ("resources", Some(json!([token_of(recorded)]))),
                ("evidences", Some(json!([evidence(recorded)]))),
            ]);
            (&DETECTION, activity, status, special)
        }
        About::Request => {
            // A class that wants to know from where, also of entries whose details are gone.
            let from = recorded.ip.map_or_else(|| json!({"name": "unknown"}), |ip| json!({"ip": ip}));
            let special = by_somebody(
                recorded,
                [
                    ("api", Some(parts::api(recorded))),
                    ("src_endpoint", Some(from)),
                    ("status_code", parts::text(recorded.details.get("code"))),
                    ("count", parts::count(recorded)),
                    ("resources", Some(json!([parts::asked_of(recorded)]))),
                ],
            );
            (&API, parts::activity_of(recorded), FAILURE, special)
        }
        About::Unknown => (&BASE, OTHER, done, Map::new()),
    }
}

/// Who did it, and from where, around what was done.
fn by_somebody<const N: usize>(
    recorded: &Recorded<'_>,
    done: [(&'static str, Option<Value>); N],
) -> Map<String, Value> {
    let mut map = filled([
        ("actor", Some(actor(recorded))),
        ("src_endpoint", recorded.ip.map(|ip| json!({"ip": ip}))),
        ("http_request", parts::http_request(recorded)),
    ]);
    map.extend(filled(done));
    map
}

fn classified(class: &Class, activity: Activity, status: Status, shape: &Shape) -> Map<String, Value> {
    let Activity(activity_id, activity_name) = activity;
    filled([
        ("category_uid", Some(json!(class.category_uid))),
        ("category_name", Some(json!(class.category))),
        ("class_uid", Some(json!(class.uid))),
        ("class_name", Some(json!(class.name))),
        ("activity_id", Some(json!(activity_id))),
        ("activity_name", Some(json!(activity_name))),
        ("type_uid", Some(json!(class.uid * 100 + activity_id))),
        ("type_name", Some(json!(format!("{}: {activity_name}", class.name)))),
        ("severity_id", Some(json!(shape.severity.0))),
        ("severity", Some(json!(shape.severity.1))),
        ("status_id", Some(json!(status.0))),
        ("status", Some(json!(status.1))),
    ])
}

fn common(recorded: &Recorded<'_>, shape: &Shape) -> Map<String, Value> {
    let product =
        json!({"name": "Bailiwick", "vendor_name": "Bailiwick", "version": env!("CARGO_PKG_VERSION")});
    let metadata = filled([
        ("version", Some(json!(VERSION))),
        ("product", Some(product)),
        ("uid", Some(json!(recorded.id))),
        ("sequence", Some(json!(recorded.sequence))),
        ("event_code", Some(json!(recorded.event))),
        ("log_name", Some(json!("audit"))),
        ("original_time", Some(json!(recorded.at))),
        ("tenant_uid", recorded.workspace.map(Value::from)),
        ("correlation_uid", recorded.request.map(Value::from)),
    ]);
    let unmapped = filled([
        ("actor_kind", Some(json!(recorded.actor_kind))),
        ("actor_id", recorded.actor_id.map(Value::from)),
        ("target", recorded.target.map(Value::from)),
        ("details", Some(recorded.details.clone()).filter(|details| !details.is_null())),
        ("hash", recorded.hash.map(Value::from)),
    ]);
    filled([
        ("time", Some(json!(recorded.at.millis()))),
        ("message", Some(json!(shape.message))),
        ("metadata", Some(Value::Object(metadata))),
        ("unmapped", Some(Value::Object(unmapped))),
    ])
}
