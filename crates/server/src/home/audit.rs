use std::collections::HashMap;

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use seal::Private;
use time_and_chance::{Duration, Time};
use url::form_urlencoded;

use crate::{
    app::App,
    audit::{self, Actor, Filter},
    events::{self, Event},
    ids::{MemberId, PersonId, TokenId, WorkspaceId},
    tokens::{self, Named},
    web::{
        Page as Paging,
        console::{Fields, Frame, Owning, Place, Turned, Visit, with_status},
    },
    workspaces,
};

/// The kinds of actors, as the filter calls them.
const KINDS: [(&str, &str); 6] = [
    ("person", "Somebody signed in"),
    ("token", "A token of the workspace"),
    ("operator_key", "The operator, by key"),
    ("machine", "The operator, at the command line"),
    ("partner", "A partner's report"),
    ("job", "The server by itself"),
];

#[derive(Template)]
#[template(path = "console/audit.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    base: String,
    asked: Asked,
    events: &'static [Event],
    rows: Vec<Row>,
    next: Option<String>,
    is_filtered: bool,
    is_first: bool,
}

/// What the filter's form asks for, as it was sent.
struct Asked {
    event: String,
    kind: String,
    from: String,
    to: String,
}

/// An entry, in the words of whoever reads it.
struct Row {
    at: Time,
    who: Thing,
    what: String,
    target: Option<Thing>,
    details: String,
    sequence: i64,
    request: Option<String>,
}

/// Somebody or something.
struct Thing {
    /// What people call it.
    called: String,
    /// Its id, where that is all there is to call it by.
    id: Option<String>,
    /// Where its page is.
    path: Option<String>,
}

impl Thing {
    fn called(name: impl Into<String>) -> Self {
        Self { called: name.into(), id: None, path: None }
    }
}

impl Asked {
    fn of(visit: &Visit) -> Self {
        let asked = |name| visit.asked(name).chars().take(60).collect();
        Self { event: asked("event"), kind: asked("kind"), from: asked("from"), to: asked("to") }
    }

    /// What is looked for; and what is said beside the fields that ask for nothing there is.
    fn filter(&self) -> (Filter, Fields) {
        let (mut filter, mut fields) = (Filter::default(), Fields::default());
        if !self.event.is_empty() {
            filter.event = Event::of_name(&self.event).map(|event| event.name().to_owned());
            if filter.event.is_none() {
                fields.say("event", "There is no such event. Choose one of the list.");
            }
        }
        if !self.kind.is_empty() {
            filter.actor = Some(self.kind.clone()).filter(|kind| Actor::KINDS.contains(&kind.as_str()));
            if filter.actor.is_none() {
                fields.say("kind", "There are no such actors. Choose one of the list.");
            }
        }
        let mut day = |field, text: &str| {
            if text.is_empty() {
                return None;
            }
            let day: Option<Time> = format!("{text}T00:00:00Z").parse().ok();
            if day.is_none() {
                fields.say(field, "Enter a day, such as 2026-11-23.");
            }
            day
        };
        filter.from = day("from", &self.from);
        filter.to = day("to", &self.to).map(|day| day.plus(Duration::from_hours(24)));
        (filter, fields)
    }

    /// The same as the beginning of a query.
    fn query(&self) -> String {
        let pairs = [("event", &self.event), ("kind", &self.kind), ("from", &self.from), ("to", &self.to)];
        let given = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
    }

    fn is_empty(&self) -> bool {
        self.query().is_empty()
    }
}

impl Page {
    fn kinds() -> [(&'static str, &'static str); 6] {
        KINDS
    }
}

/// What happened in the workspace.
pub(super) async fn show(State(app): State<App>, owning: Owning) -> Result<Response, Turned> {
    let (inside, asked) = (&owning.inside, Asked::of(&owning.inside.who.visit));
    let (filter, fields) = asked.filter();
    let paging = Paging::at(&inside.who.visit.asked("cursor")).unwrap_or_else(Paging::first);
    let (status, listed) = if fields.is_empty() {
        (StatusCode::OK, audit::list(&app, &inside.here.workspace_id, &filter, &paging).await?)
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, audit::AuditPage { items: Vec::new(), next: None })
    };
    let names = Names::of(&app, &owning, &listed.items).await?;
    let page = Page {
        frame: inside.frame(&app, Place::Audit),
        fields,
        base: inside.path("/audit"),
        is_filtered: !asked.is_empty(),
        asked,
        events: events::ALL,
        rows: listed.items.iter().map(|entry| names.row(entry)).collect(),
        next: listed.next,
        is_first: paging.after().is_none(),
    };
    Ok(with_status(status, &page))
}

