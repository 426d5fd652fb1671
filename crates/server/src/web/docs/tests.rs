use super::*;
use crate::{routes, web::openapi};

fn page() -> String {
    let (_, description) = routes::documented().split_for_parts();
    render(&openapi::complete(description), "https://tokens.example.com")
}

/// The values of an attribute, wherever it stands.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    page.split(&begin).skip(1).map(|rest| rest.split_once('"').expect("a value ends").0).collect()
}

#[test]
fn every_operation_and_every_schema_has_its_place() {
    let (_, description) = routes::documented().split_for_parts();
    let description = serde_json::to_value(openapi::complete(description)).unwrap();
    let page = page();
    let ids = values(&page, "id");
    for operation in operation::all(&description, "") {
        assert!(ids.contains(&operation.id), "{} {}", operation.method, operation.path);
        assert!(page.contains(&format!("<code>{}</code>", operation.path)), "{}", operation.path);
    }
    for (name, _) in members(&description["components"], "schemas") {
        assert!(ids.contains(&format!("schema-{name}").as_str()), "{name}");
    }
}

#[test]
fn every_anchor_leads_somewhere_and_no_two_are_alike() {
    let page = page();
    let ids = values(&page, "id");
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    for link in values(&page, "href") {
        let anchor = link.strip_prefix('#');
        assert!(anchor.is_none_or(|anchor| ids.contains(&anchor)), "{link}");
    }
}

#[test]
fn it_is_one_page_of_one_language_with_one_heading() {
    let page = page();
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert_eq!(page.matches("<title>").count(), 1);
    assert_eq!(page.matches("<h1>").count(), 1);
    assert_eq!(page.matches("<main").count(), 1);
}

#[test]
fn nothing_is_fetched_from_elsewhere_and_nothing_runs() {
    let page = page();
    for attribute in ["href", "src"] {
        for link in values(&page, attribute) {
            assert!(link.starts_with('#') || link == "/docs/style.css" || link == "/openapi.json", "{link}");
        }
    }
    for forbidden in ["<script", "<style", " style=", " onclick=", " onload=", "javascript:", "<iframe"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}

#[test]
fn a_command_is_whole_and_keeps_secrets_out_of_the_history() {
    let page = page();
    assert!(page.contains("curl --request POST &#39;https://tokens.example.com/v1/workspaces&#39;"));
    assert!(page.contains("Authorization: Bearer $OPERATOR_KEY"));
    assert!(!page.contains("tokens.example.com/v1/workspaces/{"), "each id of a path has an example");
}
