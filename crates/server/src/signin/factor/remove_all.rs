use serde_json::json;
use store::args;

use crate::{
    app::App,
    events::Event,
    mail,
    permissions::Authority,
    signin::{
        browser, letters, link,
        session::{self, Ending},
    },
    web::Stop,
    workspaces::{self, Refusal},
};

const AUTHENTICATORS: &str = "DELETE FROM authenticators WHERE person_id = $1";
const PASSKEYS: &str = "DELETE FROM passkeys WHERE person_id = $1";
const RECOVERY_CODES: &str = "DELETE FROM recovery_codes WHERE person_id = $1";
const CLOSE: &str = "UPDATE passwords SET closed_until = $2 WHERE person_id = $1";

/// Takes all factors away from somebody who has lost them, on the word of whoever runs this machine: mail is their second factor
/// again. Every session of theirs ends, they are told, and what is sensitive stays closed for a day.
pub async fn remove_all(app: &App, by: &Authority, mail: &str) -> Result<(), Stop<Refusal>> {
    let address = mail::address(mail).map_err(|_| Stop::Refused(Refusal::NotAnAddress))?;
    let person = workspaces::person_with(app, &address).await?.ok_or(Stop::Refused(Refusal::NoMember))?;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    for statement in [AUTHENTICATORS, PASSKEYS, RECOVERY_CODES] {
        tx.execute(statement, args![&person.id]).await?;
    }
    let until = now.when.plus(link::CLOSED);
    tx.execute(CLOSE, args![&person.id, until]).await?;
    session::end_others_in(&mut tx, now, &person.id, None, Ending::FactorChanged).await?;
    browser::forget(&mut tx, &person.id).await?;
    link::withdraw(&mut tx, now, &person.id, link::Kind::Address).await?;
    let details = json!({"kind": "all"});
    workspaces::note_by(&mut tx, now, by.actor(), &person.id, Event::FactorRemoved, details).await?;
    let letter = letters::factors_removed(app, until);
    letters::send(&mut tx, now, &person, &format!("all factors {}", now.when.micros()), letter).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}
