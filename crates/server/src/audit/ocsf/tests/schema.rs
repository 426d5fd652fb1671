//! The published schema, and whether an event is as it says. `scripts/api/ocsf-schema.py` made the file of the official one.

use std::{net::IpAddr, sync::LazyLock};

use serde_json::{Map, Value};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../testdata/ocsf-1.6.0.json")).expect("the file is JSON")
});

/// The version that the schema is of.
pub fn version() -> &'static str {
    SCHEMA["version"].as_str().expect("it has a version")
}

/// Everything that is wrong with an event, each with where it stands.
pub fn faults_of(event: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let class = &SCHEMA["classes"][event["class_uid"].to_string()];
    if !class.is_object() {
        return vec![format!("class_uid: there is no class {}", event["class_uid"])];
    }
    shaped("", class, event, &mut faults);
    classified(class, event, &mut faults);
    faults
}

/// What holds between the attributes that classify an event.
fn classified(class: &Value, event: &Value, faults: &mut Vec<String>) {
    let number = |name: &str| event[name].as_i64().unwrap_or(-1);
    if number("type_uid") != number("class_uid") * 100 + number("activity_id") {
        faults.push("type_uid: is not class_uid * 100 + activity_id".to_owned());
    }
    if event["class_name"] != class["name"] {
        faults.push(format!("class_name: is not {}", class["name"]));
    }
    if event["metadata"]["version"] != version() {
        faults.push(format!("metadata.version: is not {}", version()));
    }
}

fn shaped(place: &str, shape: &Value, given: &Value, faults: &mut Vec<String>) {
    let Some(given) = given.as_object() else {
        return faults.push(format!("{place}: is no object"));
    };
    let attributes = shape["attributes"].as_object().expect("the schema names attributes");
    for (name, value) in given {
        let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        match attributes.get(name) {
            None => {
                faults.push(format!("{place}: the schema has no such attribute, or its object is not here"));
            }
            Some(attribute) => attributed(&place, attribute, value, given, faults),
        }
    }
    for (name, attribute) in attributes {
        if attribute["need"] == "required" && !given.contains_key(name) {
            faults.push(format!("{place}.{name}: is required"));
        }
    }
    constrained(place, &shape["constraints"], given, faults);
}

fn constrained(place: &str, constraints: &Value, given: &Map<String, Value>, faults: &mut Vec<String>) {
    for (constraint, names) in constraints.as_object().expect("constraints are an object") {
        let names: Vec<_> = names.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let count = names.iter().filter(|name| given.contains_key(**name)).count();
        let holds = match constraint.as_str() {
            "at_least_one" => count >= 1,
            "just_one" => count == 1,
            other => panic!("a constraint that this does not know: {other}"),
        };
        if !holds {
            faults.push(format!("{place}: {constraint} of {names:?}"));
        }
    }
}

fn attributed(
    place: &str,
    attribute: &Value,
    value: &Value,
    beside: &Map<String, Value>,
    faults: &mut Vec<String>,
) {
    if attribute["deprecated"] == true {
        faults.push(format!("{place}: is deprecated"));
    }
    if attribute["array"] != true {
        return one(place, attribute, value, beside, faults);
    }
    match value.as_array() {
        None => faults.push(format!("{place}: is no array")),
        Some(values) if values.is_empty() => faults.push(format!("{place}: is empty")),
        Some(values) => values.iter().for_each(|value| one(place, attribute, value, beside, faults)),
    }
}

fn one(place: &str, attribute: &Value, value: &Value, beside: &Map<String, Value>, faults: &mut Vec<String>) {
    let kind = attribute["type"].as_str().expect("an attribute has a type");
    let object = &SCHEMA["objects"][kind];
    if kind == "object" {
        // Of any members: `unmapped`.
        if !value.is_object() {
            faults.push(format!("{place}: is no object"));
        }
    } else if object.is_object() {
        shaped(place, object, value, faults);
    } else if !is_of_type(kind, value) {
        faults.push(format!("{place}: {value} is no {kind}"));
    }
    if let Some(values) = attribute["enum"].as_object() {
        let key = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match values.get(&key) {
            None => faults.push(format!("{place}: {key} is none of {:?}", values.keys())),
            Some(caption) => named(place, attribute, &key, caption, beside, faults),
        }
    }
}

/// An enumeration's words beside its number have to be the schema's own, but for Other, which has words of ours.
fn named(
    place: &str,
    attribute: &Value,
    key: &str,
    caption: &Value,
    beside: &Map<String, Value>,
    faults: &mut Vec<String>,
) {
    let words = attribute["sibling"].as_str().and_then(|sibling| beside.get(sibling));
    if words.is_some_and(|words| words != caption && key != "99") {
        faults.push(format!("{place}: {key} is called {caption}"));
    }
}

fn is_of_type(kind: &str, value: &Value) -> bool {
    let is_number = |least: i64, most: i64| value.as_i64().is_some_and(|n| (least..=most).contains(&n));
    let base = SCHEMA["types"][kind].as_str().unwrap_or_else(|| panic!("there is no type {kind}"));
    match (kind, base) {
        ("ip_t", _) => value.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok()),
        ("port_t", _) => is_number(0, 65_535),
        // In milliseconds: one in seconds or in microseconds would lie in 1970 or far ahead.
        ("timestamp_t", _) => is_number(1_000_000_000_000, 10_000_000_000_000),
        (_, "integer_t") => is_number(i32::MIN.into(), i32::MAX.into()),
        (_, "long_t") => value.is_i64(),
        (_, "string_t") => value.is_string(),
        (_, "boolean_t") => value.is_boolean(),
        (_, "json_t") => !value.is_null(),
        (_, other) => panic!("a type that this does not know: {other}"),
    }
}
