use seal::Private;
use serde_json::json;
use store::Result;

use super::{About, Kind, Link, insert, take, withdraw};
use crate::{
    app::App,
    events::Event,
    mail::{self, Address},
    signin::{
        failures::{self, Of},
        letters,
        session::Fresh,
    },
    web::{Origin, Stop, again},
    workspaces,
};

/// Mails a link to a new address, with which it is confirmed by whoever has asked. Until then the old one stays. Whether the new one is
/// somebody else's is not told, and the work is the same: then whoever has it is mailed that somebody has asked, and nobody gets the
/// link.
pub async fn ask(app: &App, by: Fresh<'_>, address: &Address) -> Result<()> {
    let taken = workspaces::is_somebodys(app, address).await?;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    // What is too much is not counted, and the link that was sent last still holds.
    if !failures::may_mail(&mut tx, now, &Of::Letters(address.folded())).await? {
        return Ok(());
    }
    withdraw(&mut tx, now, &by.person.id, Kind::Address).await?;
    let details = json!({"mail": address.as_typed()});
    workspaces::note(&mut tx, now, &by.person.id, Event::AddressAsked, details).await?;
    let typed: Private = address.as_typed().into();
    let about = About { person: Some(&by.person.id), details: Some(typed.clone()), ..About::default() };
    let (id, secret) = insert(&mut tx, now, Kind::Address, about).await?;
    let letter = if taken {
        letters::address_taken(app, &by.person.mail)
    } else {
        letters::confirm_address(app, &by.person.mail, &secret)
    };
    letters::send_to(&mut tx, now, typed, &format!("confirm {id}"), letter).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}

/// Takes a confirmed address as the person's, and tells the old one. Answers false if the link was used meanwhile, or the address
/// has become somebody else's.
pub async fn confirm(app: &App, link: &Link, origin: &Origin) -> Result<bool> {
    // Two who want one address at once collide in the index; the second time it is seen whose it is.
    match again(|| async { confirm_once(app, link, origin).await.map_err(Stop::<()>::from) }).await {
        Ok(done) => Ok(done),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(Stop::Refused(())) => Ok(false),
    }
}

async fn confirm_once(app: &App, link: &Link, origin: &Origin) -> Result<bool> {
    let (Some(person), Some(address)) = (&link.person, &link.details) else { return Ok(false) };
    let Some(before) = workspaces::person(app, person).await? else { return Ok(false) };
    let Ok(address) = mail::address(address.expose()) else { return Ok(false) };
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !take(&mut tx, now, &link.id).await? || !workspaces::readdress(&mut tx, now, person, &address).await? {
        return Ok(false);
    }
    // A link to set a password that went to the old mailbox is not to be good any more.
    withdraw(&mut tx, now, person, Kind::Reset).await?;
    let letter = letters::address_changed(app, origin, now.when);
    letters::send(&mut tx, now, &before, link.id.as_str(), letter).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(true)
}
