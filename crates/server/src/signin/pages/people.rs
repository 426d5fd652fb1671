use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use seal::Private;
use serde::Deserialize;

use crate::{
    app::App,
    audit::Actor,
    ids::{InvitationId, MemberId},
    mail,
    permissions::{Authority, Over},
    signin::{
        invitation::{self, ListedInvitation, Refusal},
        link::{self, Closed},
    },
    web::{
        Page as Paging, Problem, Stop,
        console::{Fields, Form, Frame, Inside, Owning, Place, Turned, page, to, with_status},
    },
    workspaces::{self, ListedMember, MemberRole},
};

#[derive(Template)]
#[template(path = "console/people.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    typed: Sent,
    base: String,
    is_owner: bool,
    members: Vec<ListedMember>,
    next: Option<String>,
    invitations: Vec<ListedInvitation>,
    closed: BTreeMap<MemberId, Closed>,
    own: MemberId,
}

impl Page {
    fn opens(&self, member: &MemberId) -> bool {
        self.closed.get(member).is_some_and(|closed| closed.opens)
    }
}

async fn page_of(app: &App, inside: &Inside, fields: Fields, typed: Sent) -> Result<Page, Turned> {
    let here = &inside.here;
    let by = Authority::new(
        Over::Workspace(here.workspace_id.clone()),
        Actor::Person(inside.who.session.person.id.clone()),
    );
    let cursor = inside.who.visit.asked("cursor");
    let paging = Paging::at(&cursor).unwrap_or_else(Paging::first);
    let listed = workspaces::list_members(app, &by, &here.workspace_id, &paging).await?;
    let (invitations, closed) = if inside.is_owner() {
        let closed = link::closed_members(app, &here.workspace_id, &inside.who.session.person.id).await?;
        (invitation::list(app, &here.workspace_id).await?, closed)
    } else {
        (Vec::new(), BTreeMap::new())
    };
    Ok(Page {
        frame: inside.frame(app, Place::People),
        fields,
        typed,
        base: inside.path("/people"),
        is_owner: inside.is_owner(),
        members: listed.items,
        next: listed.next,
        invitations,
        closed,
        own: here.member_id.clone(),
    })
}

/// Who is in the workspace.
pub(super) async fn show(State(app): State<App>, inside: Inside) -> Result<Response, Turned> {
    Ok(page(&page_of(&app, &inside, Fields::default(), Sent::default()).await?))
}

/// What the forms send.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    mail: Private,
    role: String,
}

