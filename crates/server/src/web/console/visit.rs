use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, Uri, header, request::Parts},
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
    is_form: bool,
    query: String,
}

impl Visit {
    pub(super) fn of(method: &Method, headers: &HeaderMap, uri: &Uri) -> Self {
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
            is_form: *method == Method::POST,
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

    /// Where the page can be looked at again. One that answers a form stands at the form's address, at which there may be nothing
    /// to look at: then it is the page that the form is on.
    pub(super) fn shown_at(&self) -> String {
        if !self.is_form {
            return self.address();
        }
        let mut parts = self.path.split('/').skip(1);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("sign-in"), Some(_), ..) => "/sign-in/second".to_owned(),
            (Some("account"), ..) => "/account".to_owned(),
            // Each token has its page, and so has the form for a new one.
            (Some("w"), Some(workspace), Some("tokens"), Some(token)) => {
                format!("/w/{workspace}/tokens/{token}")
            }
            (Some("w"), Some(workspace), Some(place), _) => format!("/w/{workspace}/{place}"),
            _ => self.path.clone(),
        }
    }

    /// Whether it is a form that was sent.
    pub(super) const fn is_form(&self) -> bool {
        self.is_form
    }

    /// The frame of a page for nobody in particular.
    pub fn frame(&self, app: &App) -> Frame {
        Frame {
            vendor: app.look.vendor.clone(),
            version: app.look.version.clone(),
            has_logo: app.look.logo.is_some(),
            theme: self.theme,
            address: self.shown_at(),
            now: Some(app.clock.now()),
            notice: Notice::of_name(&self.asked("done")),
            ..Frame::default()
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.headers, &parts.uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(method: &Method, address: &'static str) -> String {
        Visit::of(method, &HeaderMap::new(), &Uri::from_static(address)).shown_at()
    }

    #[test]
    fn a_page_that_answers_a_form_is_looked_at_again_where_the_form_is() {
        for (form, page) in [
            ("/sign-in/code", "/sign-in/second"),
            ("/sign-in", "/sign-in"),
            ("/account/password", "/account"),
            ("/w/ws_1/people/mem_1/role", "/w/ws_1/people"),
            ("/w/ws_1/tokens/tok_1/rotate", "/w/ws_1/tokens/tok_1"),
            ("/w/ws_1/tokens/new", "/w/ws_1/tokens/new"),
            ("/w/ws_1/audit/export", "/w/ws_1/audit"),
            ("/welcome/abc", "/welcome/abc"),
        ] {
            assert_eq!(shown(&Method::POST, form), page);
        }
        assert_eq!(shown(&Method::GET, "/w/ws_1/tokens?state=live"), "/w/ws_1/tokens?state=live");
    }
}
