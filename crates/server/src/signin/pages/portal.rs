use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    begun_with,
    forgot::{LinkPage, dead},
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
    let found = link::find(&app, Kind::Portal, &secret).await?;
    match found {
        Some(link) if link.stands == Stands::Good => {
            let frame = visit.frame(&app);
            let person = match &link.person {
                Some(person) => workspaces::person(&app, person).await?,
                None => None,
            };
            let who = person.as_ref().map_or("", |person| person.mail.expose());
            let sentence =
                format!("You come from the product as {who}. Here you stay for an hour at most.").into();
            let verb = Some("Open the console");
            Ok(page(&LinkPage { frame, heading: "Go on to the console", sentence, verb, instead: None }))
        }
        other => Ok(dead(&app, &visit, other.map(|link| link.stands), INSTEAD)),
    }
}

/// The click on its button.
pub(super) async fn enter(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let found = link::find(&app, Kind::Portal, &secret).await?;
    let stands = found.as_ref().map(|link| link.stands);
    if let (Some(link), Some(Stands::Good)) = (found, stands)
        && let Some((begun, there)) = link::enter_portal(&app, &link, &origin).await?
    {
        return Ok(begun_with(&begun, &there));
    }
    Ok(dead(&app, &visit, stands, INSTEAD))
}
