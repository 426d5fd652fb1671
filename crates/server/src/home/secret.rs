use askama::Template;
use axum::response::Response;
use token_format::Secret;

use crate::{
    app::App,
    tokens::Listed,
    web::console::{Frame, Inside, Place, page},
};

#[derive(Template)]
#[template(path = "console/secret.html")]
struct Page {
    frame: Frame,
    heading: &'static str,
    token: Listed,
    secret: Option<Secret>,
    path: String,
}

/// Shows the secret of a token, which nobody sees again; or says that it was shown already.
pub(super) fn shown_once(
    app: &App,
    inside: &Inside,
    heading: &'static str,
    token: Listed,
    secret: Option<Secret>,
) -> Response {
    let (frame, path) = (inside.frame(app, Place::Tokens), inside.path(&format!("/tokens/{}", token.id)));
    page(&Page { frame, heading, token, secret, path })
}
