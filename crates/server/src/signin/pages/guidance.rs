use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use seal::Private;
use serde::Deserialize;

use crate::{
    app::App,
    signin::{
        self,
        password::{self, Context},
    },
    web::{
        Origin, Problem,
        console::{Form, Visit, session_of},
    },
    workspaces,
};

/// What is asked while somebody types a new password.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    password: Private,
    name: Private,
    mail: Private,
    workspace: Private,
}

/// Judges a password that is being typed. Nothing of it is kept.
pub(super) async fn advise(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    if !signin::may_ask_for_guidance(&app, &origin).await? {
        let detail = "This was asked very often. Go on typing; it is judged when you send the form.";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_questions", detail));
    }
    let mut context = Context::of(&app).with(&sent.name).with(&sent.mail).with(&sent.workspace);
    // Of whoever is signed in the page need not say it.
    if let Some(session) = session_of(&app, &visit).await? {
        let workspaces = workspaces::memberships(&app, &session.person.id, None).await?;
        context = context.of_person(&session.person).of_workspaces(&workspaces);
    }
    let advice = password::advise(&app, &sent.password, &context).await;
    let busy = |_| {
        let detail = password::Refusal::Busy.sentence();
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
    };
    Ok(Json(advice.map_err(busy)?).into_response())
}
