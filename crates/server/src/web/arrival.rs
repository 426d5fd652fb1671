//! What every request passes on its way in, and every answer on its way out: where it came from, whether it may come so,
//! and the headers that guard whoever reads the answer.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use ipnet::IpNet;
use tracing::Instrument as _;

use super::{Origin, Problem, console, docs, host::Names, origin, secure};
use crate::{
    app::App,
    ids::RequestId,
    listen::{self, Peer, Said},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What operators' machines ask, which stand beside the proxies and speak no TLS.
const OPERATION: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Lets a request in, or not; and answers with what every answer has.
pub(super) async fn arrive(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let arrival = Arrival::of(peer, request.headers(), &app.settings.server.trusted_proxies);
    let request_id = RequestId::new(app.clock.now(), &*app.chance);
    // It stands before every line that is logged of the request, so it is there on every level.
    let span = tracing::error_span!("request", %request_id);
    let id = HeaderValue::from_str(request_id.as_str()).expect("an id is visible ASCII");
    let names = Names { public_url: &app.public_url, settings: &app.settings };
    let is_probe = arrival.beside && OPERATION.contains(&request.uri().path());
    let is_here = peer.is_some_and(|peer| peer.address.is_loopback());
    let is_for_us = is_probe || names.know(request.headers(), request.uri(), is_here);
    let refused = arrival
        .refusal(request.method(), request.uri(), &app.public_url)
        .or_else(|| (!is_for_us).then(for_somebody_else));
    let mut answer = if let Some(refusal) = refused {
        refusal
    } else {
        let user_agent = origin::user_agent(request.headers());
        request.extensions_mut().insert(Origin { address: arrival.address, user_agent, request_id });
        next.run(request).instrument(span).await
    };
    answer.headers_mut().insert(REQUEST_ID, id);
    secure::guard(answer.headers_mut(), arrival.tls);
    answer
}

/// RFC 9110, section 15.5.20.
fn for_somebody_else() -> Response {
    let detail = "This server does not answer to the name that you have called it by. The settings server.public_url and \
                  server.host_names say by which it does.";
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host", detail).into_response()
}

/// How a request came.
#[derive(Debug, PartialEq, Eq)]
struct Arrival {
    /// Who sent it, as far as that is known.
    address: Option<IpAddr>,
    /// Whether whoever sent it used TLS, to us or to a proxy of ours.
    tls: bool,
    /// Whether it never left this machine. Where a proxy is named that is on this machine too, nobody can tell.
    inside: bool,
    /// Whether it comes from this machine or a proxy's network, whoever is behind that.
    beside: bool,
}

impl Arrival {
    fn of(peer: Option<Peer>, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        // Whoever serves without saying who calls has not asked anybody, so nobody is let in.
        let Some(peer) = peer else {
            return Self { address: None, tls: false, inside: false, beside: false };
        };
        let here = peer.address.is_loopback();
        if !listen::is_in(trusted, peer.address) {
            let inside = here && !listen::are_here(trusted);
            return Self { address: Some(peer.address), tls: peer.tls, inside, beside: here };
        }
        let told = listen::told(headers, trusted);
        let address = match told.address {
            Said::This(address) => Some(address),
            Said::Nothing => Some(peer.address),
            Said::Unclear => None,
        };
        let tls = match told.https {
            Said::This(https) => https,
            Said::Nothing => peer.tls,
            Said::Unclear => false,
        };
        Self { address, tls, inside: false, beside: true }
    }

    /// What a request gets that came in the open. A person's browser is sent to where it is safe; a program is told: had it
    /// been redirected, nobody would notice that its key passes in the open each time.
    fn refusal(&self, method: &Method, uri: &Uri, public_url: &str) -> Option<Response> {
        if self.tls || self.inside || (self.beside && OPERATION.contains(&uri.path())) {
            return None;
        }
        let reads = matches!(*method, Method::GET | Method::HEAD);
        if reads
            && (docs::is_page(uri.path()) || console::is_page(uri.path()))
            && listen::is_https(public_url)
        {
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            let there = HeaderValue::try_from(format!("{public_url}{path}")).ok()?;
            return Some((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, there)]).into_response());
        }
        let detail = "This came over plain HTTP, where everybody on the way can read it. Send it by https://; and if it \
                      carried a key or a token, replace that.";
        Some(Problem::new(StatusCode::FORBIDDEN, "tls_required", detail).into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: [u8; 4] = [10, 0, 0, 1];
    const STRANGER: [u8; 4] = [192, 0, 2, 7];
    const HERE: [u8; 4] = [127, 0, 0, 1];

    fn arrival(from: [u8; 4], tls: bool, said: &[(&'static str, &str)]) -> Arrival {
        let headers =
            said.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let trusted = ["10.0.0.0/8".parse().unwrap(), "127.0.0.1/32".parse().unwrap()];
        Arrival::of(Some(Peer { address: from.into(), tls }), &headers.collect(), &trusted)
    }

    const SAFE: [(&str, &str); 2] = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https")];

    #[test]
    fn a_proxy_is_believed_and_a_stranger_is_not() {
        let address = Some([198, 51, 100, 1].into());
        assert_eq!(arrival(PROXY, false, &SAFE), Arrival { address, tls: true, inside: false, beside: true });
        let address = Some(STRANGER.into());
        assert_eq!(
            arrival(STRANGER, false, &SAFE),
            Arrival { address, tls: false, inside: false, beside: false }
        );
        let forged = [("forwarded", "for=127.0.0.1;proto=https")];
        assert_eq!(arrival(STRANGER, true, &forged).address, address);
        assert!(!arrival(STRANGER, false, &forged).tls);
    }

    #[test]
    fn tls_up_to_us_is_no_tls_if_the_proxy_took_it_in_the_open() {
        assert!(!arrival(PROXY, true, &[("x-forwarded-proto", "http")]).tls);
        assert!(!arrival(PROXY, true, &[("x-forwarded-proto", "https,http")]).tls);
        assert!(arrival(PROXY, true, &[]).tls);
    }

    #[test]
    fn a_proxy_on_this_machine_does_not_make_its_callers_local() {
        for said in [
            // A proxy that was told to add nothing.
            &[][..],
            &[("x-forwarded-for", "127.0.0.1")],
            &[("x-forwarded-for", "198.51.100.1")],
            &[("x-forwarded-proto", "http")],
            &[("forwarded", "for=unknown")],
            &[("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "http")],
        ] {
            let arrival = arrival(HERE, false, said);
            assert!(!arrival.inside && !arrival.tls && arrival.beside, "{said:?}");
        }
        assert!(arrival(HERE, false, &SAFE).tls);
        let from = |peer: &str, trusted: &str| {
            let peer = Peer { address: peer.parse().unwrap(), tls: false };
            Arrival::of(Some(peer), &HeaderMap::new(), &[trusted.parse().unwrap()])
        };
        for (peer, trusted) in
            [("127.0.0.1", "10.0.0.0/8"), ("::1", "fd00::/8"), ("127.0.0.1", "126.0.0.0/8")]
        {
            assert!(from(peer, trusted).inside, "no proxy here is named, so it is whoever works here");
        }
        // It calls from another of this machine's addresses than the one by which it is named.
        for (peer, trusted) in [
            ("127.0.0.1", "::1/128"),
            ("::1", "127.0.0.1/32"),
            ("127.0.0.1", "127.0.0.2/32"),
            ("::1", "126.0.0.0/7"),
        ] {
            let arrival = from(peer, trusted);
            assert!(!arrival.inside && arrival.beside, "{peer} where {trusted} is named");
        }
    }

    fn refused(arrival: &Arrival, method: &Method, path: &str, public_url: &str) -> Option<(u16, String)> {
        let answer = arrival.refusal(method, &path.parse().unwrap(), public_url)?;
        let location = answer.headers().get(header::LOCATION).map(|there| there.to_str().unwrap().to_owned());
        Some((answer.status().as_u16(), location.unwrap_or_default()))
    }

    #[test]
    fn in_the_open_programs_are_refused_and_people_are_sent_to_where_it_is_safe() {
        let safe = "https://console.acme.example";
        let open = arrival(STRANGER, false, &[]);
        let no = Some((403, String::new()));
        let there = |path: &str| Some((308, format!("{safe}{path}")));
        assert_eq!(refused(&open, &Method::GET, "/docs?a=b", safe), there("/docs?a=b"));
        assert_eq!(refused(&open, &Method::HEAD, "/docs/style.css", safe), there("/docs/style.css"));
        assert_eq!(refused(&open, &Method::POST, "/docs", safe), no);
        assert_eq!(
            refused(&open, &Method::GET, "/docs", "http://acme.example"),
            no,
            "it would come back for ever"
        );
        for path in ["/v1/workspaces", "/openapi.json", "/healthz", "/metrics", "/nothing", "//docs"] {
            assert_eq!(refused(&open, &Method::GET, path, safe), no, "{path}");
        }
    }

    #[test]
    fn machines_beside_it_may_ask_how_it_is_in_the_open() {
        let beside = arrival(PROXY, false, &[]);
        for path in OPERATION {
            assert_eq!(refused(&beside, &Method::GET, path, ""), None, "{path}");
        }
        assert_eq!(refused(&beside, &Method::GET, "/v1/workspaces", ""), Some((403, String::new())));
        let unknown = Arrival::of(None, &HeaderMap::new(), &[]);
        assert_eq!(refused(&unknown, &Method::GET, "/healthz", ""), Some((403, String::new())));
    }
}
