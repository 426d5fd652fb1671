use askama::Template;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use passwords::Password;
use seal::Private;
use serde::Deserialize;
use serde_json::json;

use super::{on_with, own_path, sign_in::refused};
use crate::{
    app::App,
    mail,
    signin::{
        attempt::{self, Asked, Purpose},
        session::Kind,
    },
    web::{
        Origin, Problem, Stop,
        console::{BROWSER, Fields, Form, Frame, SignedIn, Turned, page, with_status},
    },
};

#[derive(Template)]
#[template(path = "console/step_up.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    heading: &'static str,
    lead: &'static str,
    verb: &'static str,
    purpose: &'static str,
    next: String,
    cancel: String,
    mail: String,
    asks_password: bool,
    has_passkeys: bool,
}

impl Page {
    fn of(app: &App, who: &SignedIn, purpose: Purpose, next: &str) -> Self {
        let is_portal = who.session.kind != Kind::Full;
        let (heading, lead, verb) = match purpose {
            Purpose::Renew => (
                "Stay signed in",
                "For another 14 days, from now. Prove once more who you are.",
                "Stay signed in",
            ),
            _ if is_portal => (
                "Is it still you?",
                "Before something sensitive we make sure. A code is mailed to you.",
                "Mail me a code",
            ),
            _ => (
                "Is it still you?",
                "Before something sensitive we make sure. It holds for ten minutes.",
                "Go on",
            ),
        };
        let next = own_path(next).unwrap_or_default();
        Self {
            frame: who.frame(app),
            fields: Fields::default(),
            heading,
            lead,
            verb,
            purpose: purpose.name(),
            cancel: without_proof(&next).to_owned(),
            next,
            mail: who.session.person.mail.expose().to_owned(),
            asks_password: !is_portal,
            has_passkeys: app.passkeys.is_some() && who.session.has_strong_factor,
        }
    }
}

/// Whoever cancels has proved nothing, and it is not said to them.
fn without_proof(next: &str) -> &str {
    let back = next.strip_suffix("?done=proved").unwrap_or(next);
    if back.is_empty() { "/" } else { back }
}

/// What the forms send.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    password: Private,
    next: String,
}

/// The page before something sensitive.
pub(super) async fn show_step_up(State(app): State<App>, who: SignedIn) -> Response {
    page(&Page::of(&app, &who, Purpose::StepUp, &who.visit.asked("next")))
}

/// The page before a session's end. A script of ours is told when that is, by which clock.
pub(super) async fn show_renew(State(app): State<App>, who: SignedIn) -> Result<Response, Turned> {
    who.must_be_full()?;
    if who.visit.wants_json {
        let told = json!({"session_ends": who.session.expires_at, "now": app.clock.now()});
        return Ok(Json(told).into_response());
    }
    Ok(page(&Page::of(&app, &who, Purpose::Renew, &who.visit.asked("next"))))
}

/// Takes the password before something sensitive.
pub(super) async fn send_step_up(
    State(app): State<App>,
    who: SignedIn,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    if who.session.kind != Kind::Full {
        let next = own_path(&sent.next);
        return Ok(on_with(&attempt::begin_by_mail(&app, &who.session, next).await?));
    }
    send(&app, &who, Purpose::StepUp, &origin, &sent).await
}

/// Takes the password before a session's end.
pub(super) async fn send_renew(
    State(app): State<App>,
    who: SignedIn,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    send(&app, &who, Purpose::Renew, &origin, &sent).await
}

async fn send(
    app: &App,
    who: &SignedIn,
    purpose: Purpose,
    origin: &Origin,
    sent: &Sent,
) -> Result<Response, Turned> {
    let again = |status: StatusCode, fields: Fields| {
        with_status(status, &Page { fields, ..Page::of(app, who, purpose, &sent.next) })
    };
    let Ok(password) = Password::new(sent.password.expose()) else {
        let fields = Fields::of("password", "A password may have at most 1,024 bytes.");
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, fields));
    };
    let address = mail::address(who.session.person.mail.expose())
        .map_err(|_| store::Fault::Row("a person without a mail address".to_owned()))?;
    let known_by = who.visit.cookies.get(BROWSER);
    let asked = Asked { address: &address, password, next: own_path(&sent.next), known_by, origin };
    match attempt::begin_again(app, &who.session, purpose, asked).await {
        Ok(attempt) => Ok(on_with(&attempt)),
        Err(Stop::Refused(attempt::BeginRefusal::Wrong)) => {
            let fields = Fields::of("password", "That is not your password.");
            Ok(again(StatusCode::UNPROCESSABLE_ENTITY, fields))
        }
        Err(Stop::Refused(refusal)) => Ok(refused(&refusal, again)),
        Err(Stop::Fault(fault)) => Err(Problem::from(fault).into()),
    }
}
