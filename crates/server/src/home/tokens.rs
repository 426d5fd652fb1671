use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use token_format::HINT_LEN;

use crate::{
    app::App,
    tokens::{self, Listed, TokenPage, Which},
    web::{
        Page as Paging,
        console::{Fields, Frame, Inside, Place, Turned, with_status},
    },
    workspaces,
};

#[derive(Template)]
#[template(path = "console/tokens.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    base: String,
    is_owner: bool,
    /// What may be chosen, and whether it is.
    states: Vec<(&'static str, &'static str, bool)>,
    state: String,
    hint: String,
    /// The same in an address.
    query_hint: String,
    rows: Vec<Row>,
    next: Option<String>,
    has_any: bool,
    /// Where it stands who owns the workspace, for whoever may open that.
    people: Option<String>,
}

/// A token, and who made it.
struct Row {
    token: Listed,
    creator: String,
}

/// The tokens of the workspace.
pub(super) async fn show(State(app): State<App>, inside: Inside) -> Result<Response, Turned> {
    let visit = &inside.who.visit;
    let (state, typed) = (visit.asked("state"), visit.asked("hint"));
    let (hint, mut fields) = (hint_of(&typed), Fields::default());
    let which = hint.as_deref().map_or_else(|| which_of(&state), Which::Hinted);
    if hint.is_none() && !typed.trim().is_empty() {
        fields.say("hint", "A hint is the five characters after the prefix: a1B2c of bwk_a1B2c…");
    }
    let paging = Paging::at(&visit.asked("cursor")).unwrap_or_else(Paging::first);
    let (status, listed) = if fields.is_empty() {
        (StatusCode::OK, tokens::browse(&app, &inside.here.workspace_id, which, &paging).await?)
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, TokenPage { items: Vec::new(), next: None })
    };
    let has_any = !listed.items.is_empty() || tokens::has_any(&app, &inside.here.workspace_id).await?;
    let chosen = |name| hint.is_none() && which == which_of(name);
    let page = Page {
        frame: inside.frame(&app, Place::Tokens),
        fields,
        base: inside.path("/tokens"),
        is_owner: inside.is_owner(),
        states: [("", "All"), ("live", "Live"), ("warned", "Warned"), ("ended", "Ended")]
            .map(|(name, label)| (name, label, chosen(name)))
            .into(),
        state: if which == which_of(&state) { state } else { String::new() },
        query_hint: hint.clone().unwrap_or_default(),
        hint: typed.chars().take(40).collect(),
        rows: rows(&app, &inside, listed.items).await?,
        next: listed.next,
        has_any,
        people: inside.may_open(Place::People).then(|| inside.path("/people")),
    };
    Ok(with_status(status, &page))
}

fn which_of(state: &str) -> Which<'static> {
    match state {
        "live" => Which::Live,
        "warned" => Which::Warned,
        "ended" => Which::Ended,
        _ => Which::All,
    }
}

/// The hint in what somebody has typed: by itself, with what stands around it on this page, or at the beginning of a whole secret.
fn hint_of(typed: &str) -> Option<String> {
    let bare = typed.trim().trim_end_matches('…');
    let (prefix, rest) = bare.rsplit_once('_').unwrap_or(("", bare));
    let is_whole = rest.len() == HINT_LEN || (rest.len() > HINT_LEN && !prefix.is_empty());
    (is_whole && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| rest[..HINT_LEN].to_owned())
}

async fn rows(app: &App, inside: &Inside, items: Vec<Listed>) -> Result<Vec<Row>, Turned> {
    let people = items.iter().filter_map(|token| token.creator_id.as_ref());
    let mails = workspaces::mails_of(app, &inside.here.workspace_id, people).await?;
    let row = |token: Listed| {
        let creator = match &token.creator_id {
            None => "the operator".to_owned(),
            Some(id) => {
                mails.get(id).map_or("no longer a member".to_owned(), |mail| mail.expose().to_owned())
            }
        };
        Row { token, creator }
    };
    Ok(items.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::hint_of;

    #[test]
    fn a_hint_is_found_in_whatever_is_copied_from_the_page() {
        for typed in ["a1B2c", " bwk_a1B2c… ", "bwk_a1B2c", "a1B2c…", "bwkop_a1B2cDeF"] {
            assert_eq!(hint_of(typed).as_deref(), Some("a1B2c"), "{typed}");
        }
        for typed in ["", "  ", "a1B2", "deploy-bot", "a1B\u{e4}c", "…"] {
            assert_eq!(hint_of(typed), None, "{typed}");
        }
    }
}
