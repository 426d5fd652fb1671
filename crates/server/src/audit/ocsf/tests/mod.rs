mod page;
mod schema;

use std::net::IpAddr;

use serde_json::{Value, json};
use time_and_chance::Time;

use super::{Recorded, VERSION, event};
use crate::{audit::Actor, events, ids};
use schema::faults_of;

const WHEN: Time = Time::from_micros(1_795_435_200_123_456);

fn recorded<'a>(event: &'a str, target: &'a str, details: &'a Value) -> Recorded<'a> {
    Recorded {
        id: "aud_01M6DRMRH02R00K6AGV0VFCXEC",
        sequence: 7,
        workspace: Some(ids::Workspace::EXAMPLE),
        at: WHEN,
        actor_kind: "token",
        actor_id: Some(ids::Token::EXAMPLE),
        ip: Some("203.0.113.7".parse().unwrap()),
        user_agent: Some("curl/8.5.0"),
        event,
        target: Some(target),
        refused: false,
        details,
        request: Some("req_1"),
        hash: Some("00ff"),
    }
}

fn is_valid(recorded: &Recorded<'_>) -> Value {
    let event = event(recorded);
    assert_eq!(faults_of(&event), Vec::<String>::new(), "{event:#}");
    event
}

/// Details as they are written, and as they may be after their key was destroyed or by another version.
fn all_details() -> Vec<Value> {
    vec![
        Value::Null,
        json!({}),
        json!("a text"),
        json!({"name": "Acme", "exposure_policy": null}),
        json!({"before": {"name": "Acme"}, "after": {"name": "Acme Ltd", "state": "active"}}),
        json!({"before": null, "after": 7}),
        json!({"person_id": ids::Person::EXAMPLE, "role": "owner"}),
        json!({"person_id": 7, "role": ["owner"]}),
        json!({"person_id": null, "role": null, "name": {}, "report_id": []}),
        json!({"description": "deploy-bot", "role": "member", "scopes": null, "creator_id": null}),
        json!({"report_id": ids::Report::EXAMPLE, "former_secret": false, "revoke_after": null}),
        json!({"request": "DELETE /v1/tokens/{token}", "code": "not_an_owner", "count": 3}),
        json!({"request": 7, "code": null, "count": u64::MAX}),
        json!({"count": 2, "token_ids": [ids::Token::EXAMPLE]}),
    ]
}

