use std::borrow::Cow;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use seal::Private;
use serde::Deserialize;

use super::sign_in::waiting;
use crate::{
    app::App,
    mail,
    signin::{
        link::{self, Link, Stands},
        password::{self, Context},
    },
    web::{
        Origin, Problem, Stop,
        console::{Fields, Form, Frame, Visit, page, to, with_status},
    },
    workspaces,
};

#[derive(Template)]
#[template(path = "console/forgot.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    mail: String,
    sent: bool,
}

/// The page on which a link is asked for.
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Response {
    let sent = visit.asked("sent") == "yes";
    page(&Page { frame: visit.frame(&app), fields: Fields::default(), mail: String::new(), sent })
}

/// What its form sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    mail: Private,
}

/// Mails a link, if there is somebody to mail it to.
pub(super) async fn send(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let again = |status: StatusCode, fields: Fields| {
        let mail = sent.mail.expose().chars().take(254).collect();
        with_status(status, &Page { frame: visit.frame(&app), fields, mail, sent: false })
    };
    let Ok(address) = mail::address(sent.mail.expose()) else {
        let fields = Fields::of("mail", "Enter a mail address, such as ana@example.com.");
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, fields));
    };
    match link::ask_reset(&app, &address, &origin).await {
        Ok(()) => Ok(to("/forgot?sent=yes")),
        Err(Stop::Refused(wait)) => Ok(waiting(wait, |status, _| {
            let sentence = "Too many attempts from your network have failed. Try again in a while.";
            again(status, Fields::of("mail", sentence))
        })),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

#[derive(Template)]
#[template(path = "console/reset.html")]
struct ResetPage {
    frame: Frame,
    fields: Fields,
    mail: String,
    least: usize,
}

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

const NEW_ONE: (&str, &str) = ("Ask for a new link", "/forgot");

async fn good_link(app: &App, visit: &Visit, secret: &str) -> Result<Result<Link, Response>, Problem> {
    let found = link::find(app, link::Kind::Reset, secret).await?;
    Ok(match found {
        Some(link) if link.stands == Stands::Good => Ok(link),
        other => Err(dead(app, visit, other.map(|link| link.stands), NEW_ONE)),
    })
}

async fn reset_page(app: &App, visit: &Visit, link: &Link, fields: Fields) -> Result<ResetPage, Problem> {
    let person = match &link.person {
        Some(person) => workspaces::person(app, person).await?,
        None => None,
    };
    Ok(ResetPage {
        frame: visit.frame(app),
        fields,
        mail: person.map(|person| person.mail.expose().to_owned()).unwrap_or_default(),
        least: app.settings.password.min_length,
    })
}

/// The page on which a new password is chosen. Looking at it changes nothing.
pub(super) async fn show_reset(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    match good_link(&app, &visit, &secret).await? {
        Ok(link) => Ok(page(&reset_page(&app, &visit, &link, Fields::default()).await?)),
        Err(dead) => Ok(dead),
    }
}

/// What its form sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Chosen {
    password: Private,
}

/// Sets the new password.
pub(super) async fn send_reset(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Path(secret): Path<String>,
    Form(sent): Form<Chosen>,
) -> Result<Response, Problem> {
    let link = match good_link(&app, &visit, &secret).await? {
        Ok(link) => link,
        Err(dead) => return Ok(dead),
    };
    let mut context = Context::of(&app);
    if let Some(person) = &link.person
        && let Some(person) = workspaces::person(&app, person).await?
    {
        context = context.of_person(&person);
    }
    let wanted = match password::checked(&app, &sent.password, &context).await {
        Ok(wanted) => wanted,
        Err(Stop::Refused(refusal)) => {
            let page = reset_page(&app, &visit, &link, Fields::of("password", refusal.sentence())).await?;
            return Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
        Err(Stop::Fault(fault)) => return Err(fault.into()),
    };
    match link::set_reset(&app, &link, wanted, &origin).await {
        Ok(true) => Ok(to("/sign-in?done=reset")),
        Ok(false) => Ok(dead(&app, &visit, Some(Stands::Used), NEW_ONE)),
        Err(Stop::Refused(refusal)) => {
            let page = reset_page(&app, &visit, &link, Fields::of("password", refusal.sentence())).await?;
            Ok(with_status(StatusCode::SERVICE_UNAVAILABLE, &page))
        }
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}
