use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use time_and_chance::Duration;

/// Who is signed in. Like the others it is bound to this host alone, goes over TLS only, and no script reads it (RFC 6265bis,
/// section 4.1.3.2).
pub const SESSION: &str = "__Host-session";
/// Who has begun to sign in.
pub const ATTEMPT: &str = "__Host-attempt";
/// A browser in which somebody has signed in before.
pub const BROWSER: &str = "__Host-browser";
/// What somebody has chosen to look at pages in.
pub(super) const THEME: &str = "__Host-theme";

/// The cookies of a request.
#[derive(Clone, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let each = sent.flat_map(|value| Cookie::split_parse(value.to_owned()).filter_map(Result::ok));
        Self(each.map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned())).collect())
    }

    /// The value of the cookie with this name. Of two nobody can say which is right, so neither is.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

fn cookie<'a>(name: &'static str, value: &'a str) -> Cookie<'a> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax).build()
}

fn header_of(cookie: &Cookie<'_>) -> HeaderValue {
    HeaderValue::try_from(cookie.to_string()).expect("names and values here are visible ASCII")
}

/// A cookie that is gone when the browser is closed.
pub fn set(name: &'static str, value: &str) -> HeaderValue {
    header_of(&cookie(name, value))
}

/// A cookie that stays for a while.
pub fn kept(name: &'static str, value: &str, stays: Duration) -> HeaderValue {
    let seconds = i64::try_from(stays.as_secs()).unwrap_or(i64::MAX);
    let mut cookie = cookie(name, value);
    cookie.set_max_age(cookie::time::Duration::seconds(seconds));
    header_of(&cookie)
}

/// Remembers a theme for a year; one that there is not is none.
pub fn set_theme(theme: &str) -> HeaderValue {
    match theme {
        "light" | "dark" => kept(THEME, theme, Duration::from_hours(365 * 24)),
        _ => dropped(THEME),
    }
}

/// Takes a cookie away.
pub fn dropped(name: &'static str) -> HeaderValue {
    kept(name, "", Duration::from_secs(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(values: &[&str]) -> Cookies {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::COOKIE, value.parse().unwrap());
        }
        Cookies::of(&headers)
    }

    #[test]
    fn a_cookie_sent_twice_is_none() {
        assert_eq!(sent(&["__Host-session=a; x=b"]).get(SESSION), Some("a"));
        assert_eq!(sent(&["x=b", "__Host-session=a"]).get(SESSION), Some("a"));
        assert_eq!(sent(&["__Host-session=a; __Host-session=b"]).get(SESSION), None);
        assert_eq!(sent(&["__Host-session=a", "__Host-session=a"]).get(SESSION), None);
        assert_eq!(sent(&[]).get(SESSION), None);
    }

    #[test]
    fn every_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts() {
        for value in [set(SESSION, "a"), kept(BROWSER, "a", Duration::from_hours(1)), dropped(ATTEMPT)] {
            let text = value.to_str().unwrap();
            for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(text.contains(part), "{text}");
            }
            assert!(text.starts_with("__Host-") && !text.contains("Domain"), "{text}");
        }
        assert!(kept(BROWSER, "a", Duration::from_hours(1)).to_str().unwrap().contains("Max-Age=3600"));
    }
}
