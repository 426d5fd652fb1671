//! The forms in which others get entries.

use std::net::IpAddr;

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, Uri, header, request::Parts},
    response::{AppendHeaders, IntoResponse},
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{HOUSE, list::Listed, ocsf};
use crate::{
    events::Event,
    ids::WorkspaceId,
    web::{Params, Problem},
};

/// JSON lines, by the name that most give them; none is registered.
const LINES: &str = "application/x-ndjson";

/// In which form a page is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// In which form. Without it: JSON lines if the header `Accept` prefers `application/x-ndjson`, else a JSON object.
    #[param(inline, required = false, nullable = false)]
    format: Option<Layout>,
}

/// The form of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum Layout {
    /// A JSON object with its entries.
    #[serde(rename = "json")]
    Page,
    /// An entry a line.
    #[serde(rename = "ndjson")]
    Lines,
    /// An event of OCSF a line.
    #[serde(rename = "ocsf")]
    Ocsf,
}

impl Wanted {
    /// The form that is asked for, by name or by header.
    fn form(&self, headers: &HeaderMap) -> Layout {
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<(&str, f32)> = accepted.flat_map(|value| value.split(',')).map(weighted).collect();
        let weight = |wanted: &[&str]| {
            let named =
                ranges.iter().filter(|(range, _)| wanted.iter().any(|name| range.eq_ignore_ascii_case(name)));
            named.map(|(_, weight)| *weight).fold(0.0, f32::max)
        };
        // Whoever takes anything gets the object.
        let prefers_lines = weight(&[LINES]) > weight(&["application/json"]);
        self.format.unwrap_or(if prefers_lines { Layout::Lines } else { Layout::Page })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Layout {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Params(wanted) = Params::<Wanted>::from_request_parts(parts, state).await?;
        Ok(wanted.form(&parts.headers))
    }
}

/// A range of media types with its weight (RFC 9110, section 12.4.2).
fn weighted(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse().ok());
    (name, weight.unwrap_or(1.0))
}

/// Entries of a workspace as lines.
pub(super) fn lines(form: Layout, workspace: &WorkspaceId, entries: &[Listed]) -> impl IntoResponse {
    let mut text = String::new();
    for entry in entries {
        let line = match form {
            Layout::Ocsf => as_ocsf(workspace.as_str(), entry),
            Layout::Page | Layout::Lines => json!(entry),
        };
        text.push_str(&line.to_string());
        text.push('\n');
    }
    ([(header::CONTENT_TYPE, LINES)], Body::from(text))
}

/// Where the next page is (RFC 8288): the same question with another cursor.
pub(super) fn next_link(uri: &Uri, next: Option<&str>) -> AppendHeaders<Option<(HeaderName, String)>> {
    AppendHeaders(next.map(|next| {
        let asked = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let mut pairs: Vec<&str> = asked.filter(|pair| !pair.starts_with("cursor=")).collect();
        let cursor = format!("cursor={next}");
        pairs.push(&cursor);
        (header::LINK, format!("<{}?{}>; rel=\"next\"", uri.path(), pairs.join("&")))
    }))
}

/// An entry as an event of OCSF.
pub(super) fn as_ocsf(chain: &str, entry: &Listed) -> Value {
    let from = entry.details.get("from");
    let said = |member: &str| from.and_then(|from| from.get(member)).and_then(Value::as_str);
    ocsf::event(&ocsf::Recorded {
        id: entry.id.as_str(),
        sequence: entry.sequence,
        workspace: (chain != HOUSE).then_some(chain),
        at: entry.at,
        actor_kind: &entry.actor.kind,
        actor_id: entry.actor.id.as_deref(),
        ip: said("ip").and_then(|ip| ip.parse::<IpAddr>().ok()),
        user_agent: said("user_agent"),
        event: &entry.event,
        target: entry.target.as_deref(),
        refused: entry.event == Event::RequestRefused.name(),
        details: &entry.details,
        request: entry.request_id.as_deref(),
        hash: Some(&entry.hash),
    })
}

/// An entry as the API lists it, with the chain that it is in: a workspace's id, or `house`.
pub(super) fn as_json(chain: &str, entry: &Listed) -> Value {
    let mut value = json!(entry);
    value["chain"] = json!(chain);
    value
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn form(format: Option<Layout>, accept: &'static str) -> Layout {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        Wanted { format }.form(&headers)
    }

    #[test]
    fn lines_are_for_those_who_name_them_and_like_them_better() {
        assert_eq!(Wanted { format: None }.form(&HeaderMap::new()), Layout::Page);
        for accept in [
            "*/*",
            "application/*",
            "text/html",
            "",
            "application/x-ndjson;q=0",
            "application/x-ndjson; q=0.2, application/json;q=0.3",
        ] {
            assert_eq!(form(None, accept), Layout::Page, "{accept}");
        }
        for accept in [
            "application/x-ndjson",
            "Application/X-NDJSON, */*;q=0.1",
            "application/json;q=0.5,application/x-ndjson",
        ] {
            assert_eq!(form(None, accept), Layout::Lines, "{accept}");
        }
        assert_eq!(form(Some(Layout::Ocsf), "application/json"), Layout::Ocsf);
        assert_eq!(form(Some(Layout::Page), LINES), Layout::Page);
    }

    #[test]
    fn the_next_page_is_asked_for_as_this_one_was() {
        let link = |uri: &'static str| next_link(&Uri::from_static(uri), Some("abc")).0.unwrap().1;
        assert_eq!(link("/v1/x"), r#"</v1/x?cursor=abc>; rel="next""#);
        let asked = link("/v1/x?format=ocsf&cursor=old&event=a%20b");
        assert_eq!(asked, r#"</v1/x?format=ocsf&event=a%20b&cursor=abc>; rel="next""#);
        assert!(next_link(&Uri::from_static("/v1/x"), None).0.is_none());
    }
}
