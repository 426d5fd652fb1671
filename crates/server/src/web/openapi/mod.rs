//! The OpenAPI description: generated from the handlers, with what all of them share added here.

mod examples;
mod ids;
mod problems;
#[cfg(test)]
mod tests;

pub use ids::id_schema;

use utoipa::{
    OpenApi as _,
    openapi::{
        Components, OpenApi, PathItem,
        path::Operation,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::{Problem, console};

/// A secret as examples show it: the form of a token, and a checksum that doesn't fit, so that no scanner takes it for one.
pub const EXAMPLE_SECRET: &str = "bwk_a1B2cExampleExampleExampleExampleExampleExampleExampleExampleExa";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Bailiwick",
        description = "The account-security layer beside your product: workspaces, people, API tokens, and what happens when \
            a token leaks.\n\n\
            Callers send `Authorization: Bearer <operator key or workspace token>`. Bodies are JSON, times are RFC 3339 in \
            UTC. Every error is RFC 9457 problem details (`application/problem+json`) with a stable `code` and a `detail` \
            that says what to do. What belongs to somebody else is answered like what doesn't exist: 404.\n\n\
            Lists answer a page and, in `next`, the `cursor` of the next one. What is made by `POST` is made once: with an \
            `external_id` that is known the thing is changed instead, and with an `Idempotency-Key` a repeat within 24 hours \
            is harmless. On 503 nothing was changed; come back after `Retry-After` seconds.",
    ),
    servers((url = "/", description = "The server that shows this")),
    tags(
        (name = "Workspaces", description = "A customer's account. The operator keeps them in step with the product."),
        (name = "Members", description = "The people in a workspace. There is always an owner among them."),
        (name = "Tokens", description = "A workspace's API tokens: shown once, known by their digest."),
        (name = "Verdicts", description = "What the product's gateway asks: may this token pass?"),
        (name = "Sessions", description = "Who is signed in, told to the product; and links into the console."),
        (name = "Exposures", description = "Leaks: what partners report, and what became of the tokens."),
        (name = "Audit", description = "What happened in a workspace, and who did it."),
        (name = "Operation", description = "For the machines that watch this one."),
    ),
    components(schemas(Problem)),
)]
struct Frame;

/// The description without any route.
pub fn frame() -> OpenApi {
    let mut openapi = Frame::openapi();
    let components = openapi.components.get_or_insert_with(Components::new);
    let bearer = |format: &str, what: &str| {
        let http = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format(format)
            .description(Some(what))
            .build();
        SecurityScheme::Http(http)
    };
    let what = "An operator key. A route needs one of its scopes: `verify` asks for verdicts, `manage` acts for workspaces, \
        `security` revokes many tokens in an incident.";
    components.add_security_scheme("operator_key", bearer("operator key", what));
    let what = "A token of the workspace, with the role that the route names.";
    components.add_security_scheme("workspace_token", bearer("workspace token", what));
    let what = "The cookie of somebody who is signed in, as their browser sends it.";
    let cookie = ApiKeyValue::with_description(console::SESSION, what);
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let what = "The setting `exposure.gitlab_revocation_secret`, as it is, without a scheme.";
    let secret = ApiKeyValue::with_description("Authorization", what);
    components.add_security_scheme("gitlab_secret", SecurityScheme::ApiKey(ApiKey::Header(secret)));
    openapi
}

/// Adds to every operation what it has in common with others: the problems it may answer, and examples of its bodies.
pub fn complete(mut openapi: OpenApi) -> OpenApi {
    openapi.paths.paths.values_mut().flat_map(operations).for_each(problems::add);
    let schemas = serde_json::to_value(&openapi.components).expect("a description is plain data");
    openapi
        .paths
        .paths
        .values_mut()
        .flat_map(operations)
        .for_each(|operation| examples::add(operation, &schemas));
    openapi
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}
