//! Whether a request is for us: by the name that it calls us by (RFC 9110, section 7.4). Whoever can make a browser call us by
//! another name (a page of theirs whose name leads here) could otherwise read our answers as its own.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};
use url::{Host, Url};

use crate::config::Settings;

/// The names that this server answers to.
pub(super) struct Names<'a> {
    pub public_url: &'a str,
    pub settings: &'a Settings,
}

impl Names<'_> {
    /// Whether the name that a request is for is one of ours. `inside`: whether it comes from this machine, which may call it
    /// by the names that every machine has for itself, or by none.
    pub fn know(&self, headers: &HeaderMap, uri: &Uri, inside: bool) -> bool {
        let mut sent = headers.get_all(header::HOST).iter();
        let said = match (uri.authority(), sent.next(), sent.next()) {
            // HTTP/2 says it as `:authority`.
            (Some(authority), _, None) => Some(authority.as_str().to_owned()),
            (None, Some(host), None) => host.to_str().ok().map(str::to_owned),
            (None, None, None) => return inside,
            _ => None,
        };
        let Some(host) = said.and_then(|said| name_in(&said)) else { return false };
        let public = Url::parse(self.public_url).ok();
        let is_public = public.and_then(|url| url.host().map(|known| known.to_owned())) == Some(host.clone());
        let is_other =
            self.settings.server.host_names.iter().any(|name| Host::parse(name).ok().as_ref() == Some(&host));
        is_public || is_other || (inside && is_own(&host))
    }
}

/// The name without its port: proxies change that.
fn name_in(said: &str) -> Option<Host> {
    let url = Url::parse(&format!("http://{said}/")).ok()?;
    let is_name_alone = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    url.host().filter(|_| is_name_alone).map(|host| host.to_owned())
}

fn is_own(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(host: &str, inside: bool) -> bool {
        let variables = [("BAILIWICK_SERVER__HOST_NAMES".to_owned(), "bailiwick.internal".to_owned())];
        let settings = Settings::load(None, variables.into_iter()).unwrap();
        let names = Names { public_url: "https://console.vendor.example", settings: &settings };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        names.know(&headers, &Uri::from_static("/sign-in"), inside)
    }

    #[test]
    fn a_request_is_for_us_by_our_names_alone() {
        for ours in [
            "console.vendor.example",
            "CONSOLE.vendor.example:8443",
            "bailiwick.internal",
            "bailiwick.internal:80",
        ] {
            assert!(known(ours, false), "{ours}");
        }
        for other in [
            "evil.example",
            "console.vendor.example.evil.example",
            "localhost",
            "127.0.0.1:8080",
            "",
            "a b",
            "x@console.vendor.example",
            "console.vendor.example/x",
        ] {
            assert!(!known(other, false), "{other}");
        }
    }

    #[test]
    fn whoever_works_on_this_machine_may_say_so() {
        for own in ["localhost", "localhost:8080", "127.0.0.1", "[::1]:8080"] {
            assert!(known(own, true), "{own}");
        }
        assert!(!known("evil.example", true), "a name that leads here is not this machine's");
        let settings = Settings::load(None, std::iter::empty()).unwrap();
        let names = Names { public_url: "https://console.vendor.example", settings: &settings };
        let uri = Uri::from_static("/healthz");
        assert!(names.know(&HeaderMap::new(), &uri, true));
        assert!(!names.know(&HeaderMap::new(), &uri, false));
        let mut twice = HeaderMap::new();
        twice.append(header::HOST, "localhost".parse().unwrap());
        twice.append(header::HOST, "localhost".parse().unwrap());
        assert!(!names.know(&twice, &uri, true));
    }
}
