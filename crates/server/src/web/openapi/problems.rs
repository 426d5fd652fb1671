//! The problems that operations share, by what they take: every status that can come, and none that cannot.

use serde_json::{Value, json};
use utoipa::openapi::{
    Ref, RefOr, Response, ResponseBuilder,
    content::ContentBuilder,
    path::{Operation, ParameterIn},
};

/// Adds the problems that this operation shares with others; what its handler says itself stands.
pub(super) fn add(operation: &mut Operation) {
    for shared in of(operation) {
        let missing = || RefOr::T(shared.response());
        operation.responses.responses.entry(shared.status.to_string()).or_insert_with(missing);
    }
}

struct Shared {
    status: u16,
    words: &'static str,
    code: &'static str,
    detail: &'static str,
}

impl Shared {
    fn response(&self) -> Response {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .example(Some(example(self.status, self.code, self.detail)))
            .build();
        ResponseBuilder::new().description(self.words).content("application/problem+json", content).build()
    }
}

/// A problem as it is answered.
pub(super) fn example(status: u16, code: &str, detail: &str) -> Value {
    let known = axum::http::StatusCode::from_u16(status).ok();
    let title = known.and_then(|status| status.canonical_reason()).unwrap_or("Problem");
    json!({"status": status, "code": code, "title": title, "detail": detail})
}

fn of(operation: &Operation) -> Vec<Shared> {
    let names = |place: ParameterIn| {
        operation.parameters.iter().flatten().filter_map(move |parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == place => Some(parameter.name.as_str()),
            _ => None,
        })
    };
    let by_key = is_secured_by(operation, "operator_key");
    let by_secret = is_secured_by(operation, "gitlab_secret");
    let is_signed = names(ParameterIn::Header).any(|name| name.ends_with("-Signature"));
    let is_read_raw = is_signed || by_secret;
    let has_body = operation.request_body.is_some();
    let mut shared = Vec::new();
    if has_body && is_read_raw {
        shared.push(UNREADABLE_REPORT);
    } else if has_body {
        shared.push(UNREADABLE);
    } else if names(ParameterIn::Query).next().is_some() {
        shared.push(BAD_PAGE);
    }
    if by_key {
        shared.extend([NO_KEY, NO_SCOPE]);
    } else if is_signed {
        shared.push(UNSIGNED);
    } else if by_secret {
        shared.push(WRONG_SECRET);
    }
    if names(ParameterIn::Path).next().is_some() {
        shared.push(NOT_FOUND);
    }
    if has_body {
        shared.push(TOO_LARGE);
    }
    if has_body && !is_read_raw {
        shared.extend([NOT_JSON, INVALID]);
    }
    // What asks nobody fails for nobody; everything else asks the database.
    if by_key || has_body {
        shared.extend([FAULT, AWAY]);
    }
    shared
}

fn is_secured_by(operation: &Operation, scheme: &str) -> bool {
    let requirements = serde_json::to_value(&operation.security).unwrap_or_default();
    requirements.as_array().into_iter().flatten().any(|requirement| requirement.get(scheme).is_some())
}

const UNREADABLE: Shared = Shared {
    status: 400,
    words: "The body is not JSON, or a header cannot be read",
    code: "not_json",
    detail: "The body is not JSON: EOF while parsing an object at line 1 column 1.",
};
const UNREADABLE_REPORT: Shared = Shared {
    status: 400,
    words: "The body breaks off",
    code: "not_read",
    detail: "The body could not be read to its end.",
};
const BAD_PAGE: Shared = Shared {
    status: 400,
    words: "A query parameter cannot be taken",
    code: "bad_page",
    detail: "\"limit\" must be from 1 to 200.",
};
const NO_KEY: Shared = Shared {
    status: 401,
    words: "No valid key or token was sent",
    code: "unauthorized",
    detail: "This key or token is not valid.",
};
const NO_SCOPE: Shared = Shared {
    status: 403,
    words: "The operator key lacks the scope, or only operators may",
    code: "scope_missing",
    detail: "This operator key does not have the scope \"manage\".",
};
const UNSIGNED: Shared = Shared {
    status: 401,
    words: "The message is not the partner's",
    code: "unauthentic",
    detail: "This is not a message of GitHub: the signature does not hold.",
};
const WRONG_SECRET: Shared = Shared {
    status: 401,
    words: "`Authorization` does not carry the secret",
    code: "unauthorized",
    detail: "Authorization does not carry the secret of the settings.",
};
const NOT_FOUND: Shared = Shared {
    status: 404,
    words: "There is no such thing, or it is not yours",
    code: "not_found",
    detail: "There is no such workspace, or it is not yours.",
};
const TOO_LARGE: Shared = Shared {
    status: 413,
    words: "The body is larger than is taken here",
    code: "too_large",
    detail: "The body is larger than is taken here.",
};
const NOT_JSON: Shared = Shared {
    status: 415,
    words: "The body is not said to be JSON",
    code: "not_json",
    detail: "Send JSON, with the header Content-Type: application/json.",
};
const INVALID: Shared = Shared {
    status: 422,
    words: "A field cannot be taken; `detail` says which and why",
    code: "invalid",
    detail: "\"description\" must not be empty.",
};
const FAULT: Shared = Shared {
    status: 500,
    words: "Something failed on our side; `detail` has a reference for the operator's log",
    code: "fault",
    detail: "Something failed on our side. Nothing was changed. The reference is 5f0c1d9a.",
};
const AWAY: Shared = Shared {
    status: 503,
    words: "The database does not answer; come back after `Retry-After` seconds",
    code: "unavailable",
    detail: "The database does not answer at the moment. Try again soon; with the same Idempotency-Key a repeat does no harm.",
};
