use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use seal::Private;
use serde::Deserialize;

use super::{
    account::{PROVED, Typed, again},
    link::{LinkPage, good_link},
};
use crate::{
    app::App,
    mail,
    signin::link::{self, Kind, Link},
    web::{
        Origin, Problem,
        console::{Form, SignedIn, Turned, page, to, with_status},
    },
};

const INSTEAD: (&str, &str) = ("Go to my account", "/account");

/// What the account's form sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    mail: Private,
}

/// Asks for another mail address.
pub(super) async fn ask(
    State(app): State<App>,
    who: SignedIn,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    who.must_be_full()?;
    // What was typed wrongly is said before they prove anything.
    let Ok(address) = mail::address(sent.mail.expose()) else {
        let sentence = "Enter a mail address, such as ana@example.com.";
        return again(&app, &who, "mail", sentence, Typed { mail: sent.mail, ..Typed::default() }).await;
    };
    let fresh = who.fresh(&app, PROVED)?;
    link::ask_address(&app, fresh, &address).await?;
    Ok(to("/account?done=address-asked"))
}

/// The link with this secret, if it is good for whoever looks: only the person who has asked for an address gets it, so that nobody
/// puts an address into somebody else's account by one click.
async fn good(app: &App, who: &SignedIn, secret: &str) -> Result<Result<Link, Response>, Turned> {
    who.must_be_full()?;
    let link = match good_link(app, &who.visit, Kind::Address, secret, INSTEAD).await? {
        Ok(link) => link,
        Err(dead) => return Ok(Err(dead)),
    };
    if link.person.as_ref() == Some(&who.session.person.id) {
        return Ok(Ok(link));
    }
    let mine = who.session.person.mail.expose();
    let sentence = format!(
        "You are signed in as {mine}. This link works only for the account that the mail names. If that is not you, do nothing: \
         nothing changes."
    );
    let page = LinkPage {
        frame: who.frame(app),
        heading: "Another account has asked for this",
        sentence: sentence.into(),
        verb: None,
        instead: Some(INSTEAD),
    };
    Ok(Err(with_status(StatusCode::FORBIDDEN, &page)))
}

/// The page of the link that went to the new address, for whoever has asked for it.
pub(super) async fn show(
    State(app): State<App>,
    who: SignedIn,
    Path(secret): Path<String>,
) -> Result<Response, Turned> {
    let link = match good(&app, &who, &secret).await? {
        Ok(link) => link,
        Err(not) => return Ok(not),
    };
    let (old, new) = (who.session.person.mail.expose(), link.details.as_ref().map_or("", Private::expose));
    let sentence = format!(
        "You are signed in as {old}. From then on you sign in with {new}, and mails go to it. If {old} is not you, do nothing."
    );
    Ok(page(&LinkPage {
        frame: who.frame(&app),
        heading: "Confirm your new mail address",
        sentence: sentence.into(),
        verb: Some("Make it my address"),
        instead: Some(("Not now", "/account")),
    }))
}

/// The click on its button.
pub(super) async fn confirm(
    State(app): State<App>,
    who: SignedIn,
    origin: Origin,
    Path(secret): Path<String>,
) -> Result<Response, Turned> {
    let link = match good(&app, &who, &secret).await? {
        Ok(link) => link,
        Err(not) => return Ok(not),
    };
    if link::confirm_address(&app, &link, &origin).await? {
        return Ok(to("/account?done=address-changed"));
    }
    let detail = "Another person has this address by now, or the link was used in another window.";
    Err(Problem::new(StatusCode::CONFLICT, "mail_taken", detail).into())
}
