use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use seal::Private;
use serde::Deserialize;

use super::{in_with, link::LinkPage, sign_in::waiting};
use crate::{
    app::App,
    signin::{
        attempt::{self, Attempt, Click, LinkStands, Purpose, Tried, Ways},
        failures::{self, Of},
        join,
    },
    web::{
        Origin, Problem,
        console::{ATTEMPT, BROWSER, Fields, Form, Frame, Visit, page, to, with_status},
    },
    workspaces,
};

#[derive(Template)]
#[template(path = "console/second.html")]
#[expect(clippy::struct_excessive_bools, reason = "what a page shows does not depend on what else it shows")]
struct Page {
    frame: Frame,
    fields: Fields,
    heading: &'static str,
    verb: &'static str,
    told: &'static str,
    mail: String,
    mailed: bool,
    guarded: bool,
    ways: Ways,
    asks_code: bool,
    code_help: &'static str,
    may_mail: bool,
    has_passkeys: bool,
    again: String,
}

impl Page {
    async fn of(app: &App, visit: &Visit, attempt: &Attempt) -> Result<Self, Problem> {
        let guarded = is_guarded(app, attempt).await?;
        let ways = if guarded { Ways::ALL } else { ways(app, attempt).await? };
        let (heading, verb, again) = match attempt.purpose {
            Purpose::SignIn => ("One more step", "Sign in", "/sign-in"),
            Purpose::Renew => ("One more step to stay signed in", "Stay signed in", "/renew"),
            Purpose::StepUp => ("One more step to confirm that it is you", "Confirm", "/"),
            // Where they have typed what they came with.
            Purpose::Join => {
                let from = attempt.next.as_deref().unwrap_or("/sign-in");
                ("Confirm your mail address", "Confirm", from)
            }
        };
        // Where nobody may know who is there, the address is not shown either: it is the one that was typed.
        let mail = match attempt.person.as_ref().filter(|_| !guarded) {
            Some(person) => workspaces::person(app, person).await?.map(|person| person.mail),
            None => None,
        };
        Ok(Self {
            frame: visit.frame(app),
            fields: Fields::default(),
            heading,
            verb,
            told: "",
            mail: mail.map(|mail| mail.expose().to_owned()).unwrap_or_default(),
            mailed: attempt.mail_until.is_some() || guarded,
            guarded,
            ways,
            asks_code: ways.authenticator || ways.recovery_code || ways.mail,
            code_help: code_help(ways),
            may_mail: ways.mail,
            has_passkeys: app.passkeys.is_some(),
            again: again.to_owned(),
        })
    }
}

async fn ways(app: &App, attempt: &Attempt) -> Result<Ways, Problem> {
    let mail_alone = Ways { mail: true, ..Ways::default() };
    Ok(match &attempt.person {
        _ if attempt.purpose == Purpose::Join => mail_alone,
        // Without the password it is a passkey, or mail for whoever signed in elsewhere and came by a portal link.
        Some(_) if attempt.password_at.is_none() => {
            let mail = attempt::mail_counts(app, attempt).await?;
            Ways { mail, passkey: !mail, ..Ways::default() }
        }
        Some(person) => {
            let ways = Ways::of(app, person).await?;
            Ways { mail: ways.mail || attempt.factor_at.is_some(), ..ways }
        }
        None => mail_alone,
    })
}

/// Whether the page must not tell what was right, of the password or of the authenticator's codes.
async fn is_guarded(app: &App, attempt: &Attempt) -> Result<bool, Problem> {
    // Where it does not tell, it is the same work for nobody.
    let Some(person) = attempt.person.as_ref().filter(|_| !attempt.guarded) else {
        return Ok(attempt.guarded);
    };
    let codes = failures::lately(app, &Of::Authenticator(person)).await?;
    Ok(codes.is_guarded(app.clock.now()))
}

const fn code_help(ways: Ways) -> &'static str {
    match (ways.authenticator, ways.mail, ways.recovery_code) {
        (true, true, _) => {
            "6 digits of your authenticator app, 8 digits of the mail, or one of your recovery codes."
        }
        (true, false, true) => "6 digits of your authenticator app, or one of your recovery codes.",
        (true, false, false) => "6 digits of your authenticator app.",
        (false, true, true) => "8 digits of the mail, or one of your recovery codes.",
        (false, true, false) => "8 digits of the mail.",
        (false, false, _) => "One of your recovery codes: 24 letters and digits.",
    }
}

/// Whoever is on their way in, by the cookie.
pub(super) async fn attempt_of(app: &App, visit: &Visit) -> Result<Option<Attempt>, Problem> {
    match visit.cookies.get(ATTEMPT) {
        Some(secret) => Ok(attempt::find(app, secret).await?),
        None => Ok(None),
    }
}

