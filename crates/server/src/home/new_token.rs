use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use seal::Private;
use serde::Deserialize;
use time_and_chance::{Duration, Time};

use super::secret::shown_once;
use crate::{
    app::App,
    tokens::{self, Created, NewToken, Refusal, Role},
    web::{
        Once, Problem, Stop,
        console::{Fields, Form, Frame, Owning, Place, Turned, with_status},
        form_key,
    },
};

/// The ends that the form offers, in days.
const ENDS: [(&str, &str); 3] = [("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")];
/// What is said to whoever enters a last day and does not choose it: nothing couples the two.
const TWO_ENDS: &str = "You have entered a last day and chosen another end. Choose \"At the end of the day below\", or empty this field.";
const DAY: Duration = Duration::from_hours(24);

/// What the form sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sent {
    description: Private,
    end: String,
    date: String,
    role: String,
    once: String,
}

#[derive(Template)]
#[template(path = "console/new_token.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    base: String,
    ends: [(&'static str, &'static str); 3],
    sent: Sent,
}

fn again(app: &App, owning: &Owning, fields: Fields, sent: Sent) -> Response {
    let status = if fields.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (frame, base) = (owning.inside.frame(app, Place::Tokens), owning.inside.path("/tokens"));
    let once = form_key(&*app.chance);
    with_status(status, &Page { frame, fields, base, ends: ENDS, sent: Sent { once, ..sent } })
}

/// The form for a new token. Whoever has to prove themselves does it first, before they fill it in.
pub(super) async fn show(State(app): State<App>, owning: Owning) -> Result<Response, Turned> {
    owning.inside.who.fresh(&app, &owning.inside.path("/tokens/new"))?;
    let sent = Sent { end: "90".to_owned(), role: Role::Member.name().to_owned(), ..Sent::default() };
    Ok(again(&app, &owning, Fields::default(), sent))
}

/// Makes a token, and shows its secret this once.
pub(super) async fn send(
    State(app): State<App>,
    owning: Owning,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    owning.inside.proved(&app, "/tokens/new")?;
    let (workspace, person) = (&owning.inside.here.workspace_id, &owning.inside.who.session.person.id);
    let Some(once) = Once::of_form(person, &format!("new_token {workspace}"), &sent.once) else {
        let sentence = "This form was not complete, so no token was made. Send it once more.";
        return Ok(again(&app, &owning, Fields::of("description", sentence), sent));
    };
    let wanted = match read(&sent, person.as_str(), app.clock.now()) {
        Ok(wanted) => wanted,
        Err(fields) => return Ok(again(&app, &owning, fields, sent)),
    };
    let fields = match tokens::create(&app, &owning.authority, workspace, wanted, Some(once)).await {
        Ok(Created::New(token, secret)) => {
            return Ok(shown_once(&app, &owning.inside, "Your new token", token, Some(secret)));
        }
        Ok(Created::Known(token)) => {
            return Ok(shown_once(&app, &owning.inside, "This token was made already", token, None));
        }
        Err(Stop::Refused(Refusal::Text(_))) => Fields::of("description", DESCRIBE),
        Err(Stop::Refused(Refusal::EndsInThePast)) => {
            Fields::of("date", "Choose a day that is still to come.")
        }
        Err(stop) => return Err(Problem::from(stop).into()),
    };
    Ok(again(&app, &owning, fields, sent))
}

/// What a description is.
pub(super) const DESCRIBE: &str = "Say what it is for, in one line of at most 200 characters.";

/// What is asked for; or what is said beside the fields.
fn read(sent: &Sent, creator: &str, when: Time) -> Result<NewToken, Fields> {
    let mut fields = Fields::default();
    if sent.description.expose().trim().is_empty() {
        fields.say("description", DESCRIBE);
    }
    let role = match sent.role.as_str() {
        "member" => Role::Member,
        "owner" => Role::Owner,
        _ => {
            fields.say("role-member", "Choose what it may do.");
            Role::Member
        }
    };
    let expires_at = end(sent, when).unwrap_or_else(|sentence| {
        fields.say("date", sentence);
        None
    });
    if !fields.is_empty() {
        return Err(fields);
    }
    let creator = Some(creator.into());
    Ok(NewToken { description: sent.description.clone(), role, creator, expires_at, external_id: None })
}

fn end(sent: &Sent, when: Time) -> Result<Option<Time>, &'static str> {
    if sent.end != "date" && !sent.date.trim().is_empty() {
        return Err(TWO_ENDS);
    }
    match sent.end.as_str() {
        "none" => Ok(None),
        "date" => {
            let end: Option<Time> = format!("{}T23:59:59Z", sent.date.trim()).parse().ok();
            end.map(Some).ok_or("Enter the last day on which it works, such as 2027-06-30.")
        }
        days => {
            let offered =
                ENDS.iter().find(|(known, _)| *known == days).and_then(|_| days.parse::<u32>().ok());
            offered.map(|days| Some(when.plus(DAY * days))).ok_or("Choose when it ends.")
        }
    }
}
