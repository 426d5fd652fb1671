//! What a schema says, for people: its fields, their kinds and their limits.

use serde_json::Value;

use super::{
    list, members,
    prose::{Span, spans},
    text,
};

/// A field of an object, or a parameter of an operation.
#[derive(Clone)]
pub struct Field<'a> {
    pub name: &'a str,
    /// Where a parameter stands; empty for a field.
    pub place: &'a str,
    pub kind: Kind<'a>,
    pub required: bool,
    pub about: Vec<Span<'a>>,
    pub limits: Vec<Limit>,
}

/// What kind of value it is, such as `list of` `Token`, or `time` ` or null`.
#[derive(Clone, Default)]
pub struct Kind<'a> {
    pub before: &'static str,
    pub plain: &'a str,
    /// The name of a schema that the page shows.
    pub named: &'a str,
    pub or_null: bool,
}

/// The fields of an object, of each element of a list, or of all parts together.
pub fn fields<'a>(schema: &'a Value, description: &'a Value) -> Vec<Field<'a>> {
    if let Some(named) = named(schema, description) {
        return fields(named, description);
    }
    if let Some(items) = schema.get("items") {
        return fields(items, description);
    }
    let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    let own = members(schema, "properties").map(|(name, field)| Field {
        name,
        place: "",
        kind: kind(field),
        required: required.contains(&name),
        about: spans(about(field)),
        limits: limits(field),
    });
    let parts = list(schema, "allOf").flat_map(|part| fields(part, description));
    parts.chain(own).collect()
}

/// The schema that this one only names.
pub fn named<'a>(schema: &Value, description: &'a Value) -> Option<&'a Value> {
    description.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

/// The kind of value that a schema describes.
pub fn kind(schema: &Value) -> Kind<'_> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return Kind { named: name.rsplit('/').next().unwrap_or_default(), ..Kind::default() };
    }
    if let Some(choice) = list(schema, "oneOf").find(|choice| text(choice, "type") != "null") {
        return Kind { or_null: true, ..kind(choice) };
    }
    if let Some(items) = schema.get("items") {
        return Kind { before: "list of ", ..kind(items) };
    }
    let of_many: Vec<&str> = list(schema, "type").filter_map(Value::as_str).collect();
    let one = of_many.iter().find(|one| **one != "null").copied().unwrap_or_else(|| text(schema, "type"));
    let plain = match text(schema, "format") {
        "date-time" => "time",
        "email" => "mail address",
        _ => one,
    };
    Kind { plain, or_null: of_many.contains(&"null"), ..Kind::default() }
}

/// What is said of a field: of one that may be null it stands with the other choice.
fn about(schema: &Value) -> &str {
    let all = std::iter::once(schema).chain(list(schema, "oneOf")).map(|schema| text(schema, "description"));
    all.into_iter().find(|words| !words.is_empty()).unwrap_or_default()
}

/// Something that a value must keep to: words around pieces of code.
#[derive(Clone, Default)]
pub struct Limit {
    pub before: String,
    pub codes: Vec<String>,
    pub after: &'static str,
}

/// What a value must keep to.
pub fn limits(schema: &Value) -> Vec<Limit> {
    let number = |name: &str| schema.get(name).and_then(Value::as_u64);
    let words = |range: String, after| Limit { before: range, after, ..Limit::default() };
    let codes = |before: &str, codes: Vec<&Value>, after| Limit {
        before: before.to_owned(),
        codes: codes.into_iter().map(plain).collect(),
        after,
    };
    let choices: Vec<&Value> = list(schema, "enum").collect();
    let lengths = (number("minLength"), number("maxLength"));
    let limits = [
        (lengths == (Some(1), None)).then(|| words("not empty".to_owned(), "")),
        (lengths != (Some(1), None))
            .then(|| range(lengths.0, lengths.1))
            .flatten()
            .map(|range| words(range, " characters")),
        range(number("minItems"), number("maxItems")).map(|range| words(range, " elements")),
        range(number("minimum"), number("maximum")).map(|range| words(range, "")),
        (!choices.is_empty()).then(|| codes("one of ", choices, "")),
        schema.get("pattern").map(|pattern| codes("matches ", vec![pattern], "")),
        schema.get("default").map(|default| codes("", vec![default], " if not said")),
    ];
    limits.into_iter().flatten().collect()
}

fn range(least: Option<u64>, most: Option<u64>) -> Option<String> {
    Some(match (least, most) {
        (Some(least), Some(most)) if least == most => format!("{most}"),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => return None,
    })
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
