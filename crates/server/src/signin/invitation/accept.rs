use store::{Tx, args};

use super::Invitation;
use crate::{
    app::{App, Now},
    audit::Actor,
    ids::{InvitationId, PersonId},
    permissions::{Authority, Over},
    signin::{
        join::{Newcomer, settle},
        password::Busy,
        session::{self, Begun, Means, Session},
    },
    web::{Origin, Stop},
    workspaces::{self, Person},
};

// What was sent again since has another digest: the link of before holds no more.
const ACCEPT: &str = "
    UPDATE invitations SET accepted_at = $2
    WHERE id = $1 AND digest = $3 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2
      AND EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = invitations.workspace_id
                  AND m.person_id = invitations.invited_by AND m.role = 'owner' AND m.left_at IS NULL)
    RETURNING id";

/// Takes somebody who is signed in into the workspace. Answers false if the invitation holds no more.
pub async fn accept(app: &App, invitation: &Invitation, session: &Session) -> store::Result<bool> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !take(&mut tx, now, invitation, &session.person.id).await? {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

async fn take(tx: &mut Tx, now: Now<'_>, invitation: &Invitation, person: &PersonId) -> store::Result<bool> {
    let by = Authority::new(Over::Customers, Actor::Person(person.clone()));
    if !workspaces::hold(tx, &by, &invitation.workspace).await? {
        return Ok(false);
    }
    let taken = tx.row(ACCEPT, args![&invitation.id, now.when, &invitation.digest[..]]).await?;
    if taken.map(|row| row.get::<InvitationId>("id")).transpose()?.is_none() {
        return Ok(false);
    }
    workspaces::join(tx, now, &by, &invitation.workspace, person, invitation.role).await?;
    Ok(true)
}

/// Takes somebody in who has no sign-in yet: the link has proved that the mailbox is theirs, and they choose a password. Answers
/// nothing if the invitation holds no more, or its address has got a sign-in.
pub async fn accept_anew(
    app: &App,
    invitation: &Invitation,
    who: Newcomer,
    origin: &Origin,
    known_by: Option<&str>,
) -> Result<Option<Begun>, Stop<Busy>> {
    let stored = app.passwords.hash(who.password, app.chance.clone()).await.map_err(Stop::Refused)?;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    // The workspace before its people, as everywhere.
    let anybody = Authority::new(Over::Customers, Actor::Machine);
    if !workspaces::hold(&mut tx, &anybody, &invitation.workspace).await? {
        return Ok(None);
    }
    let settled = settle(app, &mut tx, now, &who.name, &invitation.mail, stored.as_str()).await?;
    let Some(id) = settled else { return Ok(None) };
    if !take(&mut tx, now, invitation, &id).await? {
        return Ok(None);
    }
    let person = Person { id, mail: invitation.mail.clone(), name: Some(who.name) };
    let begun = session::begin(app, &mut tx, now, &person, Means::Joined, origin, known_by).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(Some(begun))
}
