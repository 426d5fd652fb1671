use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    begun_with,
    join::{Page, Sent, busy, newcomer},
    link::{LinkPage, dead},
};
use crate::{
    app::App,
    mail::{self, words::short},
    signin::{
        invitation::{self, Invitation},
        join,
        link::Stands,
    },
    web::{
        Origin, Problem, Stop,
        console::{BROWSER, Form, Visit, page, session_of, to},
    },
};

const INSTEAD: (&str, &str) = ("Go to sign-in", "/sign-in");

async fn good(app: &App, visit: &Visit, secret: &str) -> Result<Result<Invitation, Response>, Problem> {
    let found = invitation::find(app, secret).await?;
    Ok(match found {
        Some(invitation) if invitation.stands == Stands::Good => Ok(invitation),
        other => Err(dead(app, visit, other.map(|one| one.stands), INSTEAD)),
    })
}

fn anew(app: &App, visit: &Visit, invitation: &Invitation) -> Page {
    let name = short(invitation.workspace_name.expose(), 120);
    Page {
        heading: format!("Join {name}"),
        lead: format!(
            "You are invited into the workspace \"{name}\". Tell us who you are, and choose a password."
        ),
        verb: "Join",
        workspace: invitation.workspace_name.expose().to_owned(),
        mail: invitation.mail.expose().to_owned(),
        asks_mail: false,
        sign_in: Some(format!("/sign-in?next={}", visit.path)),
        ..Page::of(app, visit)
    }
}

/// An invitation's page: a button for whoever is signed in, a form for whoever is new. Looking at it changes nothing.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let invitation = match good(&app, &visit, &secret).await? {
        Ok(invitation) => invitation,
        Err(dead) => return Ok(dead),
    };
    if let Some(session) = session_of(&app, &visit).await? {
        let frame = visit.frame(&app);
        let name = short(invitation.workspace_name.expose(), 120);
        let who = session.person.mail.expose();
        let sentence =
            format!("You are signed in as {who}, and will be in the workspace \"{name}\" too.").into();
        let (verb, instead) = (Some("Join"), Some(("Not now", "/")));
        return Ok(page(&LinkPage { frame, heading: "You are invited", sentence, verb, instead }));
    }
    let address = mail::address(invitation.mail.expose());
    if let Ok(address) = address
        && join::has_sign_in(&app, &address).await?
    {
        return Ok(to(&format!("/sign-in?next={}", visit.path)));
    }
    Ok(page(&anew(&app, &visit, &invitation)))
}

/// Joins.
pub(super) async fn send(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Path(secret): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let invitation = match good(&app, &visit, &secret).await? {
        Ok(invitation) => invitation,
        Err(dead) => return Ok(dead),
    };
    let there = format!("/w/{}?done=joined", invitation.workspace);
    if let Some(session) = session_of(&app, &visit).await? {
        return Ok(if invitation::accept(&app, &invitation, &session).await? {
            to(&there)
        } else {
            dead(&app, &visit, Some(Stands::Used), INSTEAD)
        });
    }
    // The address is the one that the link went to, whatever the form says.
    let (workspace, mail) = (invitation.workspace_name.clone(), invitation.mail.clone());
    let sent = Sent { workspace, mail, ..sent };
    let again = |why| anew(&app, &visit, &invitation).answer(&sent, why);
    let who = match newcomer(&app, &sent).await {
        Ok(who) => who,
        Err(Stop::Refused(why)) => return Ok(again(why)),
        Err(Stop::Fault(fault)) => return Err(fault.into()),
    };
    let known_by = visit.cookies.get(BROWSER);
    match invitation::accept_anew(&app, &invitation, who, &origin, known_by).await {
        Ok(Some(begun)) => begun_with(&app, &visit, &begun, &there).await,
        Ok(None) => Ok(dead(&app, &visit, Some(Stands::Used), INSTEAD)),
        Err(Stop::Refused(_)) => Ok(again(busy())),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}