/// What people call whoever and whatever a page of entries speaks of.
struct Names {
    /// Where the tokens' own pages are, for whoever may open them.
    tokens_path: Option<String>,
    workspace: WorkspaceId,
    mails: HashMap<PersonId, Private>,
    tokens: HashMap<TokenId, Named>,
}

/// To what an entry's event happened. Of a member it is told who it is.
fn target(entry: &audit::Listed) -> Option<&str> {
    let target = entry.target.as_deref()?;
    let is_member = target.parse::<MemberId>().is_ok();
    let person = entry.details.get("person_id").and_then(serde_json::Value::as_str);
    Some(person.filter(|_| is_member).unwrap_or(target))
}

impl Names {
    async fn of(app: &App, owning: &Owning, entries: &[audit::Listed]) -> Result<Self, Turned> {
        let workspace = &owning.inside.here.workspace_id;
        let ids =
            || entries.iter().flat_map(|one| [one.actor.id.as_deref(), one.target.as_deref()]).flatten();
        let people: Vec<PersonId> = ids().filter_map(|id| id.parse().ok()).collect();
        let mut tokens: Vec<TokenId> = ids().filter_map(|id| id.parse().ok()).collect();
        tokens.sort();
        tokens.dedup();
        Ok(Self {
            tokens_path: owning.inside.may_open(Place::Tokens).then(|| owning.inside.path("/tokens")),
            workspace: workspace.clone(),
            mails: workspaces::mails_of(app, workspace, &people).await?,
            tokens: tokens::named(app, workspace, &tokens).await?,
        })
    }

    fn row(&self, entry: &audit::Listed) -> Row {
        Row {
            at: entry.at,
            who: self.actor(&entry.actor.kind, entry.actor.id.as_deref()),
            what: Event::of_name(&entry.event)
                .map_or(entry.event.clone(), |event| event.sentence().to_owned()),
            target: target(entry).map(|id| self.thing(id)),
            details: match &entry.details {
                serde_json::Value::Null => "They were erased.".to_owned(),
                details => format!("{details:#}"),
            },
            sequence: entry.sequence,
            request: entry.request_id.clone(),
        }
    }

    fn actor(&self, kind: &str, id: Option<&str>) -> Thing {
        match (kind, id) {
            ("machine" | "operator_key", _) => Thing::called("the operator"),
            ("partner", Some("github")) => Thing::called("GitHub"),
            ("partner", Some("gitlab")) => Thing::called("GitLab"),
            ("job", Some(name)) => Thing::called(format!("the server, by itself ({name})")),
            (_, Some(id)) => self.thing(id),
            (kind, None) => Thing::called(kind),
        }
    }

    fn thing(&self, id: &str) -> Thing {
        if id == self.workspace.as_str() {
            return Thing::called("this workspace");
        }
        if let Ok(token) = id.parse::<TokenId>() {
            let named = self.tokens.get(&token);
            let path = self.tokens_path.as_ref().map(|tokens| format!("{tokens}/{token}"));
            return match named {
                Some(named) => Thing {
                    called: format!("{} ({})", named.description.expose(), named.beginning),
                    id: None,
                    path,
                },
                None => Thing { called: "a token".to_owned(), id: Some(id.to_owned()), path: None },
            };
        }
        if let Ok(person) = id.parse::<PersonId>() {
            return self.mails.get(&person).map_or_else(
                || Thing {
                    called: "somebody who is no member".to_owned(),
                    id: Some(id.to_owned()),
                    path: None,
                },
                |mail| Thing::called(mail.expose()),
            );
        }
        Thing { called: String::new(), id: Some(id.to_owned()), path: None }
    }
}