fn over(app: &App, visit: &Visit) -> Response {
    let sentence = "You took more than half an hour, or it is done in another window. Begin again.".into();
    let instead = Some(("Sign in", "/sign-in"));
    let frame = visit.frame(app);
    with_status(
        StatusCode::GONE,
        &LinkPage { frame, heading: "This took too long", sentence, verb: None, instead },
    )
}

/// The second step's page.
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    match attempt_of(&app, &visit).await? {
        Some(attempt) => Ok(page(&Page::of(&app, &visit, &attempt).await?)),
        None => Ok(over(&app, &visit)),
    }
}

/// What its form sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    code: Private,
}

/// Takes a code.
pub(super) async fn send_code(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let Some(attempt) = attempt_of(&app, &visit).await? else { return Ok(over(&app, &visit)) };
    let taken = Box::pin(take_code(&app, &visit, &origin, &attempt, &sent));
    attempt::quietly(attempt.guarded, taken).await
}

async fn take_code(
    app: &App,
    visit: &Visit,
    origin: &Origin,
    attempt: &Attempt,
    sent: &Sent,
) -> Result<Response, Problem> {
    let known_by = visit.cookies.get(BROWSER);
    let tried = attempt::try_code(app, attempt, sent.code.expose(), origin, known_by).await?;
    let fields = match tried {
        Tried::Wait(wait) => {
            let page = Page::of(app, visit, attempt).await?;
            return Ok(waiting(wait, "code", |status, fields| with_status(status, &Page { fields, ..page })));
        }
        Tried::In(done) => return in_with(app, visit, &done, visit.wants_json).await,
        Tried::LookIntoYourMail => {
            let told = "If all of that was right, a link and a code are on their way to your mailbox: one of them is the last \
                        step.";
            let page = Page { told, mailed: true, ..Page::of(app, visit, attempt).await? };
            return Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
        Tried::Wrong => Fields::of(
            "code",
            "This code does not fit, was used already, or is over. Codes of a mail hold for 10 minutes, and the newest one counts.",
        ),
    };
    let page = Page { fields, ..Page::of(app, visit, attempt).await? };
    Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Mails a link and a code again.
pub(super) async fn mail_again(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let Some(attempt) = attempt_of(&app, &visit).await? else { return Ok(over(&app, &visit)) };
    let mails = async {
        if attempt.purpose == Purpose::Join {
            join::mail_to(&app, &attempt).await?;
        } else if attempt::mail_counts(&app, &attempt).await? {
            attempt::mail(&app, &attempt, visit.cookies.get(BROWSER)).await?;
        }
        Ok(to("/sign-in/second"))
    };
    attempt::quietly(attempt.guarded, mails).await
}

fn link_page(app: &App, visit: &Visit, stands: LinkStands) -> Response {
    let again = Some(("Send another one", "/sign-in/second"));
    let (status, heading, sentence, verb, instead) = match stands {
        LinkStands::Good => (
            StatusCode::OK,
            "Is this you?",
            "One click, and the step is done. If you have not just asked for this, close the page.",
            Some("Yes, go on"),
            None,
        ),
        LinkStands::OtherBrowser => (
            StatusCode::FORBIDDEN,
            "Another browser has asked for this",
            "This link works only in the browser in which you typed your password. Open it there, or type the code of the same mail \
             there.",
            None,
            Some(("Sign in here instead", "/sign-in")),
        ),
        LinkStands::Late => (
            StatusCode::GONE,
            "This link is over",
            "A link holds for 10 minutes. Ask for a new one in the browser in which you typed your password.",
            None,
            again,
        ),
        LinkStands::Used => (
            StatusCode::GONE,
            "This link was used",
            "Each link works once. If that was you, you are signed in where you used it. If not, sign in and look at your sessions.",
            None,
            Some(("Sign in", "/sign-in")),
        ),
        LinkStands::Unknown => (
            StatusCode::NOT_FOUND,
            "This link does not work",
            "It was replaced by a newer one, or was not copied whole. Look for the newest mail, or ask for another.",
            None,
            again,
        ),
    };
    let (frame, sentence) = (visit.frame(app), sentence.into());
    with_status(status, &LinkPage { frame, heading, sentence, verb, instead })
}

/// A mailed link's page: it says how the link stands, and changes nothing.
pub(super) async fn show_link(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let stands = attempt::link_stands(&app, &secret, visit.cookies.get(ATTEMPT)).await?;
    Ok(link_page(&app, &visit, stands))
}

/// The click on its button.
pub(super) async fn click_link(
    State(app): State<App>,
    visit: Visit,
    origin: Origin,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let attempt = attempt_of(&app, &visit).await?;
    let known_by = visit.cookies.get(BROWSER);
    match attempt::click(&app, attempt.as_ref(), &secret, &origin, known_by).await? {
        Click::In(done) => in_with(&app, &visit, &done, visit.wants_json).await,
        Click::Not(stands) => Ok(link_page(&app, &visit, stands)),
    }
}
