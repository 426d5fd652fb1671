use std::borrow::Cow;

use askama::Template;
use axum::{http::StatusCode, response::Response};

use crate::{
    app::App,
    signin::link::{self, Kind, Link, Stands},
    web::{
        Problem,
        console::{Frame, Visit, with_status},
    },
};

/// The page of a link: what it is for, and the button that does it.
#[derive(Template)]
#[template(path = "console/link.html")]
pub(super) struct LinkPage {
    pub frame: Frame,
    pub heading: &'static str,
    pub sentence: Cow<'static, str>,
    pub verb: Option<&'static str>,
    pub instead: Option<(&'static str, &'static str)>,
}

/// What is said of a link that opens nothing any more, and the way to a new one.
pub(super) fn dead(
    app: &App,
    visit: &Visit,
    link: Option<Stands>,
    instead: (&'static str, &'static str),
) -> Response {
    let (status, heading, sentence) = match link {
        None => (
            StatusCode::NOT_FOUND,
            "This link does not work",
            "It was not copied whole, or is too old to be known. Look for the newest mail.",
        ),
        Some(Stands::Late) => {
            (StatusCode::GONE, "This link is over", "Its time has passed. Ask for a new one.")
        }
        Some(Stands::Withdrawn) => (
            StatusCode::GONE,
            "This link was replaced",
            "A newer one was asked for, or it was withdrawn. Look for the newest mail, or ask for another.",
        ),
        Some(Stands::Used | Stands::Good) => (
            StatusCode::GONE,
            "This link was used",
            "Each link works once. Ask for a new one if you still need it.",
        ),
    };
    let (frame, sentence) = (visit.frame(app), sentence.into());
    with_status(status, &LinkPage { frame, heading, sentence, verb: None, instead: Some(instead) })
}

/// The link with this secret, if it opens what it is for; or what is said instead, and the way on from there.
pub(super) async fn good_link(
    app: &App,
    visit: &Visit,
    kind: Kind,
    secret: &str,
    instead: (&'static str, &'static str),
) -> Result<Result<Link, Response>, Problem> {
    let found = link::find(app, kind, secret).await?;
    Ok(match found {
        Some(link) if link.stands == Stands::Good => Ok(link),
        other => Err(dead(app, visit, other.map(|link| link.stands), instead)),
    })
}
