use std::collections::HashMap;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};

use super::{Sighting, list};
use crate::{
    app::App,
    ids::TokenId,
    tokens::{self, Named},
    web::{
        Page as Paging,
        console::{Frame, Inside, Place, Turned, page},
    },
};

/// Every page, a line each.
pub fn pages() -> Router<App> {
    Router::new().route("/w/{workspace}/leaks", get(show))
}

#[derive(Template)]
#[template(path = "console/leaks.html")]
struct Page {
    frame: Frame,
    base: String,
    /// Where the tokens' own pages are, for whoever may open them.
    tokens: Option<String>,
    sightings: Vec<Sighting>,
    named: HashMap<TokenId, Named>,
    next: Option<String>,
    is_first: bool,
}

/// Where tokens of the workspace were found.
async fn show(State(app): State<App>, inside: Inside) -> Result<Response, Turned> {
    let workspace = &inside.here.workspace_id;
    let paging = Paging::at(&inside.who.visit.asked("cursor")).unwrap_or_else(Paging::first);
    let listed = list(&app, workspace, &paging).await?;
    let named = tokens::named(&app, workspace, listed.items.iter().map(|one| &one.token_id)).await?;
    Ok(page(&Page {
        frame: inside.frame(&app, Place::Leaks),
        base: inside.path("/leaks"),
        tokens: inside.may_open(Place::Tokens).then(|| inside.path("/tokens")),
        sightings: listed.items,
        named,
        next: listed.next,
        is_first: paging.after().is_none(),
    }))
}
