use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, header, request::Parts},
};
use url::form_urlencoded;

use super::{Cookies, Frame, Notice, cookies::THEME};
use crate::app::App;

/// Somebody's looking at a page, whoever it is.
#[derive(Clone, Default)]
pub struct Visit {
    /// The cookies that came along.
    pub cookies: Cookies,
    /// The page's path.
    pub path: String,
    /// Whether a script of ours asks, which reads JSON.
    pub wants_json: bool,
    theme: &'static str,
    query: String,
}

impl Visit {
    pub(super) fn of(headers: &HeaderMap, uri: &Uri) -> Self {
        let cookies = Cookies::of(headers);
        let theme = match cookies.get(THEME) {
            Some("light") => "light",
            Some("dark") => "dark",
            _ => "",
        };
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        Self {
            cookies,
            path: uri.path().to_owned(),
            wants_json: accept == "application/json",
            theme,
            query: uri.query().unwrap_or_default().to_owned(),
        }
    }

    /// The value of a parameter of the query, empty if there is none.
    pub fn asked(&self, name: &str) -> String {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    /// Path and query.
    pub fn address(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The frame of a page for nobody in particular.
    pub fn frame(&self, app: &App) -> Frame {
        Frame {
            vendor: app.look.vendor.clone(),
            version: app.look.version.clone(),
            has_logo: app.look.logo.is_some(),
            theme: self.theme,
            address: self.address(),
            now: Some(app.clock.now()),
            notice: Notice::of_name(&self.asked("done")),
            ..Frame::default()
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.uri))
    }
}
