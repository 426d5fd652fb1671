//! An operation as the page shows it.

use serde_json::Value;

use super::{
    command::command,
    fields::{Field, Kind, fields, kind, limits, named},
    list, members,
    prose::{Block, Span, prose, spans},
    text,
};

/// A method of a path.
#[derive(Clone)]
pub struct Operation<'a> {
    pub id: &'a str,
    pub tag: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub summary: &'a str,
    pub about: Vec<Block<'a>>,
    pub callers: Vec<Vec<Span<'a>>>,
    pub parameters: Vec<Field<'a>>,
    pub body: Option<Body<'a>>,
    pub answers: Vec<Answer<'a>>,
    pub command: String,
}

/// What is sent.
#[derive(Clone)]
pub struct Body<'a> {
    pub kind: Kind<'a>,
    pub fields: Vec<Field<'a>>,
    pub example: String,
}

/// What comes back.
#[derive(Clone)]
pub struct Answer<'a> {
    pub status: &'a str,
    pub about: Vec<Span<'a>>,
    /// Whether it is what the caller hopes for.
    pub good: bool,
    pub content: Option<Content<'a>>,
}

/// The body of an answer.
#[derive(Clone)]
pub struct Content<'a> {
    pub media: &'a str,
    pub kind: Kind<'a>,
    pub example: String,
}

/// Every operation, in the order of the description.
pub fn all<'a>(description: &'a Value, public_url: &str) -> Vec<Operation<'a>> {
    let paths = members(description, "paths");
    let methods = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method.as_str(), operation))
    });
    methods.map(|(path, method, operation)| of(path, method, operation, description, public_url)).collect()
}

fn of<'a>(
    path: &'a str,
    method: &'a str,
    operation: &'a Value,
    description: &'a Value,
    public_url: &str,
) -> Operation<'a> {
    Operation {
        id: text(operation, "operationId"),
        tag: list(operation, "tags").next().and_then(Value::as_str).unwrap_or_default(),
        method,
        path,
        summary: text(operation, "summary"),
        about: prose(text(operation, "description")),
        callers: callers(operation),
        parameters: list(operation, "parameters").map(|parameter| field(parameter, description)).collect(),
        body: operation.get("requestBody").and_then(content).map(|content| Body {
            kind: kind(&content["schema"]),
            fields: fields(&content["schema"], description),
            example: pretty(&content["example"]),
        }),
        answers: members(operation, "responses").map(answer).collect(),
        command: command(method, path, operation, public_url),
    }
}

/// Who may call, in words; each of them suffices.
fn callers(operation: &Value) -> Vec<Vec<Span<'_>>> {
    let schemes =
        list(operation, "security").flat_map(|requirement| requirement.as_object().into_iter().flatten());
    let mut callers: Vec<_> = schemes.map(|(scheme, scopes)| caller(scheme, scopes)).collect();
    let signed = list(operation, "parameters").map(|parameter| match text(parameter, "name") {
        "Github-Public-Key-Signature" => Some("GitHub, by its signature"),
        "Gitlab-Public-Key-Signature" => Some("GitLab, by its signature"),
        _ => None,
    });
    callers.extend(signed.flatten().map(spans));
    if callers.is_empty() {
        callers.push(spans("anybody, without a key"));
    }
    callers
}

fn caller<'a>(scheme: &'a str, scopes: &'a Value) -> Vec<Span<'a>> {
    let words = match scheme {
        "operator_key" => "an operator key with the scope ",
        "workspace_token" => "a token of the workspace with the role ",
        "gitlab_secret" => "a self-managed GitLab, by the shared secret",
        other => other,
    };
    let scopes = scopes.as_array().into_iter().flatten().filter_map(Value::as_str);
    spans(words).into_iter().chain(scopes.map(|text| Span { code: true, text })).collect()
}

fn field<'a>(parameter: &'a Value, description: &'a Value) -> Field<'a> {
    let schema = &parameter["schema"];
    Field {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        kind: kind(schema),
        required: parameter["required"] == true,
        about: spans(text(parameter, "description")),
        limits: if named(schema, description).is_some() { Vec::new() } else { limits(schema) },
    }
}

fn answer<'a>((status, answer): (&'a str, &'a Value)) -> Answer<'a> {
    let (media, content) = members(answer, "content").next().unzip();
    Answer {
        status,
        about: spans(text(answer, "description")),
        good: status.starts_with('2'),
        content: content.zip(media).map(|(content, media)| Content {
            media,
            kind: kind(&content["schema"]),
            example: pretty(&content["example"]),
        }),
    }
}

/// The one content of a body.
fn content(body: &Value) -> Option<&Value> {
    members(body, "content").next().map(|(_, content)| content)
}

/// A text as it is, anything else as JSON over several lines.
pub fn pretty(example: &Value) -> String {
    let json = || serde_json::to_string_pretty(example).expect("an example is plain data");
    example.as_str().map_or_else(json, |text| text.trim_end().to_owned())
}
