//! What stands around the page of a problem: whoever is signed in stays where they are, with the menus and the ways out that they have.

use axum::http::StatusCode;

use super::{Frame, Inside, Place, Visit, visitor::signed_in};
use crate::{app::App, ids::WorkspaceId, signin::session::Kind, workspaces::Membership};

/// What to do next: a verb, and where it is done.
pub(super) struct Onward {
    pub verb: &'static str,
    pub path: String,
}

impl Onward {
    fn new(verb: &'static str, path: impl Into<String>) -> Self {
        Self { verb, path: path.into() }
    }

    pub(super) fn start() -> Self {
        Self::new("Go to the start", "/")
    }
}

/// Whether it is asked who is there before a problem with this status is shown. Not when too much is asked already, nor when what would be
/// asked has failed, nor when we were called by somebody else's name.
pub(super) fn is_for_whoever_is_there(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::CONFLICT
            | StatusCode::UNPROCESSABLE_ENTITY
    )
}

/// The frame of a problem's page, and the way on from it.
pub(super) async fn around(app: &App, visit: &Visit, status: StatusCode, code: &str) -> (Frame, Onward) {
    let asked: Option<WorkspaceId> = part(visit, 2).and_then(|text| text.parse().ok());
    let Ok(who) = signed_in(app, visit.clone(), asked.as_ref()).await else {
        return (visit.frame(app), Onward::start());
    };
    let here = match (&who.session.kind, asked) {
        (Kind::Portal { workspace, .. }, _) => Some(workspace.clone()),
        (Kind::Full, asked) => asked,
    };
    let is_here = |one: &&Membership| Some(&one.workspace_id) == here.as_ref() && !who.is_too_weak_for(one);
    let Some(here) = who.workspaces.iter().find(is_here).cloned() else {
        let onward = match code {
            "strong_factor_required" => Onward::new("Go to your account", "/account#factors"),
            _ => back(visit, status).unwrap_or_else(Onward::start),
        };
        return (who.frame(app), onward);
    };
    let inside = Inside { who, here };
    let open = Place::ALL.into_iter().filter(|place| inside.may_open(*place));
    let home = open.clone().next().unwrap_or(Place::Home);
    let place = open.clone().find(|place| part(visit, 3) == Some(place.segment())).unwrap_or(home);
    let onward =
        back(visit, status).unwrap_or_else(|| Onward::new("Back to the workspace", inside.path(home.path())));
    (inside.frame(app, place), onward)
}

/// What cannot be done now may be done otherwise, on the page of the form.
fn back(visit: &Visit, status: StatusCode) -> Option<Onward> {
    let is_other_form = visit.is_form() && status == StatusCode::CONFLICT;
    is_other_form.then(|| Onward::new("Back to the page", visit.shown_at()))
}

fn part(visit: &Visit, at: usize) -> Option<&str> {
    visit.path.starts_with("/w/").then(|| visit.path.split('/').nth(at)).flatten()
}
