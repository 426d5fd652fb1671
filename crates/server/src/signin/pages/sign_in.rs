use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use passwords::Password;
use seal::Private;
use serde::Deserialize;
use time_and_chance::Duration;
use url::Url;

use super::{on_with, own_path, with_cookies};
use crate::{
    app::App,
    config::SignUp,
    mail,
    signin::{
        attempt::{self, Asked, BeginRefusal},
        failures, password, product,
        session::{self, Ending, Kind},
    },
    web::{
        Origin, Problem, Stop,
        console::{
            ATTEMPT, BROWSER, Fields, Form, Frame, SESSION, SignedIn, Turned, Visit, dropped, page,
            set_theme, to, with_status,
        },
    },
};

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    mail: String,
    next: String,
    why: &'static str,
    has_passkeys: bool,
    may_sign_up: bool,
}

impl Page {
    fn of(app: &App, visit: &Visit, next: &str) -> Self {
        let why = match visit.asked("why").as_str() {
            "over" => "Your session has ended: it lasts 14 days. Sign in again.",
            "portal" => {
                "Your time here is over. Open the console again from the product that led you here, or sign in."
            }
            "ended" => "Your session was ended. Sign in again.",
            _ => "",
        };
        Self {
            frame: visit.frame(app),
            fields: Fields::default(),
            mail: String::new(),
            next: own_path(next).unwrap_or_default(),
            why,
            has_passkeys: app.passkeys.is_some(),
            may_sign_up: app.settings.signin.sign_up == SignUp::Open,
        }
    }
}

/// Home: the first of one's workspaces.
pub(super) async fn home(who: SignedIn) -> Response {
    let done = who.visit.asked("done");
    let done = if done.is_empty() { done } else { format!("?done={done}") };
    if let Kind::Portal { workspace, page, .. } = &who.session.kind {
        let page = page.as_ref().map_or(String::new(), |page| format!("/{page}"));
        return to(&format!("/w/{workspace}{page}"));
    }
    let weak = |one: &&crate::workspaces::Membership| one.strong_factor && !who.session.has_strong_factor;
    match who.workspaces.iter().find(|one| !weak(one)) {
        Some(first) => to(&format!("/w/{}{done}", first.workspace_id)),
        None => to(&format!("/account{done}")),
    }
}

/// The first step's page.
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Response {
    page(&Page::of(&app, &visit, &visit.asked("next")))
}

/// What its form sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    mail: Private,
    password: Private,
    next: String,
}

/// Takes mail address and password.
pub(super) async fn send(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let again = |status: StatusCode, fields: Fields| {
        let mail = sent.mail.expose().chars().take(254).collect();
        with_status(status, &Page { fields, mail, ..Page::of(&app, &visit, &sent.next) })
    };
    let Ok(address) = mail::address(sent.mail.expose()) else {
        let fields = Fields::of("mail", "Enter a mail address, such as ana@example.com.");
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, fields));
    };
    if sent.password.expose().is_empty() {
        let fields = Fields::of("password", "Enter your password.");
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, fields));
    }
    let Ok(password) = Password::new(sent.password.expose()) else {
        let fields = Fields::of("password", "A password may have at most 1,024 bytes.");
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, fields));
    };
    let known_by = visit.cookies.get(BROWSER);
    let asked = Asked { address: &address, password, next: own_path(&sent.next), known_by, origin: &origin };
    match attempt::begin(&app, asked).await {
        Ok(attempt) => Ok(on_with(&attempt)),
        Err(Stop::Refused(refusal)) => Ok(refused(&refusal, again)),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

/// What is said when nothing has begun.
pub(super) fn refused(
    refusal: &BeginRefusal,
    again: impl FnOnce(StatusCode, Fields) -> Response,
) -> Response {
    match refusal {
        BeginRefusal::Wrong => {
            let sentence =
                "Mail address and password do not fit together. Look at both, or set a new password.";
            again(StatusCode::UNPROCESSABLE_ENTITY, Fields::of("password", sentence))
        }
        BeginRefusal::Wait(wait) => waiting(*wait, "password", again),
        BeginRefusal::Busy => {
            let fields = Fields::of("password", password::Refusal::Busy.sentence());
            told_to_come_back(again(StatusCode::SERVICE_UNAVAILABLE, fields))
        }
    }
}

/// What is said, beside a field, where too much has failed: on a network, or at a session.
pub(super) fn waiting(
    wait: Duration,
    field: &'static str,
    again: impl FnOnce(StatusCode, Fields) -> Response,
) -> Response {
    let sentence = format!("Too many attempts have failed. Try again in {}.", failures::in_words(wait));
    told_to_wait(again(StatusCode::TOO_MANY_REQUESTS, Fields::of(field, sentence)), wait)
}

/// A page that says so itself, with the status and the header that programs read.
pub(super) fn told_to_wait(mut page: Response, wait: Duration) -> Response {
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    page.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
    page
}

/// The same where there is no room for another password at this moment.
pub(super) fn told_to_come_back(mut page: Response) -> Response {
    *page.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    page
}

/// Signs out, here.
pub(super) async fn sign_out(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    if let Some(secret) = visit.cookies.get(SESSION)
        && let session::Found::Lasting(session) = session::find(&app, secret).await?
    {
        session::end(&app, &session.person.id, &session.id, Ending::SignedOut).await?;
    }
    let cookies = [dropped(SESSION), dropped(ATTEMPT)];
    Ok(with_cookies(to("/sign-in?done=signed-out"), cookies))
}

/// What the theme's form sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Theme {
    theme: String,
    next: String,
}

/// Remembers what somebody wants to look at pages in.
pub(super) async fn theme(Form(sent): Form<Theme>) -> Response {
    let next = own_path(&sent.next).unwrap_or_else(|| "/".to_owned());
    with_cookies(to(&next), [set_theme(&sent.theme)])
}

/// Sends whoever is signed in back to the product, with a code by which it learns who that is.
pub(super) async fn product(State(app): State<App>, who: SignedIn) -> Result<Response, Turned> {
    let (address, state) = (who.visit.asked("to"), who.visit.asked("state"));
    if !product::is_allowed(&app.settings, &address) {
        let detail = "The product has sent you here with an address that this server does not know. Tell its operator: the \
                      setting is signin.return_urls.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "return_url_not_allowed", detail).into());
    }
    who.must_be_full()?;
    let code = product::hand_over(&app, &who.session, &address).await?;
    let mut there = Url::parse(&address).map_err(|_| Problem::not_found("address"))?;
    there.query_pairs_mut().append_pair("code", code.text().expose());
    if !state.is_empty() {
        there.query_pairs_mut().append_pair("state", &state);
    }
    Ok(to(there.as_str()).into_response())
}
