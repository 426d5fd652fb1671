//! The OpenAPI description: generated from the handlers, with what all of them share added here.

use utoipa::{
    OpenApi as _,
    openapi::{
        Components, OpenApi, Ref, RefOr, Response, ResponseBuilder,
        content::ContentBuilder,
        path::Operation,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::Problem;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Bailiwick",
        description = "The account-security layer beside your product: workspaces, people, API tokens, and what happens when \
            a token leaks.\n\nCallers send `Authorization: Bearer <operator key or workspace token>`. Errors are RFC 9457 \
            problem details. Times are RFC 3339 in UTC. Lists page by `cursor`.",
    ),
    components(schemas(Problem))
)]
struct Frame;

/// The description without any route.
pub fn frame() -> OpenApi {
    let mut openapi = Frame::openapi();
    let components = openapi.components.get_or_insert_with(Components::new);
    let key = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("operator key or workspace token")
        .build();
    components.add_security_scheme("key", SecurityScheme::Http(key));
    let secret =
        ApiKeyValue::with_description("Authorization", "The shared secret, as it is, without a scheme.");
    components.add_security_scheme("gitlab", SecurityScheme::ApiKey(ApiKey::Header(secret)));
    openapi
}

/// Adds to every operation the problems that it shares with others, by what it takes.
pub fn complete(mut openapi: OpenApi) -> OpenApi {
    for (path, item) in &mut openapi.paths.paths {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            for (status, words) in shared(path, operation) {
                let missing = || RefOr::T(problem(words));
                operation.responses.responses.entry(status.to_owned()).or_insert_with(missing);
            }
        }
    }
    openapi
}

fn shared(path: &str, operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let mut shared = vec![
        ("500", "Something failed on our side; the answer has a reference"),
        ("503", "The database does not answer"),
    ];
    let secured = operation
        .security
        .iter()
        .flatten()
        .any(|security| *security != utoipa::openapi::SecurityRequirement::default());
    if secured {
        shared.push(("401", "No valid key or token was sent"));
        shared.push(("403", "The operator key lacks the scope, or only operators may"));
    } else if is_signed(operation) {
        shared.push(("401", "The message is not the partner's"));
    }
    if path.contains('{') || secured {
        shared.push(("404", "There is no such thing, or it is not yours"));
    }
    shared.push(("400", "The request cannot be read"));
    if operation.request_body.is_some() {
        shared.push(("413", "The body is larger than is taken"));
        shared.push(("415", "The body is not JSON"));
        shared.push(("422", "A field cannot be taken; the answer says which and why"));
    }
    shared
}

fn is_signed(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters
        .any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name.ends_with("Signature")))
}

fn problem(words: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(words).content("application/problem+json", content).build()
}
