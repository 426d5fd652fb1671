use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use factors::SecretText;
use passwords::Password;
use seal::Private;
use serde::Deserialize;

use super::sign_in::told_to_wait;
use crate::{
    app::App,
    ids::{FactorId, SessionId, WorkspaceId},
    signin::{
        factor::{self, Factors},
        password::{self, Context},
        session::{self, Ending, ListedSession, Session},
    },
    web::{
        Origin, Problem, Stop,
        console::{Fields, Form, Frame, SignedIn, Turned, page, to, with_status},
        private_line,
    },
    workspaces,
};

#[derive(Template)]
#[template(path = "console/account.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    name: String,
    mail: String,
    factors: Factors,
    sessions: Vec<ListedSession>,
    own: SessionId,
    known: bool,
    closed: Option<time_and_chance::Time>,
    has_passkeys: bool,
    workspaces: Vec<workspaces::Membership>,
    least: usize,
}

async fn page_of(app: &App, who: &SignedIn, fields: Fields) -> Result<Page, Turned> {
    who.must_be_full()?;
    let Session { person, id, password_is_known, .. } = &who.session;
    Ok(Page {
        frame: who.frame(app),
        fields,
        name: person.name.as_ref().map(|name| name.expose().to_owned()).unwrap_or_default(),
        mail: person.mail.expose().to_owned(),
        factors: factor::list(app, &person.id).await?,
        sessions: session::list(app, &person.id).await?,
        own: id.clone(),
        known: *password_is_known,
        closed: who.session.closed(app.clock.now()),
        has_passkeys: app.passkeys.is_some(),
        workspaces: who.workspaces.clone(),
        least: app.settings.password.min_length,
    })
}

/// The page with a sentence beside one of its fields.
pub(super) async fn again(
    app: &App,
    who: &SignedIn,
    field: &'static str,
    sentence: impl Into<std::borrow::Cow<'static, str>>,
) -> Result<Response, Turned> {
    let page = page_of(app, who, Fields::of(field, sentence)).await?;
    Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// One's own account.
pub(super) async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, Turned> {
    Ok(page(&page_of(&app, &who, Fields::default()).await?))
}

/// What the forms send.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    name: Private,
    current: Private,
    password: Private,
    code: Private,
    end_others: String,
}

/// Gives oneself another name.
pub(super) async fn rename(
    State(app): State<App>,
    who: SignedIn,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    let Ok(name) = private_line("name", &sent.name, 200) else {
        return again(&app, &who, "name", "Enter your name, in one line of at most 200 characters.").await;
    };
    workspaces::rename(&app, &who.session.person.id, &name).await?;
    Ok(to("/account?done=name"))
}

/// Changes one's password.
pub(super) async fn change_password(
    State(app): State<App>,
    who: SignedIn,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    let Ok(current) = Password::new(sent.current.expose()) else {
        return again(&app, &who, "current", "That is not your present password.").await;
    };
    let mut context = Context::of(&app).of_person(&who.session.person);
    for workspace in &who.workspaces {
        context = context.with(&workspace.name);
    }
    let wanted = match password::checked(&app, &sent.password, &context).await {
        Ok(wanted) => wanted,
        Err(Stop::Refused(refusal)) => return again(&app, &who, "password", refusal.sentence()).await,
        Err(Stop::Fault(fault)) => return Err(fault.into()),
    };
    let others = sent.end_others == "yes";
    match password::change(&app, &who.session, current, wanted, others, &origin).await {
        Ok(()) => Ok(to("/account?done=password")),
        Err(Stop::Refused(refusal)) => {
            let answer = again(&app, &who, "current", refusal.sentence()).await?;
            Ok(match refusal {
                password::Refusal::Wait(wait) => told_to_wait(answer, wait),
                _ => answer,
            })
        }
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

#[derive(Template)]
#[template(path = "console/authenticator.html")]
struct AuthenticatorPage {
    frame: Frame,
    fields: Fields,
    id: FactorId,
    picture: Option<SecretText>,
    text: SecretText,
}

/// Begins to add an authenticator: shows its secret.
pub(super) async fn begin_authenticator(State(app): State<App>, who: SignedIn) -> Result<Response, Turned> {
    authenticator_page(&app, &who, Fields::default()).await
}

async fn authenticator_page(app: &App, who: &SignedIn, fields: Fields) -> Result<Response, Turned> {
    who.must_be_full()?;
    let fresh = who.fresh(app, "/account")?;
    let status = if fields.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let begun = factor::begin_authenticator(app, fresh).await?;
    let (frame, id) = (who.frame(app), begun.id);
    Ok(with_status(
        status,
        &AuthenticatorPage { frame, fields, id, picture: begun.picture, text: begun.text },
    ))
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
    let fresh = who.fresh(&app, "/account")?;
    let id: FactorId = id.parse().map_err(|_| Problem::not_found("authenticator"))?;
    match factor::add_authenticator(&app, fresh, &id, sent.code.expose(), &origin).await {
        Ok(()) => Ok(to("/account?done=factor-added#sessions")),
        Err(Stop::Refused(_)) => {
            let sentence = "This code is none of the new secret below. Scan it once more, and enter the code that the app shows then.";
            authenticator_page(&app, &who, Fields::of("code", sentence)).await
        }
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
    let fresh = who.fresh(&app, "/account")?;
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
    let fresh = who.fresh(&app, "/account")?;
    let codes = factor::make_recovery_codes(&app, fresh, &origin).await?;
    Ok(page(&CodesPage { frame: who.frame(&app), codes }))
}

/// Ends one of one's sessions.
pub(super) async fn end_session(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    let id: SessionId = id.parse().map_err(|_| Problem::not_found("session"))?;
    if !session::end(&app, &who.session.person.id, &id, Ending::Elsewhere).await? {
        return Err(Problem::not_found("session").into());
    }
    Ok(to("/account?done=session-ended#sessions"))
}

/// Ends all of one's other sessions.
pub(super) async fn end_others(State(app): State<App>, who: SignedIn) -> Result<Response, Turned> {
    who.must_be_full()?;
    session::end_others(&app, &who.session.person.id, &who.session.id, Ending::Elsewhere).await?;
    Ok(to("/account?done=sessions-ended#sessions"))
}

/// Leaves a workspace.
pub(super) async fn leave(
    State(app): State<App>,
    who: SignedIn,
    Path(workspace): Path<String>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    let workspace: WorkspaceId = workspace.parse().map_err(|_| Problem::not_found("workspace"))?;
    match workspaces::leave(&app, &workspace, &who.session.person.id).await {
        Ok(()) => Ok(to("/account?done=left")),
        Err(stop) => Err(Problem::from(stop).into()),
    }
}
