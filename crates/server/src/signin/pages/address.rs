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
    signin::link::{self, Kind},
    web::{
        Origin, Problem,
        console::{Form, SignedIn, Turned, Visit, page, to},
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

/// The page of the link that went to the new address.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    if let Err(dead) = good_link(&app, &visit, Kind::Address, &secret, INSTEAD).await? {
        return Ok(dead);
    }
    Ok(page(&LinkPage {
        frame: visit.frame(&app),
        heading: "Confirm your new mail address",
        sentence: "From then on you sign in with it, and mails go to it.".into(),
        verb: Some("Make it my address"),
        instead: None,
    }))
}

/// The click on its button.
pub(super) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let link = match good_link(&app, &visit, Kind::Address, &secret, INSTEAD).await? {
        Ok(link) => link,
        Err(dead) => return Ok(dead),
    };
    if link::confirm_address(&app, &link, &origin).await? {
        return Ok(to("/account?done=address-changed"));
    }
    let detail = "Another person has this address by now, or the link was used in another window.";
    Err(Problem::new(StatusCode::CONFLICT, "mail_taken", detail))
}
