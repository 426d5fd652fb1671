use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use factors::SecretText;
use seal::Private;
use serde::Deserialize;

use super::account::PROVED;
use crate::{
    app::App,
    ids::FactorId,
    signin::factor::{self, BegunAuthenticator},
    web::{
        Origin, Problem, Stop,
        console::{Fields, Form, Frame, SignedIn, Turned, page, to, with_status},
    },
};

#[derive(Template)]
#[template(path = "console/authenticator.html")]
struct AuthenticatorPage {
    frame: Frame,
    fields: Fields,
    begun: BegunAuthenticator,
}

impl AuthenticatorPage {
    fn of(app: &App, who: &SignedIn, begun: BegunAuthenticator, fields: Fields) -> Self {
        Self { frame: who.frame(app), fields, begun }
    }
}

/// Begins to add an authenticator: shows its secret.
pub(super) async fn begin_authenticator(State(app): State<App>, who: SignedIn) -> Result<Response, Turned> {
    who.must_be_full()?;
    let fresh = who.fresh(&app, PROVED)?;
    let begun = factor::begin_authenticator(&app, fresh).await?;
    Ok(page(&AuthenticatorPage::of(&app, &who, begun, Fields::default())))
}

/// What its form sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    code: Private,
}

/// Adds the authenticator, with a code of it.
pub(super) async fn add_authenticator(
    State(app): State<App>,
    who: SignedIn,
    origin: Origin,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    let fresh = who.fresh(&app, PROVED)?;
    let id: FactorId = id.parse().map_err(|_| Problem::not_found("authenticator"))?;
    match factor::add_authenticator(&app, fresh, &id, sent.code.expose(), &origin).await {
        Ok(()) => Ok(to("/account?done=factor-added#sessions")),
        Err(Stop::Refused(_)) => match factor::pending_authenticator(&app, fresh, &id).await? {
            // The same secret once more: it is in the app already.
            Some(begun) => {
                let sentence = "This code does not fit. Enter the one that the app shows now.";
                let page = AuthenticatorPage::of(&app, &who, begun, Fields::of("code", sentence));
                Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
            // After a double click, or another one was begun in another window.
            None => Ok(to("/account?done=factor-over#factors")),
        },
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

/// Removes a factor.
pub(super) async fn remove_factor(
    State(app): State<App>,
    who: SignedIn,
    origin: Origin,
    Path(id): Path<String>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    let fresh = who.fresh(&app, PROVED)?;
    let id: FactorId = id.parse().map_err(|_| Problem::not_found("factor"))?;
    match factor::remove(&app, fresh, &id, &origin).await {
        Ok(()) => Ok(to("/account?done=factor-removed#sessions")),
        Err(Stop::Refused(_)) => Err(Problem::not_found("factor").into()),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

#[derive(Template)]
#[template(path = "console/recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    codes: Vec<SecretText>,
}

/// Makes recovery codes, which are shown this once.
pub(super) async fn make_recovery_codes(
    State(app): State<App>,
    who: SignedIn,
    origin: Origin,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    let fresh = who.fresh(&app, PROVED)?;
    let codes = factor::make_recovery_codes(&app, fresh, &origin).await?;
    Ok(page(&CodesPage { frame: who.frame(&app), codes }))
}
