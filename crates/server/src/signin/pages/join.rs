use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use seal::Private;
use serde::Deserialize;
use time_and_chance::Duration;

use super::{
    link::{LinkPage, dead, good_link},
    on_with,
    sign_in::{told_to_come_back, told_to_wait},
};
use crate::{
    app::App,
    config::SignUp,
    mail,
    signin::{
        self,
        join::{self, Newcomer},
        link::{self, Kind, Link, Stands, Whose},
        password::{self, Context},
        session::Session,
    },
    web::{
        Origin, Problem, Stop,
        console::{Fields, Form, Frame, Visit, page, session_of, to, with_status},
        private_line,
    },
};

#[derive(Template)]
#[template(path = "console/join.html")]
pub(super) struct Page {
    pub frame: Frame,
    pub fields: Fields,
    pub heading: String,
    pub lead: String,
    pub verb: &'static str,
    pub workspace: String,
    pub name: String,
    pub mail: String,
    pub asks_workspace: bool,
    pub asks_mail: bool,
    pub sign_in: Option<String>,
    pub least: usize,
}

impl Page {
    /// The page with nothing on it yet.
    pub(super) fn of(app: &App, visit: &Visit) -> Self {
        Self {
            frame: visit.frame(app),
            fields: Fields::default(),
            heading: String::new(),
            lead: String::new(),
            verb: "Go on",
            workspace: String::new(),
            name: String::new(),
            mail: String::new(),
            asks_workspace: false,
            asks_mail: true,
            sign_in: Some("/sign-in".to_owned()),
            least: app.settings.password.min_length,
        }
    }

    fn welcome(app: &App, visit: &Visit, link: &Link) -> Self {
        let new = new_workspace(link);
        let of = match &new {
            Some(name) => {
                format!("the owner of the workspace \"{}\"", mail::words::short(name.expose(), 120))
            }
            None => "an owner of a workspace".to_owned(),
        };
        Self {
            heading: format!("Welcome to {}", app.look.vendor),
            lead: format!("You are to be {of}. Tell us who you are, and choose a password."),
            workspace: new.unwrap_or_default().expose().to_owned(),
            sign_in: Some(format!("/sign-in?next={}", visit.path)),
            ..Self::of(app, visit)
        }
    }

    fn sign_up(app: &App, visit: &Visit) -> Self {
        Self {
            heading: "Make a workspace".to_owned(),
            lead: format!(
                "A workspace is your company's or team's account at {}. You will be its owner.",
                app.look.vendor
            ),
            asks_workspace: true,
            ..Self::of(app, visit)
        }
    }

    /// With what was typed, but for the password, and what is to be said about it.
    pub(super) fn answer(self, sent: &Sent, (why, fields): (Why, Fields)) -> Response {
        let short = |text: &Private| text.expose().chars().take(300).collect();
        let page = Self {
            workspace: short(&sent.workspace),
            name: short(&sent.name),
            mail: short(&sent.mail),
            fields,
            ..self
        };
        let answer = with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
        match why {
            Why::Wrong => answer,
            Why::Busy => told_to_come_back(answer),
            Why::Wait(wait) => told_to_wait(answer, wait),
        }
    }
}

/// Why a form comes back.
#[derive(Clone, Copy)]
pub(super) enum Why {
    /// Something in it cannot be taken.
    Wrong,
    /// There is no room for another password at the moment.
    Busy,
    /// Too much was asked for; how long to wait.
    Wait(Duration),
}

/// What is said when there is no room for another password.
pub(super) fn busy() -> (Why, Fields) {
    (Why::Busy, Fields::of("password", password::Refusal::Busy.sentence()))
}

/// The name of the workspace that is made with its first owner, if the link is for one.
fn new_workspace(link: &Link) -> Option<Private> {
    match link::owner_of(link) {
        Some(Whose::New(name)) => Some(name),
        _ => None,
    }
}

/// What the forms send.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    pub workspace: Private,
    pub name: Private,
    pub mail: Private,
    pub password: Private,
}

/// Checks what a newcomer has typed. Everything that is wrong is said at once.
pub(super) async fn newcomer(app: &App, sent: &Sent) -> Result<Newcomer, Stop<(Why, Fields)>> {
    let (mut why, mut fields) = (Why::Wrong, Fields::default());
    let name = private_line("name", &sent.name, 200);
    if name.is_err() {
        fields.say("name", "Enter your name, in one line of at most 200 characters.");
    }
    let address = mail::address(sent.mail.expose());
    if address.is_err() {
        fields.say("mail", "Enter a mail address, such as ana@example.com.");
    }
    let context = Context::of(app).with(&sent.name).with(&sent.mail).with(&sent.workspace);
    let password = match password::checked(app, &sent.password, &context).await {
        Ok(password) => Some(password),
        Err(Stop::Refused(refusal)) => {
            fields.say("password", refusal.sentence());
            if refusal == password::Refusal::Busy {
                why = Why::Busy;
            }
            None
        }
        Err(Stop::Fault(fault)) => return Err(Stop::Fault(fault)),
    };
    match (name, address, password) {
        (Ok(name), Ok(address), Some(password)) if fields.is_empty() => {
            Ok(Newcomer { name, address, password })
        }
        _ => Err(Stop::Refused((why, fields))),
    }
}

