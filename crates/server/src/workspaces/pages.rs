use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use seal::Private;
use serde::Deserialize;

use super::{Change, Refusal, change, show};
use crate::{
    app::App,
    config::Policy,
    web::{
        Problem, Stop,
        console::{Fields, Form, Frame, Owning, Place, Turned, to, with_status},
    },
};

/// Every page, a line each.
pub fn pages() -> Router<App> {
    Router::new().route("/w/{workspace}/settings", get(show_settings).post(change_settings))
}

/// What the form sends, and shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Sent {
    name: Private,
    policy: String,
    strong_factor: String,
}

#[derive(Template)]
#[template(path = "console/settings.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    path: String,
    default: &'static str,
    policies: [(&'static str, &'static str); 3],
    sent: Sent,
    id: String,
}

/// What happens to a token that is found in public, for those who choose.
const fn sentence(policy: Policy) -> &'static str {
    match policy {
        Policy::Revoke => "Revoke it at once. Whatever uses it stops working, and nobody can misuse it.",
        Policy::Warn => "Warn the owners, and let it work on. Whoever has found it can use it until you act.",
        Policy::WarnThenRevoke => {
            "Warn the owners, and revoke it 24 hours later unless it was replaced before."
        }
    }
}

fn page_of(app: &App, owning: &Owning, fields: Fields, sent: Sent) -> Response {
    let status = if fields.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        frame: owning.inside.frame(app, Place::Settings),
        fields,
        path: owning.inside.path("/settings"),
        default: sentence(app.settings.exposure.policy),
        policies: Policy::ALL.map(|policy| (policy.name(), sentence(policy))),
        sent,
        id: owning.inside.here.workspace_id.to_string(),
    };
    with_status(status, &page)
}

/// What can be chosen of a workspace.
async fn show_settings(State(app): State<App>, owning: Owning) -> Result<Response, Turned> {
    // Whoever has to prove themselves does it first: what they type would be gone. To whom changes are closed may look.
    if let Err(first @ Turned::First(_)) = owning.inside.who.fresh(&app, &owning.inside.path("/settings")) {
        return Err(first);
    }
    let listed =
        show(&app, &owning.authority, &owning.inside.here.workspace_id).await.map_err(Problem::from)?;
    let sent = Sent {
        name: listed.name,
        policy: listed.exposure_policy.map_or("default", Policy::name).to_owned(),
        strong_factor: if listed.strong_factor { "yes" } else { "" }.to_owned(),
    };
    Ok(page_of(&app, &owning, Fields::default(), sent))
}

/// Changes it.
async fn change_settings(
    State(app): State<App>,
    owning: Owning,
    Form(sent): Form<Sent>,
) -> Result<Response, Turned> {
    owning.inside.proved(&app, "/settings")?;
    let mut fields = Fields::default();
    let policy: Option<Policy> = sent.policy.parse().ok();
    if policy.is_none() && sent.policy != "default" {
        fields.say("policy-default", "Choose what happens to a token that is found in public.");
    }
    let strong = sent.strong_factor == "yes";
    // Whoever locks everybody out who has only mail must not be one of them. Who comes by a portal link is let in all the same, and
    // has no account here to add anything to.
    let who = &owning.inside.who;
    let is_weak = !who.is_from_product() && !who.session.has_strong_factor;
    if strong && !owning.inside.here.strong_factor && is_weak {
        let sentence = "You have neither an authenticator app nor a passkey yourself, so this would lock you out. Add one in your \
                        account first.";
        fields.say("strong_factor", sentence);
    }
    if !fields.is_empty() {
        return Ok(page_of(&app, &owning, fields, sent));
    }
    let change_to = Change {
        name: Some(sent.name.clone()),
        exposure_policy: Some(policy),
        strong_factor: Some(strong),
        ..Change::default()
    };
    match change(&app, &owning.authority, &owning.inside.here.workspace_id, change_to).await {
        Ok(_) => Ok(to(&owning.inside.path("/settings?done=saved"))),
        Err(Stop::Refused(Refusal::Text(_))) => {
            let fields = Fields::of("name", "Enter a name, in one line of at most 200 characters.");
            Ok(page_of(&app, &owning, fields, sent))
        }
        Err(stop) => Err(Problem::from(stop).into()),
    }
}
