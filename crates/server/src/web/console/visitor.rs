//! Who looks at a page: nobody in particular, somebody who is signed in, a member of the workspace, an owner of it. Only what is here
//! makes these of a request.

use std::result::Result as Either;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use url::form_urlencoded::byte_serialize;

use super::{Frame, Here, Place, SESSION, Switch, Visit, page::to};
use crate::{
    app::App,
    audit::Actor,
    ids::WorkspaceId,
    permissions::{Authority, Over},
    signin::session::{self, Found, Fresh, Kind, NotFresh, Session},
    web::Problem,
    workspaces::{self, MemberRole, Membership},
};

/// Why somebody is turned away.
pub enum Turned {
    /// Something comes first, and this is its address: to sign in, or to prove anew who they are.
    First(String),
    /// They may not.
    Away(Problem),
}

impl From<Problem> for Turned {
    fn from(problem: Problem) -> Self {
        Self::Away(problem)
    }
}

impl From<store::Fault> for Turned {
    fn from(fault: store::Fault) -> Self {
        Self::Away(fault.into())
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::First(path) => to(&path),
            Self::Away(problem) => problem.into_response(),
        }
    }
}

/// Somebody who is signed in, with both factors.
pub struct SignedIn {
    /// Their session.
    pub session: Session,
    /// What they look at.
    pub visit: Visit,
    /// The workspaces that they are in.
    pub workspaces: Vec<Membership>,
}

impl SignedIn {
    /// The proof that something sensitive may be done now; or the way to get it, which leads back to `next`.
    pub fn fresh(&self, app: &App, next: &str) -> Either<Fresh<'_>, Turned> {
        self.session.fresh(app.clock.now()).map_err(|not| match not {
            NotFresh::Stale => {
                Turned::First(format!("/step-up?next={}", byte_serialize(next.as_bytes()).collect::<String>()))
            }
            NotFresh::Closed(until) => {
                let detail = format!(
                    "You have set a forgotten password anew, and mail is your only second factor. So tokens, factors and \
                     addresses stay closed until {}. Whoever owns all of your workspaces can open them earlier.",
                    until.in_words()
                );
                Problem::new(StatusCode::FORBIDDEN, "closed_for_now", detail).into()
            }
        })
    }

    /// The frame of one of their own pages.
    pub fn frame(&self, app: &App) -> Frame {
        let (portal, back) = match &self.session.kind {
            Kind::Full => (false, None),
            Kind::Portal { back, .. } => (true, back.clone()),
        };
        let reached = self.workspaces.iter().filter(|one| portal_reaches(&self.session.kind, one));
        let switch =
            |one: &Membership| Switch { id: one.workspace_id.clone(), name: one.name.expose().to_owned() };
        Frame {
            person: Some(self.session.person.called().expose().to_owned()),
            session_ends: Some(self.session.expires_at),
            portal,
            back,
            workspaces: reached.map(switch).collect(),
            ..self.visit.frame(app)
        }
    }

    /// Whether the workspace lets in only whoever has a stronger second factor than mail, and they have none. Of who comes by a portal
    /// link the product says who it is.
    pub(super) fn is_too_weak_for(&self, workspace: &Membership) -> bool {
        workspace.strong_factor && !self.session.has_strong_factor && !self.is_from_product()
    }

    /// Whether they came by a portal link of the product's.
    pub fn is_from_product(&self) -> bool {
        self.session.kind != Kind::Full
    }

    /// That the session reaches all of their account, which one by a portal link does not.
    pub fn must_be_full(&self) -> Either<(), Problem> {
        if !self.is_from_product() {
            return Ok(());
        }
        let detail = "You came here from the product, which keeps your account. This page is for who has signed in here.";
        Err(Problem::new(StatusCode::FORBIDDEN, "portal_only", detail))
    }
}

/// The whole session of whoever looks at a page that is open to everybody, if they are signed in.
pub async fn session_of(app: &App, visit: &Visit) -> store::Result<Option<Session>> {
    let Some(secret) = visit.cookies.get(SESSION) else { return Ok(None) };
    Ok(match session::find(app, secret).await? {
        Found::Lasting(session) if session.kind == Kind::Full => Some(*session),
        _ => None,
    })
}

fn portal_reaches(kind: &Kind, membership: &Membership) -> bool {
    match kind {
        Kind::Full => true,
        Kind::Portal { workspace, .. } => *workspace == membership.workspace_id,
    }
}

/// A member of the workspace that the page is of.
pub struct Inside {
    /// Who it is.
    pub who: SignedIn,
    /// The workspace, and what they are in it.
    pub here: Membership,
}

