use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use seal::Private;
use serde::Deserialize;

use super::{
    link::{dead, good_link},
    sign_in::{told_to_come_back, waiting},
};
use crate::{
    app::App,
    mail,
    signin::{
        link::{self, Kind, Link, Stands},
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
        Err(Stop::Refused(wait)) => Ok(waiting(wait, "mail", again)),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

const NEW_ONE: (&str, &str) = ("Ask for a new link", "/forgot");

#[derive(Template)]
#[template(path = "console/reset.html")]
struct ResetPage {
    frame: Frame,
    fields: Fields,
    mail: String,
    least: usize,
}

/// Whose password a link sets, and what is known of them: no more than the address is shown, as whoever has the mailbox is not in.
#[derive(Default)]
struct Whose {
    mail: String,
    context: Context,
}

async fn whose(app: &App, link: &Link) -> Result<Whose, Problem> {
    let Some(person) = &link.person else { return Ok(Whose::default()) };
    let Some(person) = workspaces::person(app, person).await? else { return Ok(Whose::default()) };
    let workspaces = workspaces::memberships(app, &person.id, None).await?;
    let context = Context::of(app).of_person(&person).of_workspaces(&workspaces);
    Ok(Whose { mail: person.mail.expose().to_owned(), context })
}

fn reset_page(app: &App, visit: &Visit, whose: &Whose, fields: Fields) -> ResetPage {
    ResetPage {
        frame: visit.frame(app),
        fields,
        mail: whose.mail.clone(),
        least: app.settings.password.min_length,
    }
}

/// The page on which a new password is chosen. Looking at it changes nothing.
pub(super) async fn show_reset(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    match good_link(&app, &visit, Kind::Reset, &secret, NEW_ONE).await? {
        Ok(link) => Ok(page(&reset_page(&app, &visit, &whose(&app, &link).await?, Fields::default()))),
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
    let link = match good_link(&app, &visit, Kind::Reset, &secret, NEW_ONE).await? {
        Ok(link) => link,
        Err(dead) => return Ok(dead),
    };
    let whose = whose(&app, &link).await?;
    let again = |refusal: password::Refusal| {
        let page = reset_page(&app, &visit, &whose, Fields::of("password", refusal.sentence()));
        let page = with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
        if refusal == password::Refusal::Busy { told_to_come_back(page) } else { page }
    };
    let wanted = match password::checked(&app, &sent.password, &whose.context).await {
        Ok(wanted) => wanted,
        Err(Stop::Refused(refusal)) => return Ok(again(refusal)),
        Err(Stop::Fault(fault)) => return Err(fault.into()),
    };
    match link::set_reset(&app, &link, wanted, &origin).await {
        Ok(true) => Ok(to("/sign-in?done=reset")),
        Ok(false) => Ok(dead(&app, &visit, Some(Stands::Used), NEW_ONE)),
        Err(Stop::Refused(refusal)) => Ok(again(refusal)),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}
