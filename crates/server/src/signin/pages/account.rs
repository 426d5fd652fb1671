use std::borrow::Cow;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use passwords::Password;
use seal::Private;
use serde::Deserialize;

use super::sign_in::{told_to_come_back, told_to_wait};
use crate::{
    app::App,
    ids::{SessionId, WorkspaceId},
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

/// Where whoever had to prove themselves first comes back to.
pub(super) const PROVED: &str = "/account?done=proved";

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
    typed: Typed,
    closed: Option<time_and_chance::Time>,
    has_passkeys: bool,
    workspaces: Vec<workspaces::Membership>,
    least: usize,
}

/// What was typed and was not taken, so that nobody has to type it again. Passwords are not among it.
pub(super) struct Typed {
    /// A name, instead of the one that they have.
    pub name: Option<Private>,
    /// Another mail address.
    pub mail: Private,
    /// Whether the other sessions are to end with the password.
    pub end_others: bool,
}

impl Default for Typed {
    fn default() -> Self {
        Self { name: None, mail: Private::default(), end_others: true }
    }
}

async fn page_of(app: &App, who: &SignedIn, fields: Fields, typed: Typed) -> Result<Page, Turned> {
    who.must_be_full()?;
    let Session { person, id, password_is_known, .. } = &who.session;
    Ok(Page {
        frame: who.frame(app),
        fields,
        name: typed.name.as_ref().or(person.name.as_ref()).map(short).unwrap_or_default(),
        mail: person.mail.expose().to_owned(),
        factors: factor::list(app, &person.id).await?,
        sessions: session::list(app, &person.id).await?,
        own: id.clone(),
        known: *password_is_known,
        typed: Typed { mail: short(&typed.mail).into(), ..typed },
        closed: who.session.closed(app.clock.now()),
        has_passkeys: app.passkeys.is_some(),
        workspaces: who.workspaces.clone(),
        least: app.settings.password.min_length,
    })
}

fn short(text: &Private) -> String {
    text.expose().chars().take(300).collect()
}

/// The page with a sentence beside one of its fields.
pub(super) async fn again(
    app: &App,
    who: &SignedIn,
    field: &'static str,
    sentence: impl Into<Cow<'static, str>>,
    typed: Typed,
) -> Result<Response, Turned> {
    let page = page_of(app, who, Fields::of(field, sentence), typed).await?;
    Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// One's own account.
pub(super) async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, Turned> {
    Ok(page(&page_of(&app, &who, Fields::default(), Typed::default()).await?))
}

/// What the forms send.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    name: Private,
    current: Private,
    password: Private,
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
        let sentence = "Enter your name, in one line of at most 200 characters.";
        return again(&app, &who, "name", sentence, Typed { name: Some(sent.name), ..Typed::default() })
            .await;
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
    let end_others = sent.end_others == "yes";
    let typed = Typed { end_others, ..Typed::default() };
    let Ok(current) = Password::new(sent.current.expose()) else {
        return again(&app, &who, "current", "That is not your present password.", typed).await;
    };
    let context = Context::of(&app).of_person(&who.session.person).of_workspaces(&who.workspaces);
    let wanted = match password::checked(&app, &sent.password, &context).await {
        Ok(wanted) => wanted,
        Err(Stop::Refused(refusal)) => {
            return again(&app, &who, "password", refusal.sentence(), typed).await;
        }
        Err(Stop::Fault(fault)) => return Err(fault.into()),
    };
    match password::change(&app, &who.session, current, wanted, end_others, &origin).await {
        Ok(()) => Ok(to("/account?done=password")),
        Err(Stop::Refused(refusal)) => {
            let answer = again(&app, &who, "current", refusal.sentence(), typed).await?;
            Ok(match refusal {
                password::Refusal::Wait(wait) => told_to_wait(answer, wait),
                password::Refusal::Busy => told_to_come_back(answer),
                _ => answer,
            })
        }
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
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