impl Inside {
    /// Whether they are an owner.
    pub fn is_owner(&self) -> bool {
        self.here.role == MemberRole::Owner
    }

    /// The frame of a page of the workspace.
    pub fn frame(&self, app: &App, place: Place) -> Frame {
        let here = Here {
            id: self.here.workspace_id.clone(),
            name: self.here.name.expose().to_owned(),
            is_owner: self.is_owner(),
            place,
            only: match &self.who.session.kind {
                Kind::Full => None,
                Kind::Portal { page, .. } => page.clone(),
            },
        };
        Frame { here: Some(here), ..self.who.frame(app) }
    }

    /// The address of something in the workspace.
    pub fn path(&self, rest: &str) -> String {
        format!("/w/{}{rest}", self.here.workspace_id)
    }

    /// Whether they may open this page of the workspace: who leads there asks first.
    pub fn may_open(&self, place: Place) -> bool {
        let is_theirs = self.is_owner() || !place.is_for_owners();
        is_theirs && self.who.session.reaches(&self.here.workspace_id, place.segment())
    }

    /// The proof for what a form asks for; or the way to get it, which leads back to the form's page. What was typed is gone by then, so
    /// the page says that it is to be done once more.
    pub fn proved(&self, app: &App, rest: &str) -> Either<Fresh<'_>, Turned> {
        self.who.fresh(app, &format!("{}?done=proved", self.path(rest)))
    }
}

/// An owner of the workspace that the page is of.
pub struct Owning {
    /// Them, as a member.
    pub inside: Inside,
    /// What they may do.
    pub authority: Authority,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Either<Self, Turned> {
        signed_in(app, Visit::of(&parts.method, &parts.headers, &parts.uri), None).await
    }
}

/// Whoever is signed in, with their workspaces: the one that is asked for is among them, however many there are.
pub(super) async fn signed_in(
    app: &App,
    visit: Visit,
    first: Option<&WorkspaceId>,
) -> Either<SignedIn, Turned> {
    let found = match visit.cookies.get(SESSION) {
        Some(secret) => session::find(app, secret).await?,
        None => Found::Nothing,
    };
    let why = match found {
        Found::Lasting(session) => {
            let workspaces = workspaces::memberships(app, &session.person.id, first).await?;
            return Ok(SignedIn { session: *session, visit, workspaces });
        }
        Found::Over => "&why=over",
        Found::PortalOver => "&why=portal",
        Found::Ended => "&why=ended",
        Found::Nothing => "",
    };
    let next = match visit.path.as_str() {
        // Whoever signs in has proved with that what is asked for here.
        "/step-up" | "/renew" => visit.asked("next"),
        _ => visit.shown_at(),
    };
    let next: String = byte_serialize(next.as_bytes()).collect();
    Err(Turned::First(format!("/sign-in?next={next}{why}")))
}

impl FromRequestParts<App> for Inside {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Either<Self, Turned> {
        let unknown = || Problem::not_found("workspace");
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| unknown())?;
        let named = params.iter().find(|(name, _)| *name == "workspace");
        let workspace: Option<WorkspaceId> = named.and_then(|(_, text)| text.parse().ok());
        let visit = Visit::of(&parts.method, &parts.headers, &parts.uri);
        let who = signed_in(app, visit, workspace.as_ref()).await?;
        let workspace = workspace.ok_or_else(unknown)?;
        let here = who.workspaces.iter().find(|one| one.workspace_id == workspace).cloned();
        let page = parts.uri.path().split('/').nth(3).unwrap_or_default();
        let here = here.filter(|_| who.session.reaches(&workspace, page)).ok_or_else(unknown)?;
        if who.is_too_weak_for(&here) {
            let detail = "This workspace lets in only who has an authenticator app or a passkey. Add one in your account, under \
                          \"Second factors\".";
            return Err(Problem::new(StatusCode::FORBIDDEN, "strong_factor_required", detail).into());
        }
        Ok(Self { who, here })
    }
}

impl FromRequestParts<App> for Owning {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Either<Self, Turned> {
        let inside = Inside::from_request_parts(parts, app).await?;
        if !inside.is_owner() {
            let detail = "Only owners of the workspace may do this. Ask one of them.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "owners_only", detail).into());
        }
        let over = Over::Workspace(inside.here.workspace_id.clone());
        let actor = Actor::Person(inside.who.session.person.id.clone());
        Ok(Self { authority: Authority::new(over, actor), inside })
    }
}
