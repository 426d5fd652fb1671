//! The whole surface over HTTP: one line per capability.

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{app::App, audit, exposure, home, signin, tokens, web, workspaces};

/// Every documented route.
pub fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(web::openapi::frame())
        .merge(workspaces::routes())
        .merge(tokens::routes())
        .merge(exposure::routes())
        .merge(audit::routes())
        .merge(signin::routes())
        .merge(web::operation::routes())
}

/// The routes of a running app, and their description.
pub fn router(app: App) -> (Router, OpenApi) {
    let (router, openapi) = documented().split_for_parts();
    let openapi = web::openapi::complete(openapi);
    let router = router
        .merge(web::docs::routes(&openapi, &app.public_url))
        .merge(web::console::files())
        .merge(signin::pages())
        .merge(home::pages())
        .merge(exposure::pages())
        .merge(workspaces::pages());
    (web::layers(router, &app).with_state(app), openapi)
}
