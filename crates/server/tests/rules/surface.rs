//! What is to be reached from outside: every route is in the authorization table, and the command line does nothing of its
//! own.

use std::collections::BTreeSet;

use super::{OWNED, named, read, root, rust_files, sources_of_the_product, word};

/// Folders whose routes are no routes of ours, because they are for other servers.
const OTHER_SERVERS: [(&str, &str); 2] =
    [("demo/", "the demo's world outside"), ("partner/", "what plays a partner's keys endpoint")];
/// Ways to add routes that are not looked for here, so nobody goes them.
const HIDDEN_WAYS: [&str; 5] =
    [".nest(", ".nest_service(", ".route_service(", ".fallback_service(", "MethodRouter"];

/// Where the rows are: of the API, and of pages.
const TABLES: [&str; 2] = ["authorization.rs", "pages/table.rs"];

#[test]
fn every_route_of_the_sources_stands_in_the_authorization_table() {
    let tables = TABLES.map(|table| read(root().join("../../../journeys/tests").join(table)).1);
    let table: String = tables.iter().flat_map(|table| table.split_whitespace()).collect();
    let mut routes = BTreeSet::new();
    for (file, text) in sources_of_the_product() {
        let name = named(&file);
        if OTHER_SERVERS.iter().any(|(folder, _)| name.starts_with(folder)) {
            continue;
        }
        for way in HIDDEN_WAYS {
            assert!(!text.contains(way), "{name} adds routes by {way}…, which is not looked for here");
        }
        routes.extend(documented(&text));
        routes.extend(undocumented(&text));
    }
    assert!(routes.len() > 95, "only {routes:?} were found: does the search still work?");
    for (method, path) in routes {
        let row = format!("row(M::{method},\"{path}\",");
        assert!(table.contains(&row), "{method} {path} is in none of the authorization tables");
    }
}

/// Of descriptions such as `get, path = "/v1/workspaces",`.
fn documented(source: &str) -> Vec<(String, String)> {
    let described = source.match_indices(", path = \"").map(|(at, mark)| {
        let method = source[..at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        (method.to_uppercase(), text_up_to_quote(&source[at + mark.len()..]))
    });
    described.collect()
}

/// Of routes such as `.route("/docs", get(…))`, or with `get(…).post(…)`.
fn undocumented(source: &str) -> Vec<(String, String)> {
    let added = source.split(".route(\"").skip(1).flat_map(|rest| {
        let path = text_up_to_quote(rest);
        let methods = calls_side_by_side(&rest[path.len() + 1..]);
        methods.into_iter().map(move |method| (method.to_uppercase(), path.clone()))
    });
    added.collect()
}

/// The functions that are called one after the other before a bracket closes that opened earlier, without those that are called
/// within their brackets.
fn calls_side_by_side(source: &str) -> Vec<&str> {
    let (mut depth, mut calls) = (0, Vec::new());
    for (at, one) in source.char_indices() {
        match one {
            '(' => {
                if depth == 0 {
                    calls.extend(source[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next());
                }
                depth += 1;
            }
            ')' if depth == 0 => break,
            ')' => depth -= 1,
            _ => {}
        }
    }
    calls
}

#[test]
fn every_method_of_a_route_is_seen() {
    let source =
        r#".route("/a", get(one::show).post(one::send)).route("/b", delete(async move || f("x", &y)))"#;
    let seen = [("GET", "/a"), ("POST", "/a"), ("DELETE", "/b")];
    assert_eq!(undocumented(source), seen.map(|(method, path)| (method.to_owned(), path.to_owned())));
}

fn text_up_to_quote(text: &str) -> String {
    text.split('"').next().unwrap_or_default().to_owned()
}

/// Verbs that commands call and no handler does, and why.
const COMMANDS_ALONE: [(&str, &str); 8] = [
    (
        "audit::export",
        "by HTTP it is a page's alone: an owner has a workspace's chain sent as a file, having proved that they are there",
    ),
    ("audit::known_heads", "a verification reads them"),
    ("audit::verify", "it reads every chain there is"),
    ("tokens::create_operator_key", "a key that could make keys would have every scope"),
    ("tokens::flush_last_used", "a command ends at once; a server does it every second"),
    ("tokens::import", "it reads a file of the machine"),
    ("workspaces::has_nobody", "it is said once, when the server begins"),
    ("workspaces::remove_member_by_mail", "it finds the member, and then calls what the handler calls"),
];

#[test]
fn commands_call_the_verbs_that_handlers_call() {
    let handlers: Vec<(&str, String)> =
        OWNED.map(|(capability, _)| (capability, handlers_of(capability))).into();
    let mut alone = BTreeSet::new();
    for (_, text) in rust_files(&root().join("cli")).into_iter().map(read) {
        for (capability, handlers) in &handlers {
            for verb in calls(&text, capability) {
                if !calls_one(handlers, verb) {
                    alone.insert(format!("{capability}::{verb}"));
                }
            }
        }
    }
    assert_eq!(alone.iter().map(String::as_str).collect::<Vec<_>>(), COMMANDS_ALONE.map(|(verb, _)| verb));
}

fn handlers_of(capability: &str) -> String {
    let routes = root().join(capability).join("routes.rs");
    if routes.exists() { read(routes).1 } else { String::new() }
}

/// The verbs in calls such as `tokens::revoke(…)`.
fn calls<'a>(source: &'a str, capability: &str) -> Vec<&'a str> {
    let door = format!("{capability}::");
    let paths = source.match_indices(&door).filter_map(|(at, mark)| {
        let (before, rest) = (&source[..at], &source[at + mark.len()..]);
        let verb = word(rest);
        let is_whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        (is_whole && rest[verb.len()..].starts_with('(')).then_some(verb)
    });
    paths.collect()
}

fn calls_one(handlers: &str, verb: &str) -> bool {
    handlers.match_indices(&format!("{verb}(&app")).any(|(at, _)| handlers[..at].ends_with([' ', '(']))
}
