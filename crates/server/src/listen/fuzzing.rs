//! The properties that fuzzers and plain tests hold the reading of proxies' headers to. Each holds for any bytes, or panics.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header::FORWARDED};

use super::{Said, Told, told};

const CALLER: &str = "192.0.2.60";
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Any bytes that a caller puts before a trusted proxy's own word, on its line or on one before: what is believed is the proxy's
/// word or nothing.
pub fn check_forwarded(bytes: &[u8]) {
    let own = format!("for={CALLER};proto=https");
    for headers in before(&FORWARDED, bytes, &own) {
        let told = told(&headers, &[]);
        assert!(is_own_or_nothing(told), "{told:?} of {headers:?}");
    }
    for headers in before(&X_FORWARDED_FOR, bytes, CALLER) {
        let told = told(&headers, &[]);
        assert_eq!(told.address, Said::This(caller()), "{headers:?}");
        assert_eq!(told.https, Said::Nothing);
    }
}

fn is_own_or_nothing(told: Told) -> bool {
    match told {
        Told { address: Said::This(address), https: Said::This(https) } => address == caller() && https,
        Told { address, https } => address == Said::Unclear && https == Said::Unclear,
    }
}

/// The proxy's own word after these bytes: in the same line, and in a line of its own. What no header can hold there is none of.
fn before(name: &HeaderName, bytes: &[u8], own: &str) -> Vec<HeaderMap> {
    let together = [bytes, b", ", own.as_bytes()].concat();
    let ways = [vec![together], vec![bytes.to_vec(), own.as_bytes().to_vec()]];
    let of_lines = |lines: Vec<Vec<u8>>| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name.clone(), HeaderValue::from_bytes(&line).ok()?);
        }
        Some(headers)
    };
    ways.into_iter().filter_map(of_lines).collect()
}

fn caller() -> IpAddr {
    CALLER.parse().expect("an address")
}
