use factors::LinkSecret;
use seal::Private;
use serde_json::json;
use store::{Row, Tx, args};

use super::{LASTS, MOST, list};
use crate::{
    app::{App, Now},
    audit::{self, Actor, Entry},
    columns::{INVITATION_MAIL, WORKSPACE_NAME},
    events::Event,
    ids::{InvitationId, WorkspaceId},
    mail::Address,
    permissions::Authority,
    signin::{
        failures::{self, Of},
        letters,
    },
    web::Stop,
    workspaces::{self, MemberRole, Person},
};

/// Why nobody is invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such workspace.
    NoWorkspace,
    /// There is no such invitation, or it was accepted.
    NoInvitation,
    /// Somebody with this address is a member.
    IsMember,
    /// Somebody with this address is invited.
    IsInvited,
    /// A hundred are open.
    TooMany,
    /// The address was mailed to very often lately.
    TooOften,
}

const INSERT: &str = "
    INSERT INTO invitations (id, workspace_id, mail, role, digest, invited_by, created_at, sent_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";

/// Invites somebody into a workspace.
pub async fn invite(
    app: &App,
    by: &Authority,
    person: &Person,
    workspace: &WorkspaceId,
    address: &Address,
    role: MemberRole,
) -> Result<InvitationId, Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    let mail: Private = address.as_typed().into();
    if workspaces::member_named(&mut tx, now, workspace, &mail).await?.is_some() {
        return Err(Stop::Refused(Refusal::IsMember));
    }
    // Of two at once the second waits for the workspace, and then sees the first.
    let open = list::list_in(&mut tx, now, workspace).await?;
    if open.len() >= MOST {
        return Err(Stop::Refused(Refusal::TooMany));
    }
    if open.iter().any(|one| is_same(&one.mail, address)) {
        return Err(Stop::Refused(Refusal::IsInvited));
    }
    must_not_flood(&mut tx, now, &mail).await?;
    let (id, secret) = (InvitationId::new(now.when, now.chance), LinkSecret::new(now.chance));
    let keys = now.keys(&mut tx, [workspace.as_str()]).await?;
    let place = INVITATION_MAIL.of(id.as_str(), workspace.as_str());
    let sealed = keys.of(workspace.as_str())?.seal(now.chance, place, &mail);
    let digest = secret.digest();
    let until = now.when.plus(LASTS);
    let arguments =
        args![&id, workspace, sealed, role.name(), &digest.as_bytes()[..], &person.id, now.when, until];
    tx.execute(INSERT, arguments).await?;
    let details = json!({"mail": mail, "role": role});
    note(&mut tx, now, by, workspace, Event::InvitationSent, &id, details).await?;
    post(app, &mut tx, now, workspace, person, &id, mail, &secret).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(id)
}

/// Whoever owns a workspace is not to fill a stranger's mailbox.
async fn must_not_flood(tx: &mut Tx, now: Now<'_>, mail: &Private) -> Result<(), Stop<Refusal>> {
    let address = crate::mail::address(mail.expose());
    let folded = address.as_ref().map_or(mail.expose(), Address::folded);
    if failures::may_mail(tx, now, &Of::Letters(folded)).await? {
        return Ok(());
    }
    Err(Stop::Refused(Refusal::TooOften))
}

fn is_same(mail: &Private, address: &Address) -> bool {
    crate::mail::address(mail.expose()).is_ok_and(|known| known.folded() == address.folded())
}

const RENEW: &str = "
    UPDATE invitations SET digest = $3, sent_at = $4, expires_at = $5
    WHERE id = $1 AND workspace_id = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL RETURNING id, mail";

/// Sends an invitation again, with a new link; the one before holds no more.
pub async fn again(
    app: &App,
    by: &Authority,
    person: &Person,
    workspace: &WorkspaceId,
    id: &InvitationId,
) -> Result<(), Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    let secret = LinkSecret::new(now.chance);
    let digest = secret.digest();
    let until = now.when.plus(LASTS);
    let rows = tx.rows(RENEW, args![id, workspace, &digest.as_bytes()[..], now.when, until]).await?;
    let row: &Row = rows.first().ok_or(Stop::Refused(Refusal::NoInvitation))?;
    let opener = now.vault.opener_of(&mut tx, &rows, &["mail"]).await?;
    let mail = opener.text(row, "mail", INVITATION_MAIL.of(id.as_str(), workspace.as_str()))?;
    must_not_flood(&mut tx, now, &mail).await?;
    let details = json!({"mail": mail, "again": true});
    note(&mut tx, now, by, workspace, Event::InvitationSent, id, details).await?;
    post(app, &mut tx, now, workspace, person, id, mail, &secret).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}

const WITHDRAW: &str = "
    UPDATE invitations SET withdrawn_at = $3
    WHERE id = $1 AND workspace_id = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL RETURNING id";

/// Withdraws an invitation: its link holds no more.
pub async fn withdraw(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    id: &InvitationId,
) -> Result<(), Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    if tx.row(WITHDRAW, args![id, workspace, now.when]).await?.is_none() {
        return Err(Stop::Refused(Refusal::NoInvitation));
    }
    note(&mut tx, now, by, workspace, Event::InvitationWithdrawn, id, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

async fn note(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    workspace: &WorkspaceId,
    event: Event,
    id: &InvitationId,
    details: serde_json::Value,
) -> store::Result<()> {
    let actor: &Actor = by.actor();
    let entry = Entry { workspace: Some(workspace), actor, event, target: id.as_str(), details };
    audit::record(tx, now, &[entry]).await
}

const NAME: &str = "SELECT name FROM workspaces WHERE id = $1";

#[expect(clippy::too_many_arguments, reason = "each says another thing of one letter")]
async fn post(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    workspace: &WorkspaceId,
    by: &Person,
    id: &InvitationId,
    mail: Private,
    secret: &LinkSecret,
) -> store::Result<()> {
    let rows = tx.rows(NAME, args![workspace]).await?;
    let opener = now.vault.opener_of(&mut *tx, &rows, &["name"]).await?;
    let row = rows.first().ok_or_else(|| store::Fault::Row("an invitation into nothing".to_owned()))?;
    let name = opener.text(row, "name", WORKSPACE_NAME.of(workspace.as_str(), workspace.as_str()))?;
    let letter = letters::invitation(app, &name, by.called(), secret);
    letters::send_to(tx, now, mail, &format!("invitation {id} {}", now.when.micros()), letter).await
}
