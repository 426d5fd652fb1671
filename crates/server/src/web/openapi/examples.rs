//! Examples of whole bodies, put together from the examples of their fields, so that a new field is in all of them.

use serde_json::{Map, Value};
use utoipa::openapi::{Content, RefOr, Schema, path::Operation};

/// Gives an example to each body of an operation. What a handler gives itself is laid over the one that comes of the fields.
pub(super) fn add(operation: &mut Operation, components: &Value) {
    let asked = operation.request_body.iter_mut().filter_map(own).flat_map(|body| body.content.values_mut());
    let answered = operation.responses.responses.values_mut().filter_map(own);
    let answered = answered.flat_map(|answer| answer.content.values_mut());
    asked.chain(answered).filter_map(own).for_each(|content| give(content, components));
}

/// What stands here itself. Nothing of ours that has a body stands elsewhere.
fn own<T>(here: &mut RefOr<T>) -> Option<&mut T> {
    if let RefOr::T(own) = here { Some(own) } else { None }
}

fn give(content: &mut Content, components: &Value) {
    let Some(schema) = &content.schema else { return };
    let schema: &RefOr<Schema> = schema;
    let schema = serde_json::to_value(schema).expect("a schema is plain data");
    let composed = of(&schema, components);
    content.example = match (composed, content.example.take()) {
        (Some(Value::Object(mut whole)), Some(Value::Object(own))) => {
            whole.extend(own);
            Some(Value::Object(whole))
        }
        (composed, own) => own.or(composed),
    };
}

/// The example that a schema leads to. A field that may be left out and has no example is left out.
fn of(schema: &Value, components: &Value) -> Option<Value> {
    let own =
        schema.get("example").or_else(|| schema.pointer("/examples/0")).or_else(|| schema.get("default"));
    if let Some(own) = own {
        return Some(own.clone());
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return of(components.pointer(name.strip_prefix("#/components")?)?, components);
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let parts = parts.iter().filter_map(|part| of(part, components));
        let fields =
            parts.filter_map(|part| if let Value::Object(fields) = part { Some(fields) } else { None });
        return Some(Value::Object(fields.flatten().collect()));
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        return choices.iter().find_map(|choice| of(choice, components));
    }
    if let Some(first) = schema.pointer("/enum/0") {
        return Some(first.clone());
    }
    match schema.get("type").and_then(Value::as_str)? {
        "object" => Some(Value::Object(fields(schema, components))),
        "array" => Some(Value::Array(of(schema.get("items")?, components).into_iter().collect())),
        "boolean" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn fields(schema: &Value, components: &Value) -> Map<String, Value> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let example = |(name, field): (&String, &Value)| {
        let example =
            of(field, components).or_else(|| required.contains(&name.as_str()).then_some(Value::Null));
        Some((name.clone(), example?))
    };
    properties.filter_map(example).collect()
}
