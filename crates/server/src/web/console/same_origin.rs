//! What keeps other sites from sending our forms, signing in and out among them: a browser says from where it sends one.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use url::{Host, Url};

use super::is_page;
use crate::{app::App, web::Problem};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets a page's form through only from a page of ours. What programs send needs no cookie, so it is not asked where it is from.
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && is_page(request.uri().path()) && !is_ours(request.headers(), request.uri(), &app.public_url)
    {
        let detail = "This form was not sent from a page of ours, so nothing was done. Open the page and send it from there.";
        return Problem::new(StatusCode::FORBIDDEN, "cross_origin", detail).into_response();
    }
    next.run(request).await
}

/// Whether a browser says that it sends this from here. One that says nothing is not believed: every browser of today says so
/// (Fetch Metadata; RFC 6454, section 7 for those that do not).
fn is_ours(headers: &HeaderMap, uri: &Uri, public_url: &str) -> bool {
    let one = |name: &HeaderName| {
        let mut sent = headers.get_all(name).iter();
        let value = sent.next()?.to_str().ok();
        Some(value.filter(|_| sent.next().is_none()).unwrap_or_default().to_owned())
    };
    let (site, origin) = (one(&FETCH_SITE), one(&header::ORIGIN));
    let same_site = site.as_deref().map(|site| site == "same-origin");
    // "null" is what a page says that hides where it is; the browser's own word beside it is enough then.
    let same_origin = origin.as_deref().filter(|origin| *origin != "null" || same_site.is_none());
    let same_origin = same_origin.map(|origin| is_origin(origin, headers, uri, public_url));
    match (same_site, same_origin) {
        (Some(site), Some(origin)) => site && origin,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => false,
    }
}

/// The origin of our public address, or, of a request for another name that this server answers to, that name's.
fn is_origin(origin: &str, headers: &HeaderMap, uri: &Uri, public_url: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    if Url::parse(public_url).is_ok_and(|ours| ours.origin() == origin.origin()) {
        return true;
    }
    // HTTP/2 says as `:authority` by what name we are called (RFC 9113, section 8.3.1).
    let sent = || headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = uri.authority().map(Authority::as_str).or_else(sent);
    // A page in the open is anybody's who is on the way, but on this machine.
    let is_safe = origin.scheme() == "https" || !public_url.starts_with("https:") || is_here(&origin);
    is_safe
        && host.is_some_and(|host| {
            let named = Url::parse(&format!("{}://{host}", origin.scheme()));
            named.is_ok_and(|named| named.origin() == origin.origin())
        })
}

fn is_here(origin: &Url) -> bool {
    match origin.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://console.vendor.example";

    fn ours(sent: &[(&'static str, &str)]) -> bool {
        let each = sent.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        is_ours(&each.collect(), &Uri::from_static("/sign-in"), OURS)
    }

    #[test]
    fn by_http_2_a_form_comes_from_the_name_that_it_is_sent_to() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, "https://console.inside.example:8443".parse().unwrap());
        let to = |address| is_ours(&headers, &Uri::from_static(address), OURS);
        assert!(to("https://console.inside.example:8443/sign-in"));
        assert!(!to("https://console.inside.example/sign-in"));
        assert!(!to("https://other.inside.example:8443/sign-in"));
    }

    #[test]
    fn a_form_of_ours_passes() {
        assert!(ours(&[("origin", OURS)]));
        assert!(ours(&[("origin", OURS), ("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]));
    }

    #[test]
    fn a_form_of_anybody_else_does_not() {
        for sent in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "https://evil.example")],
            &[("origin", "http://console.vendor.example")],
            &[("origin", "http://console.vendor.example"), ("host", "console.vendor.example")],
            &[("origin", "https://console.vendor.example:8443")],
            &[("origin", "https://console.vendor.example.evil.example")],
            &[("origin", OURS), ("sec-fetch-site", "cross-site")],
            &[("origin", OURS), ("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site")],
            &[("origin", "https://evil.example"), ("host", "console.vendor.example")],
            &[("origin", "")],
        ] {
            assert!(!ours(sent), "{sent:?}");
        }
    }

    #[test]
    fn two_origins_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(header::ORIGIN, OURS.parse().unwrap());
        headers.append(header::ORIGIN, OURS.parse().unwrap());
        assert!(!is_ours(&headers, &Uri::from_static("/sign-in"), OURS));
    }
}