#[test]
fn every_event_is_valid_whoever_did_it_and_whatever_is_known_of_it() {
    let kinds = ["person", "machine", "operator_key", "token", "partner", "job", "of a later version"];
    let mut checked = 0;
    let names = events::ALL.iter().map(|event| event.name()).chain(["later.version_knows"]);
    for name in names {
        for details in all_details() {
            for actor_kind in kinds {
                let full = Recorded { actor_kind, ..recorded(name, "x_1", &details) };
                let refused = Recorded { refused: true, actor_id: None, ..full.clone() };
                let bare = Recorded {
                    workspace: None,
                    actor_id: None,
                    ip: None,
                    user_agent: None,
                    target: None,
                    request: None,
                    hash: None,
                    ..full.clone()
                };
                let v6 = Recorded { ip: Some(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)), ..full.clone() };
                for recorded in [full, refused, bare, v6] {
                    is_valid(&recorded);
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, (events::ALL.len() + 1) * all_details().len() * kinds.len() * 4);
}

#[test]
fn the_kinds_of_actors_are_the_ones_that_are_recorded() {
    let details = json!({});
    for actor in [
        Actor::Machine,
        Actor::Person(ids::Person::EXAMPLE.parse().unwrap()),
        Actor::OperatorKey(ids::Token::EXAMPLE.parse().unwrap()),
        Actor::Token(ids::Token::EXAMPLE.parse().unwrap()),
        Actor::Partner("github"),
        Actor::Job("deadlines"),
    ] {
        let entry = Recorded {
            actor_kind: actor.kind(),
            actor_id: actor.id(),
            ..recorded("token.revoked", ids::Token::EXAMPLE, &details)
        };
        let said = is_valid(&entry)["actor"].clone();
        let expected = match &actor {
            Actor::Machine => json!({"app_name": "bailiwick, at the command line"}),
            Actor::Person(id) => json!({"user": {"uid": id.as_str(), "type_id": 1, "type": "User"}}),
            Actor::OperatorKey(id) => {
                json!({"user": {"uid": id.as_str(), "type_id": 99, "type": "Operator key"}})
            }
            Actor::Token(id) => json!({"user": {"uid": id.as_str(), "type_id": 99, "type": "API token"}}),
            Actor::Partner(_) => json!({"app_name": "github"}),
            Actor::Job(_) => json!({"app_name": "bailiwick, job deadlines"}),
        };
        assert_eq!(said, expected);
    }
}

#[test]
fn a_whole_event_says_what_the_entry_says() {
    let details = json!({
        "before": {"description": "old", "expires_at": null}, "after": {"description": "new", "expires_at": null},
    });
    let mut event = is_valid(&recorded("token.changed", ids::Token::EXAMPLE, &details));
    event["metadata"]["product"]["version"] = json!("of the product");
    insta::assert_json_snapshot!(event);
}

#[test]
fn a_leak_is_a_finding_that_says_who_found_it() {
    let details = json!({"report_id": ids::Report::EXAMPLE, "former_secret": false, "revoke_after": null});
    let entry = Recorded {
        actor_kind: "partner",
        actor_id: Some("github"),
        ..recorded("token.exposed", ids::Token::EXAMPLE, &details)
    };
    let event = is_valid(&entry);
    assert_eq!(event["finding_info"]["uid"], ids::Token::EXAMPLE);
    assert_eq!(event["finding_info"]["related_events"][0]["uid"], ids::Report::EXAMPLE);
    assert_eq!(event["evidences"][0]["actor"]["app_name"], "github");
    assert_eq!(event["evidences"][0]["src_endpoint"]["ip"], "203.0.113.7");
    assert_eq!((&event["status"], &event["severity"]), (&json!("Resolved"), &json!("High")));
    let warned = event_of("token.warned");
    assert_eq!((&warned["status"], &warned["activity_name"]), (&json!("New"), &json!("Create")));
    let ended = event_of("token.grace_ended");
    assert_eq!((&ended["status"], &ended["activity_name"]), (&json!("Resolved"), &json!("Close")));
    assert_eq!(warned["finding_info"]["uid"], ended["finding_info"]["uid"]);
}

fn event_of(name: &str) -> Value {
    event(&recorded(name, ids::Token::EXAMPLE, &json!({})))
}

#[test]
fn an_owner_is_assigned_the_role_and_a_member_has_lost_it() {
    for (role, activity) in [("owner", "Assign Privileges"), ("member", "Revoke Privileges")] {
        let details =
            json!({"person_id": ids::Person::EXAMPLE, "before": {"role": "-"}, "after": {"role": role}});
        let event = is_valid(&recorded("member.role_changed", ids::Member::EXAMPLE, &details));
        assert_eq!(event["activity_name"], activity);
        assert_eq!(event["user"]["uid"], ids::Person::EXAMPLE);
        assert_eq!(event["user"]["uid_alt"], ids::Member::EXAMPLE);
        assert_eq!(event["resources"][0]["uid"], ids::Workspace::EXAMPLE);
    }
}

#[test]
fn what_was_refused_is_a_failure() {
    let details = json!({});
    let entry = Recorded { refused: true, ..recorded("token.revoked", ids::Token::EXAMPLE, &details) };
    assert_eq!(is_valid(&entry)["status"], "Failure");
}

#[test]
fn a_refused_request_is_a_failure_of_an_api_whose_activity_its_method_says() {
    let activities = [
        ("POST", "Create"),
        ("GET", "Read"),
        ("PATCH", "Update"),
        ("DELETE", "Delete"),
        ("OPTIONS", "Other"),
    ];
    for (method, activity) in activities {
        let request = format!("{method} /v1/tokens/{{token}}");
        let details = json!({"request": request, "code": "not_an_owner", "count": 3});
        let entry = recorded("request.refused", ids::Token::EXAMPLE, &details);
        let event = is_valid(&Recorded { refused: true, ..entry.clone() });
        assert_eq!((&event["class_uid"], &event["status"]), (&json!(6003), &json!("Failure")));
        assert_eq!(
            (&event["activity_name"], &event["api"]["operation"]),
            (&json!(activity), &json!(request))
        );
        assert_eq!((&event["status_code"], &event["count"]), (&json!("not_an_owner"), &json!(3)));
        assert_eq!(event["src_endpoint"], json!({"ip": "203.0.113.7"}));
        let nowhere = is_valid(&Recorded { refused: true, ip: None, ..entry });
        assert_eq!(nowhere["src_endpoint"], json!({"name": "unknown"}));
    }
}

#[test]
fn one_version_is_pinned_and_it_is_that_of_the_schema() {
    assert_eq!(VERSION, schema::version());
}

/// An event that is valid, with one thing changed; and what has to be said of it.
#[test]
fn the_schema_finds_what_is_wrong() {
    type Change = fn(&mut Value);
    let good = event_of("token.changed");
    assert_eq!(faults_of(&good), Vec::<String>::new());
    let wrong: [(&str, Change); 16] = [
        (".time: is required", |event| drop(event.as_object_mut().unwrap().remove("time"))),
        (".entity: is required", |event| drop(event.as_object_mut().unwrap().remove("entity"))),
        ("metadata.product: is required", |event| {
            drop(event["metadata"].as_object_mut().unwrap().remove("product"));
        }),
        ("activity_id: 77 is none of", |event| event["activity_id"] = json!(77)),
        ("activity_id: 3 is called \"Update\"", |event| event["activity_name"] = json!("Change")),
        ("type_uid: is not class_uid * 100", |event| event["type_uid"] = json!(300_404)),
        ("class_uid: there is no class 3999", |event| event["class_uid"] = json!(3999)),
        ("class_name: is not", |event| event["class_name"] = json!("Group Management")),
        ("category_uid: 6 is none of", |event| event["category_uid"] = json!(6)),
        ("severity_id: \"1\" is no integer_t", |event| event["severity_id"] = json!("1")),
        ("time: 1795435200 is no timestamp_t", |event| event["time"] = json!(1_795_435_200)),
        ("message: null is no string_t", |event| event["message"] = Value::Null),
        ("src_endpoint.ip: \"home\" is no ip_t", |event| event["src_endpoint"]["ip"] = json!("home")),
        ("src_endpoint: at_least_one", |event| event["src_endpoint"] = json!({})),
        ("who: the schema has no such attribute", |event| event["who"] = json!("ana")),
        ("metadata.version: is not 1.6.0", |event| event["metadata"]["version"] = json!("1.7.0")),
    ];
    for (said, change) in wrong {
        let mut event = good.clone();
        change(&mut event);
        let faults = faults_of(&event);
        assert!(faults.iter().any(|fault| fault.contains(said)), "{said}: {faults:?}");
    }
}
