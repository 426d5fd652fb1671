use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use factors::Passkeys;
use seal::Private;
use serde::Deserialize;
use serde_json::json;

use super::{account::PROVED, in_with, own_path, second::attempt_of, sign_in::told_to_wait, with_cookies};
use crate::{
    app::App,
    signin::{
        self,
        attempt::{self, Purpose},
        browser, factor,
        failures::{self, Of},
        session::{self, Found, Kind},
    },
    web::{
        Origin, Problem, Stop,
        console::{ATTEMPT, BROWSER, Form, SESSION, SignedIn, Turned, Visit, set},
    },
};

fn here(app: &App) -> Result<&Passkeys, Problem> {
    app.passkeys.as_ref().ok_or_else(|| {
        let detail = "There are no passkeys at this address. Take another second factor.";
        Problem::new(StatusCode::NOT_FOUND, "no_passkeys", detail)
    })
}

/// What scripts send.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    purpose: String,
    next: String,
    name: Private,
    answer: Private,
}

/// JSON that the browser's own functions read.
fn options(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Asks for a passkey: as the second step of an attempt that has begun, or as the only step.
pub(super) async fn ask_first(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let passkeys = here(&app)?;
    let (when, known_by) = (app.clock.now(), visit.cookies.get(BROWSER));
    // As with passwords, a browser that somebody has been in with does not wait for what others did on its network.
    if let Some(wait) = failures::lately(&app, &Of::Network(origin.address)).await?.wait(when)
        && !browser::is_anybodys(&app.db, when, known_by).await?
    {
        let wait_for = failures::in_words(wait);
        let detail = format!("Too many attempts from your network have failed. Try again in {wait_for}.");
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail);
        return Ok(told_to_wait(problem.into_response(), wait));
    }
    // The first step has no attempt yet, but there may be one of yesterday's: what the page says counts.
    if sent.purpose.is_empty()
        && sent.next.is_empty()
        && let Some(attempt) = attempt_of(&app, &visit).await?
        && attempt.purpose != Purpose::Join
    {
        return Ok(options(attempt::ask_passkey(&app, passkeys, &attempt).await?));
    }
    let purpose = match sent.purpose.as_str() {
        "renew" => Purpose::Renew,
        "step_up" => Purpose::StepUp,
        _ => Purpose::SignIn,
    };
    let session = match visit.cookies.get(SESSION) {
        Some(secret) if purpose != Purpose::SignIn => match session::find(&app, secret).await? {
            // By a portal link one stays as long as the product has said, and no longer.
            Found::Lasting(session) if purpose != Purpose::Renew || session.kind == Kind::Full => {
                Some(*session)
            }
            _ => return Err(Problem::not_found("session")),
        },
        _ => None,
    };
    if !signin::may_ask_for_passkey(&app, &origin).await? {
        let detail = "Passkeys were asked for very often from your network. Try again in an hour.";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail));
    }
    let next = own_path(&sent.next);
    let attempt = attempt::begin_with_passkey(&app, purpose, session.as_ref(), next).await?;
    let asked = attempt::ask_passkey(&app, passkeys, &attempt).await?;
    Ok(with_cookies(options(asked), [set(ATTEMPT, attempt.secret.text().expose())]))
}

/// Takes the passkey's answer.
pub(super) async fn answer(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let passkeys = here(&app)?;
    let refused = || {
        let detail = "This passkey was not accepted. Try another one, or another way.";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "passkey_refused", detail)
    };
    let attempt = attempt_of(&app, &visit).await?;
    let attempt = attempt.filter(|attempt| attempt.purpose != Purpose::Join).ok_or_else(refused)?;
    let known_by = visit.cookies.get(BROWSER);
    let answer = sent.answer.expose();
    let done = attempt::try_passkey(&app, passkeys, &attempt, answer, &origin, known_by).await?;
    let done = done.ok_or_else(refused)?;
    in_with(&app, &visit, &done, true).await
}

/// Begins to add a passkey.
pub(super) async fn begin(State(app): State<App>, who: SignedIn) -> Result<Response, Turned> {
    who.must_be_full()?;
    let passkeys = here(&app)?;
    let fresh = who.fresh(&app, PROVED).map_err(told_to_script)?;
    Ok(options(factor::begin_passkey(&app, passkeys, fresh).await?))
}

/// A script is not led elsewhere: it is told to go there.
fn told_to_script(turned: Turned) -> Turned {
    match turned {
        Turned::First(_) => {
            let detail = "Prove once more that it is you, then add the passkey.";
            Problem::new(StatusCode::FORBIDDEN, "step_up_required", detail).into()
        }
        away @ Turned::Away(_) => away,
    }
}

/// Adds a passkey that the browser has made.
pub(super) async fn add(
    State(app): State<App>,
    who: SignedIn,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    let passkeys = here(&app)?;
    let fresh = who.fresh(&app, PROVED).map_err(told_to_script)?;
    match factor::add_passkey(&app, passkeys, fresh, &sent.name, sent.answer.expose(), &origin).await {
        Ok(()) => Ok(Json(json!({"next": "/account?done=factor-added#sessions"})).into_response()),
        Err(Stop::Refused(_)) => {
            let detail = "The browser's passkey was not accepted. Try again, or take another device.";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "passkey_refused", detail).into())
        }
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}