const ASK_OPERATOR: (&str, &str) = ("Sign in", "/sign-in");

/// An owner's link. Looking at it changes nothing.
pub(super) async fn show_welcome(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    match good_link(&app, &visit, Kind::Owner, &secret, ASK_OPERATOR).await? {
        Ok(link) => match session_of(&app, &visit).await? {
            Some(session) => Ok(page(&as_somebody_who_is_in(&app, &visit, &link, &session))),
            None => Ok(page(&Page::welcome(&app, &visit, &link))),
        },
        Err(dead) => Ok(dead),
    }
}

/// Whoever has a sign-in needs no other one.
fn as_somebody_who_is_in(app: &App, visit: &Visit, link: &Link, session: &Session) -> LinkPage {
    let who = session.person.mail.expose();
    let of = match link::owner_of(link) {
        Some(Whose::New(name)) => format!("the workspace \"{}\"", mail::words::short(name.expose(), 120)),
        _ => "a workspace".to_owned(),
    };
    LinkPage {
        frame: visit.frame(app),
        heading: "You are to be an owner",
        sentence: format!("You are signed in as {who}, and will be an owner of {of}.").into(),
        verb: Some("Become the owner"),
        instead: Some(("Not now", "/")),
    }
}

/// Takes what a first owner has typed.
pub(super) async fn send_welcome(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let link = match good_link(&app, &visit, Kind::Owner, &secret, ASK_OPERATOR).await? {
        Ok(link) => link,
        Err(dead) => return Ok(dead),
    };
    if let Some(session) = session_of(&app, &visit).await? {
        return Ok(match join::claim(&app, &link, &session).await? {
            Some(workspace) => to(&format!("/w/{workspace}?done=joined")),
            None => dead(&app, &visit, Some(Stands::Used), ASK_OPERATOR),
        });
    }
    let sent = Sent { workspace: new_workspace(&link).unwrap_or_default(), ..sent };
    let again = |why| Page::welcome(&app, &visit, &link).answer(&sent, why);
    let who = match newcomer(&app, &sent).await {
        Ok(who) => who,
        Err(Stop::Refused(why)) => return Ok(again(why)),
        Err(Stop::Fault(fault)) => return Err(fault.into()),
    };
    match join::ask_owner(&app, &link, who, &visit.path).await {
        Ok(attempt) => Ok(on_with(&attempt)),
        Err(Stop::Refused(_)) => Ok(again(busy())),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

fn must_be_open(app: &App) -> Result<(), Problem> {
    if app.settings.signin.sign_up == SignUp::Open {
        return Ok(());
    }
    let detail = "Nobody signs up here by themselves. Ask an owner of your workspace for an invitation.";
    Err(Problem::new(StatusCode::NOT_FOUND, "sign_up_closed", detail))
}

/// The page on which anybody signs up.
pub(super) async fn show_sign_up(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    must_be_open(&app)?;
    Ok(page(&Page::sign_up(&app, &visit)))
}

/// Takes what somebody has typed who signs up.
pub(super) async fn send_sign_up(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    must_be_open(&app)?;
    let again = |why| Page::sign_up(&app, &visit).answer(&sent, why);
    // Before anything is hashed: this is open to everybody.
    if !signin::may_ask(&app, &origin).await? {
        let sentence = "Very many workspaces were asked for from your network. Try again in an hour.";
        return Ok(again((Why::Wait(Duration::from_hours(1)), Fields::of("workspace", sentence))));
    }
    let workspace = private_line("workspace", &sent.workspace, 200);
    let (mut why, mut fields) = (Why::Wrong, Fields::default());
    if workspace.is_err() {
        fields.say("workspace", "Enter a name for the workspace, in one line of at most 200 characters.");
    }
    let who = match newcomer(&app, &sent).await {
        Ok(who) => Some(who),
        Err(Stop::Refused((other, wrong))) => {
            why = other;
            fields.join(wrong);
            None
        }
        Err(Stop::Fault(fault)) => return Err(fault.into()),
    };
    let (Ok(workspace), Some(who)) = (workspace, who) else { return Ok(again((why, fields))) };
    match join::ask_sign_up(&app, workspace, who, &visit.path).await {
        Ok(attempt) => Ok(on_with(&attempt)),
        Err(Stop::Refused(_)) => Ok(again(busy())),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}
