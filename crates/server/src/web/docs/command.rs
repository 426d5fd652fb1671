//! The command that carries an operation out, ready for a shell.

use serde_json::Value;

use super::{list, members, operation::pretty, text};

/// A `curl` command. What is secret stands in a variable of the shell, so that it is in no history.
pub fn command(method: &str, path: &str, operation: &Value, public_url: &str) -> String {
    let mut address = format!("{public_url}{path}");
    let mut lines = Vec::new();
    if let Some(header) = authorization(operation) {
        lines.push(format!("--header \"{header}\""));
    }
    for parameter in list(operation, "parameters") {
        let (name, example) = (text(parameter, "name"), parameter.get("example").and_then(Value::as_str));
        match (text(parameter, "in"), example) {
            ("path", Some(example)) => address = address.replace(&format!("{{{name}}}"), example),
            ("header", Some(example)) => lines.push(format!("--header '{name}: {example}'")),
            ("header", None) => lines.push(format!("--header \"{name}: ${}\"", variable(name))),
            _ => {}
        }
    }
    let body = operation.get("requestBody").and_then(|body| members(body, "content").next());
    if let Some((content_type, content)) = body {
        lines.push(format!("--header 'Content-Type: {content_type}'"));
        lines.push(format!("--data {}", quoted(&pretty(&content["example"]))));
    }
    let method =
        if method == "get" { String::new() } else { format!("--request {} ", method.to_uppercase()) };
    lines.insert(0, format!("curl {method}{}", quoted(&address)));
    lines.join(" \\\n  ")
}

fn authorization(operation: &Value) -> Option<&'static str> {
    let schemes: Vec<&str> = list(operation, "security")
        .filter_map(|one| one.as_object()?.keys().next().map(String::as_str))
        .collect();
    match *schemes.first()? {
        "operator_key" => Some("Authorization: Bearer $OPERATOR_KEY"),
        "gitlab_secret" => Some("Authorization: $REVOCATION_SECRET"),
        _ => None,
    }
}

/// `Github-Public-Key-Signature` is `$SIGNATURE`.
fn variable(header: &str) -> String {
    header.rsplit('-').next().unwrap_or(header).to_uppercase()
}

/// As one word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
