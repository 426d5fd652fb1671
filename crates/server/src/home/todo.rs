use askama::Template;
use axum::{extract::State, response::Response};
use time_and_chance::{Duration, Time};

use crate::{
    app::App,
    audit::{self, Filter},
    events::Event,
    exposure,
    ids::WorkspaceId,
    signin::{factor, session::Kind},
    tokens::{self, Listed, Named},
    web::{
        Page as Paging,
        console::{Frame, Inside, Place, Turned, page},
    },
};

/// So long a token that was revoked because it was found in public is told of.
const TOLD: Duration = Duration::from_hours(7 * 24);
/// So many of a kind are told of, and then where the others are.
const MOST: usize = 20;
const ONE_MORE: i64 = 21;
/// So few recovery codes are few.
const FEW: i64 = 3;

#[derive(Template)]
#[template(path = "console/home.html")]
struct Page {
    frame: Frame,
    base: String,
    is_owner: bool,
    items: Vec<Item>,
    /// Whether there are things besides that are told of together.
    has_more: bool,
    has_tokens: bool,
    events: Vec<Happened>,
}

/// Something to be looked at.
struct Item {
    /// `danger` or `attention`.
    state: &'static str,
    /// The same in a word.
    word: &'static str,
    /// What is the matter.
    sentence: String,
    /// When it began, ends, or has to be done by, and the word before it.
    when: Option<(&'static str, Time)>,
    /// What does something about it.
    verb: &'static str,
    /// Where that is.
    path: String,
}

/// Something that has happened.
struct Happened {
    at: Time,
    sentence: String,
}

/// What needs attention in the workspace.
pub(super) async fn show(State(app): State<App>, inside: Inside) -> Result<Response, Turned> {
    let workspace = &inside.here.workspace_id;
    let has_tokens = tokens::has_any(&app, workspace).await?;
    let found = tokens::attention(&app, workspace, ONE_MORE).await?;
    let mut todo = ToDo::default();
    todo.tell(&found.warned, |token| warned(&inside, token), || others(&inside, "tokens"));
    todo.tell(
        &found.former_warned,
        |token| former_warned(&inside, token),
        || others(&inside, "former secrets"),
    );
    revoked(&app, &inside, &mut todo).await?;
    todo.items.extend(about_oneself(&app, &inside).await?);
    if inside.is_owner() {
        todo.items.extend(about_owners(&app, &inside).await?);
    }
    todo.tell(&found.ending, |token| ending(&inside, token), || others_ending(&inside));
    let ToDo { mut items, has_more } = todo;
    // What is dangerous comes first, whatever it is about.
    items.sort_by_key(|item| item.state != "danger");
    let events =
        if items.is_empty() && inside.is_owner() { last_events(&app, workspace).await? } else { Vec::new() };
    Ok(page(&Page {
        frame: inside.frame(&app, Place::Home),
        base: inside.path(""),
        is_owner: inside.is_owner(),
        items,
        has_more,
        has_tokens,
        events,
    }))
}

/// What there is to be looked at.
#[derive(Default)]
struct ToDo {
    items: Vec<Item>,
    has_more: bool,
}

impl ToDo {
    /// Tells of the first ones of a kind, and where the others are.
    fn tell<T>(&mut self, all: &[T], item: impl Fn(&T) -> Item, others: impl FnOnce() -> Item) {
        self.items.extend(all.iter().take(MOST).map(item));
        if all.len() > MOST {
            self.items.push(others());
            self.has_more = true;
        }
    }
}

fn others(inside: &Inside, what: &str) -> Item {
    Item {
        state: "danger",
        word: "warned",
        sentence: format!("More {what} were found in public and still work."),
        when: None,
        verb: "See all of them",
        path: inside.path("/tokens?state=warned"),
    }
}

fn others_revoked(inside: &Inside) -> Item {
    let sentence = "More tokens were found in public and no longer work.".to_owned();
    let (verb, path) = ("See all of them", inside.path("/leaks"));
    Item { state: "attention", word: "revoked", sentence, when: None, verb, path }
}

fn others_ending(inside: &Inside) -> Item {
    let sentence = "More tokens stop working soon.".to_owned();
    let (verb, path) = ("Look through them", inside.path("/tokens?state=live"));
    Item { state: "attention", word: "ends soon", sentence, when: None, verb, path }
}

fn called(token: &Listed) -> String {
    format!("Token {} ({})", token.description.expose(), token.beginning())
}

async fn revoked(app: &App, inside: &Inside, todo: &mut ToDo) -> Result<(), Turned> {
    let workspace = &inside.here.workspace_id;
    let since = app.clock.now().minus(TOLD);
    let sightings = exposure::revoked_since(app, workspace, since, ONE_MORE).await?;
    let named = tokens::named(app, workspace, sightings.iter().map(|one| &one.token_id)).await?;
    let named: Vec<_> = sightings.iter().filter_map(|one| Some((one, named.get(&one.token_id)?))).collect();
    let item = |(one, token): &(&exposure::Sighting, &Named)| {
        let called = format!("{} ({})", token.description.expose(), token.beginning);
        let sentence = if one.former_secret {
            format!(
                "A former secret of token {called} was found in public and no longer works. The present one does."
            )
        } else {
            format!(
                "Token {called} was found in public and no longer works. Whatever used it needs a new one."
            )
        };
        let (when, path) =
            (Some(("Found on", one.seen_at)), inside.path(&format!("/tokens/{}", one.token_id)));
        Item { state: "attention", word: "revoked", sentence, when, verb: "See where it was", path }
    };
    todo.tell(&named, item, || others_revoked(inside));
    Ok(())
}

fn warned(inside: &Inside, token: &Listed) -> Item {
    let end = if token.revoke_after.is_some() { "It is revoked within a day." } else { "It still works." };
    // Members may look, and change nothing.
    let (ask, verb) = if inside.is_owner() {
        ("Replace it now.", "Replace it")
    } else {
        ("An owner should replace it now.", "Look at it")
    };
    Item {
        state: "danger",
        word: "warned",
        sentence: format!("{} was found in public. {end} {ask}", called(token)),
        when: token
            .revoke_after
            .map(|at| ("It works until", at))
            .or(token.warned_at.map(|at| ("Found on", at))),
        verb,
        path: inside.path(&format!("/tokens/{}#rotate", token.id)),
    }
}

fn former_warned(inside: &Inside, token: &Listed) -> Item {
    let (ask, verb) = if inside.is_owner() {
        ("End it now.", "End it")
    } else {
        ("An owner should end it now.", "Look at it")
    };
    let called = format!("{} ({})", token.description.expose(), token.beginning());
    Item {
        state: "danger",
        word: "warned",
        sentence: format!("The former secret of token {called} was found in public and still works. {ask}"),
        when: token.overlap_until.map(|at| ("It works until", at)),
        verb,
        path: inside.path(&format!("/tokens/{}#former", token.id)),
    }
}

async fn about_owners(app: &App, inside: &Inside) -> Result<Option<Item>, Turned> {
    let count = factor::owners_by_mail_alone(app, &inside.here.workspace_id).await?;
    let sentence = match count {
        0 => return Ok(None),
        1 => "One owner has neither an authenticator app nor a passkey: whoever reads their mail owns this workspace.".to_owned(),
        many => format!(
            "{many} owners have neither an authenticator app nor a passkey: whoever reads their mail owns this workspace."
        ),
    };
    let (verb, path) = ("Require one of everybody", inside.path("/settings"));
    Ok(Some(Item { state: "attention", word: "weak", sentence, when: None, verb, path }))
}

/// What is the matter with one's own sign-in. Whoever came by a portal link has theirs in the product.
async fn about_oneself(app: &App, inside: &Inside) -> Result<Vec<Item>, Turned> {
    let session = &inside.who.session;
    let mut items = Vec::new();
    if session.kind != Kind::Full {
        return Ok(items);
    }
    let mut say = |state, word, sentence: &str, when, verb, anchor: &str| {
        let (sentence, path) = (sentence.to_owned(), format!("/account{anchor}"));
        items.push(Item { state, word, sentence, when, verb, path });
    };
    if session.password_is_known {
        let sentence = "Your password has turned up in a breach elsewhere: others try it, too.";
        say("danger", "known", sentence, None, "Change your password", "#password-form");
    }
    if let Some(until) = session.closed(app.clock.now()) {
        let sentence = "You have set a forgotten password anew, and mail is your only second factor. Tokens, factors and addresses \
                        stay closed for you; whoever owns all of your workspaces can open them earlier.";
        say("attention", "closed", sentence, Some(("Until", until)), "See your account", "");
    }
    let factors = factor::list(app, &session.person.id).await?;
    if factors.is_mail_alone() {
        let sentence = "Mail is your only second factor: whoever reads your mail gets in here as you.";
        say("attention", "weak", sentence, None, "Add an authenticator app or a passkey", "#factors");
    } else if factors.recovery_codes <= FEW {
        let sentence = match factors.recovery_codes {
            0 => "You have no recovery codes: if you lose your second factor, you cannot sign in.",
            _ => "Few of your recovery codes are left.",
        };
        say("attention", "few", sentence, None, "Make new codes", "#factors");
    }
    Ok(items)
}

fn ending(inside: &Inside, token: &Listed) -> Item {
    Item {
        state: "attention",
        word: "ends soon",
        sentence: format!("{} stops working soon.", called(token)),
        when: token.expires_at.map(|at| ("It ends on", at)),
        verb: "Look at it",
        path: inside.path(&format!("/tokens/{}", token.id)),
    }
}

async fn last_events(app: &App, workspace: &WorkspaceId) -> Result<Vec<Happened>, Turned> {
    let listed = audit::list(app, workspace, &Filter::default(), &Paging::of_few(5)).await?;
    let happened = |entry: &audit::Listed| Happened {
        at: entry.at,
        sentence: Event::of_name(&entry.event)
            .map_or(entry.event.clone(), |event| event.sentence().to_owned()),
    };
    Ok(listed.items.iter().map(happened).collect())
}
