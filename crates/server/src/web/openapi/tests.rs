use serde_json::Value;

use super::*;
use crate::routes;

fn description() -> Value {
    let (_, openapi) = routes::documented().split_for_parts();
    serde_json::to_value(complete(openapi)).unwrap()
}

fn each_operation(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    methods.collect()
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_group_that_is_described() {
    let description = description();
    let tags: Vec<_> = description["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut names = Vec::new();
    for (what, operation) in each_operation(&description) {
        assert!(tags.contains(&&operation["tags"][0]), "{what}");
        assert!(operation["summary"].is_string() && operation["description"].is_string(), "{what}");
        assert!(operation["security"].is_array(), "{what} says who may call");
        names.push(operation["operationId"].as_str().unwrap());
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_body_has_an_example_with_all_that_its_schema_requires() {
    let description = description();
    for (what, operation) in each_operation(&description) {
        let answers = operation["responses"].as_object().unwrap().values();
        let bodies =
            answers.chain(operation.get("requestBody")).filter_map(|body| body["content"].as_object());
        for content in bodies.flat_map(|content| content.values()) {
            assert_fits(&content["example"], &content["schema"], &description, &what);
        }
    }
}

/// As far as fields and kinds go; schemathesis, which sends the examples, knows the rest.
fn assert_fits(example: &Value, schema: &Value, description: &Value, what: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return assert_fits(example, description.pointer(&name[1..]).unwrap(), description, what);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        assert_fits(example, part, description, what);
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(example.get(required.as_str().unwrap()).is_some(), "{what}: {required} is not in {example}");
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(example) = example.get(name).filter(|example| !example.is_null()) {
            assert_fits(example, field, description, what);
        }
    }
    match schema["type"].as_str() {
        Some("string") => assert!(example.is_string(), "{what}: {example}"),
        Some("integer") => assert!(example.is_u64(), "{what}: {example}"),
        Some("boolean") => assert!(example.is_boolean(), "{what}: {example}"),
        Some("object") => assert!(example.is_object(), "{what}: {example}"),
        Some("array") => assert_fits(&example[0], &schema["items"], description, what),
        _ => {}
    }
}

#[test]
fn who_sends_a_field_that_nobody_knows_is_told_so_beforehand() {
    let description = description();
    for (what, operation) in each_operation(&description) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if let Some(name) = schema["$ref"].as_str() {
            assert_eq!(description.pointer(&name[1..]).unwrap()["additionalProperties"], false, "{what}");
        }
    }
}

#[test]
fn a_status_is_documented_where_it_can_come() {
    let description = description();
    let of = |what: &str| {
        let operations = each_operation(&description);
        let (_, operation) = operations.iter().find(|(name, _)| name == what).unwrap();
        let statuses = operation["responses"].as_object().unwrap().keys().map(String::as_str);
        statuses.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("get /healthz"), "200");
    assert_eq!(of("get /v1/workspaces"), "200 400 401 403 500 503");
    assert_eq!(of("delete /v1/tokens/{token}"), "200 401 403 404 500 503");
    assert_eq!(of("post /v1/tokens/verify"), "200 400 401 403 413 415 422 500 503");
    assert_eq!(of("post /v1/exposures/github"), "200 400 401 413 500 503");
    assert_eq!(of("post /v1/revoke_tokens"), "204 400 401 404 413 500 503");
}
