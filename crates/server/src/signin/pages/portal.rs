use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    begun_with,
    link::{LinkPage, dead, good_link},
};
use crate::{
    app::App,
    signin::link::{self, Kind, Stands},
    web::{
        Origin, Problem,
        console::{Visit, page},
    },
    workspaces,
};

const INSTEAD: (&str, &str) = ("Sign in here", "/sign-in");

/// A portal link's page, with the button that opens the console.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let link = match good_link(&app, &visit, Kind::Portal, &secret, INSTEAD).await? {
        Ok(link) => link,
        Err(dead) => return Ok(dead),
    };
    let person = match &link.person {
        Some(person) => workspaces::person(&app, person).await?,
        None => None,
    };
    let who = person.as_ref().map_or("", |person| person.mail.expose());
    Ok(page(&LinkPage {
        frame: visit.frame(&app),
        heading: "Go on to the console",
        sentence: format!("You come from the product as {who}. Here you stay for an hour at most.").into(),
        verb: Some("Open the console"),
        instead: None,
    }))
}

/// The click on its button.
pub(super) async fn enter(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let link = match good_link(&app, &visit, Kind::Portal, &secret, INSTEAD).await? {
        Ok(link) => link,
        Err(dead) => return Ok(dead),
    };
    match link::enter_portal(&app, &link, &origin).await? {
        Some((begun, there)) => begun_with(&app, &visit, &begun, &there).await,
        None => Ok(dead(&app, &visit, Some(Stands::Used), INSTEAD)),
    }
}
