use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use seal::Private;
use serde::Deserialize;

use super::forgot::{LinkPage, dead};
use crate::{
    app::App,
    mail,
    signin::link::{self, Kind, Stands},
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
    let fresh = who.fresh(&app, "/account")?;
    let Ok(address) = mail::address(sent.mail.expose()) else {
        return super::account::again(&app, &who, "mail", "Enter a mail address, such as ana@example.com.")
            .await;
    };
    link::ask_address(&app, fresh, &address).await?;
    Ok(to("/account?done=address-asked"))
}

/// The page of the link that went to the new address.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let found = link::find(&app, Kind::Address, &secret).await?;
    match found {
        Some(link) if link.stands == Stands::Good => {
            let frame = visit.frame(&app);
            let sentence = "From then on you sign in with it, and mails go to it.".into();
            let verb = Some("Make it my address");
            Ok(page(&LinkPage {
                frame,
                heading: "Confirm your new mail address",
                sentence,
                verb,
                instead: None,
            }))
        }
        other => Ok(dead(&app, &visit, other.map(|link| link.stands), INSTEAD)),
    }
}

/// The click on its button.
pub(super) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let found = link::find(&app, Kind::Address, &secret).await?;
    match found {
        Some(link) if link.stands == Stands::Good => {
            if link::confirm_address(&app, &link, &origin).await? {
                return Ok(to("/account?done=address-changed"));
            }
            let detail = "Another person has this address by now, or the link was used in another window.";
            Err(Problem::new(StatusCode::CONFLICT, "mail_taken", detail))
        }
        other => Ok(dead(&app, &visit, other.map(|link| link.stands), INSTEAD)),
    }
}