/// Invites somebody.
pub(super) async fn invite(
    State(app): State<App>,
    owning: Owning,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    let Owning { inside, authority } = owning;
    let mut fields = Fields::default();
    let address = mail::address(sent.mail.expose());
    if address.is_err() {
        fields.say("mail", "Enter a mail address, such as ana@example.com.");
    }
    let role = role_of(&sent.role);
    if role.is_none() {
        fields.say("role-member", CHOOSE);
    }
    let (Ok(address), Some(role)) = (address, role) else {
        return not_yet(&app, &inside, fields, sent).await;
    };
    // Whoever becomes an owner can do everything, so this takes what making one takes.
    if role == MemberRole::Owner {
        inside.who.fresh(&app, &inside.path(PROVED))?;
    }
    let (workspace, person) = (&inside.here.workspace_id, &inside.who.session.person);
    match invitation::invite(&app, &authority, person, workspace, &address, role).await {
        Ok(_) => Ok(to(&inside.path("/people?done=invited"))),
        Err(Stop::Refused(refusal)) => {
            let sentence = match refusal {
                Refusal::IsMember => "Somebody with this address is a member already.",
                Refusal::IsInvited => {
                    "Somebody with this address is invited already. You can send that invitation again."
                }
                Refusal::TooMany => "A hundred invitations are open. Withdraw some first.",
                Refusal::TooOften => "A lot was mailed to this address lately. Try again in an hour.",
                Refusal::NoWorkspace | Refusal::NoInvitation => "This workspace is gone.",
            };
            not_yet(&app, &inside, Fields::of("mail", sentence), sent).await
        }
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

/// The page with what is to be mended, and what was typed.
async fn not_yet(app: &App, inside: &Inside, fields: Fields, sent: Sent) -> Result<Response, Turned> {
    let mail = sent.mail.expose().chars().take(254).collect::<String>().into();
    let page = page_of(app, inside, fields, Sent { mail, ..sent }).await?;
    Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Where whoever had to prove themselves first comes back to.
const PROVED: &str = "/people?done=proved";
const CHOOSE: &str = "Choose what they are to be.";

/// A role as a form says it. One that it does not say is none: nobody stops being an owner by that.
fn role_of(said: &str) -> Option<MemberRole> {
    [MemberRole::Owner, MemberRole::Member].into_iter().find(|role| role.name() == said)
}

type InvitationPath = Path<(String, String)>;

fn invitation_id(text: &str) -> Result<InvitationId, Problem> {
    text.parse().map_err(|_| Problem::not_found("invitation"))
}

fn told(stop: Stop<Refusal>) -> Turned {
    match stop {
        Stop::Refused(Refusal::TooOften) => {
            let detail = "A lot was mailed to this address lately. Try again in an hour.";
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_mails", detail).into()
        }
        Stop::Refused(_) => Problem::not_found("invitation").into(),
        Stop::Fault(fault) => fault.into(),
    }
}

/// Withdraws an invitation.
pub(super) async fn withdraw(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, id)): InvitationPath,
) -> Result<Response, Turned> {
    let id = invitation_id(&id)?;
    invitation::withdraw(&app, &authority, &inside.here.workspace_id, &id).await.map_err(told)?;
    Ok(to(&inside.path("/people?done=withdrawn")))
}

/// Sends an invitation again.
pub(super) async fn again(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, id)): InvitationPath,
) -> Result<Response, Turned> {
    // It may be an owner's, who gets another seven days.
    inside.who.fresh(&app, &inside.path(PROVED))?;
    let id = invitation_id(&id)?;
    let (workspace, person) = (&inside.here.workspace_id, &inside.who.session.person);
    invitation::again(&app, &authority, person, workspace, &id).await.map_err(told)?;
    Ok(to(&inside.path("/people?done=invited")))
}

fn member_id(text: &str) -> Result<MemberId, Problem> {
    text.parse().map_err(|_| Problem::not_found("member"))
}

/// Removes a member. It takes a proof, as making them a member does: whoever has stolen a cookie or a mailbox would be rid of all
/// other owners.
pub(super) async fn remove(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, member)): Path<(String, String)>,
) -> Result<Response, Turned> {
    inside.who.fresh(&app, &inside.path(PROVED))?;
    let member = member_id(&member)?;
    workspaces::remove_member(&app, &authority, &inside.here.workspace_id, &member)
        .await
        .map_err(Problem::from)?;
    Ok(to(&inside.path("/people?done=member-removed")))
}

/// Makes a member an owner, or an owner a member.
pub(super) async fn change_role(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, member)): Path<(String, String)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    let role = role_of(&sent.role).ok_or_else(|| Problem::invalid(CHOOSE))?;
    inside.who.fresh(&app, &inside.path(PROVED))?;
    let member = member_id(&member)?;
    workspaces::change_role(&app, &authority, &inside.here.workspace_id, &member, role)
        .await
        .map_err(Problem::from)?;
    Ok(to(&inside.path("/people?done=role")))
}

/// Opens what is closed to a member after a forgotten password.
pub(super) async fn lift(
    State(app): State<App>,
    Owning { inside, authority }: Owning,
    Path((_, member)): Path<(String, String)>,
) -> Result<Response, Turned> {
    let fresh = inside.who.fresh(&app, &inside.path(PROVED))?;
    let member = member_id(&member)?;
    let lifted = link::lift_closed(&app, &authority, fresh, &inside.here, &member).await;
    let done = if lifted.map_err(Problem::from)? { "?done=lifted" } else { "" };
    Ok(to(&inside.path(&format!("/people{done}"))))
}
