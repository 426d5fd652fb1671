//! What proxies say of their callers: `Forwarded` (RFC 7239) and `X-Forwarded-For`, `X-Forwarded-Proto`.
//!
//! Each proxy adds at the right, or as a last line, whom it was called by: the lines of a header are one list (RFC 9110,
//! section 5.3). So what is right of the last trusted proxy's own word is true, and what is left of it anybody may have
//! written: that is not even read. What can be read in two ways is not believed.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use axum::http::{HeaderMap, header::FORWARDED};
use ipnet::IpNet;

/// What was said about something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<T> {
    /// Nothing.
    Nothing,
    /// This.
    This(T),
    /// Something that cannot be read, or in more than one way.
    Unclear,
}

/// What a trusted proxy said of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Who called the first of the trusted proxies.
    pub address: Said<IpAddr>,
    /// Whether that was over TLS.
    pub https: Said<bool>,
}

/// Reads what a proxy said that is trusted itself. `trusted` are the networks whose word is taken along the way.
pub fn told(headers: &HeaderMap, trusted: &[IpNet]) -> Told {
    let standard = standard(&lines(headers, FORWARDED.as_str()), trusted);
    let nodes = lines(headers, "x-forwarded-for");
    let nodes = nodes.iter().rev().flat_map(|line| line.rsplit(','));
    let caller = caller(nodes.map(|text| Told { address: node(text), https: Said::Nothing }), trusted);
    let https = match &lines(headers, "x-forwarded-proto")[..] {
        [] => Said::Nothing,
        [text] => scheme(text.trim()),
        // The lists are not of one length everywhere, so nobody knows whose word each of several is.
        _ => Said::Unclear,
    };
    Told { address: both(standard.address, caller.address), https: both(standard.https, https) }
}

const NOTHING: Told = Told { address: Said::Nothing, https: Said::Nothing };
const UNCLEAR: Told = Told { address: Said::Unclear, https: Said::Unclear };

/// The header's lines in their order. What is no UTF-8 becomes something that no address has in it.
fn lines<'a>(headers: &'a HeaderMap, name: &str) -> Vec<Cow<'a, str>> {
    headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect()
}

/// What two headers say together.
fn both<T: PartialEq>(one: Said<T>, other: Said<T>) -> Said<T> {
    match (one, other) {
        (said, Said::Nothing) | (Said::Nothing, said) => said,
        (Said::This(one), Said::This(other)) if one == other => Said::This(one),
        _ => Said::Unclear,
    }
}

/// Who called the first of the trusted proxies, among elements from the right: the first that is no trusted proxy itself.
/// If all are, the last; what is further left is not read.
fn caller(elements: impl Iterator<Item = Told>, trusted: &[IpNet]) -> Told {
    let mut caller = NOTHING;
    for element in elements {
        caller = element;
        if !matches!(element.address, Said::This(address) if is_in(trusted, address)) {
            break;
        }
    }
    caller
}

/// Whether an address is in one of these networks.
pub(crate) fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// Whether one of these networks has addresses of this machine in it.
pub(crate) fn are_here(networks: &[IpNet]) -> bool {
    let usual = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    usual.iter().any(|address| is_in(networks, *address))
        || networks.iter().any(|network| network.addr().is_loopback())
}

/// RFC 7239, section 4. Where quotes are open at the end of a line nobody knows what is in them.
fn standard(lines: &[Cow<'_, str>], trusted: &[IpNet]) -> Told {
    let Some(lines) = lines.iter().map(|line| split(line, ',')).collect::<Option<Vec<_>>>() else {
        return UNCLEAR;
    };
    let elements = lines.into_iter().flatten().rev();
    caller(elements.map(|text| element(text).unwrap_or(UNCLEAR)), trusted)
}

/// `for=192.0.2.60;proto=http;by=203.0.113.43`
fn element(text: &str) -> Option<Told> {
    if !text.is_ascii() {
        return None;
    }
    let (mut told, mut names) = (NOTHING, BTreeSet::new());
    for pair in split(text, ';')? {
        let (name, value) = pair.trim().split_once('=')?;
        let (name, value) = (name.to_ascii_lowercase(), unquoted(value)?);
        match name.as_str() {
            "for" => told.address = node(value),
            "proto" => told.https = scheme(value),
            "by" | "host" => {}
            // There may be others, which say nothing of this.
            _ if !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) => {}
            _ => return None,
        }
        if !names.insert(name) {
            return None;
        }
    }
    Some(told)
}

/// Splits where the separator stands outside of quotes.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped, mut begin, mut parts) = (false, false, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                parts.push(&text[begin..at]);
                begin = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    (!quoted).then_some(parts)
}

/// A value without its quotes. None of ours needs an escape.
fn unquoted(value: &str) -> Option<&str> {
    let inner = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => value,
    };
    (!inner.contains(['"', '\\'])).then_some(inner)
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
/// RFC 7239 also knows `unknown` and made-up names, which name nobody.
fn node(text: &str) -> Said<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    address.map_or(Said::Unclear, |address| Said::This(address.to_canonical()))
}

fn scheme(text: &str) -> Said<bool> {
    match text.to_ascii_lowercase().as_str() {
        "https" => Said::This(true),
        "http" => Said::This(false),
        _ => Said::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    /// What is told by headers, a line each, where `10.0.0.0/8` and `fd00::/8` are trusted. `-` for nothing, `?` for unclear.
    fn read(lines: &str) -> (String, &'static str) {
        let mut headers = HeaderMap::new();
        for line in lines.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let told = told(&headers, &trusted);
        let address = match told.address {
            Said::Nothing => "-".to_owned(),
            Said::This(address) => address.to_string(),
            Said::Unclear => "?".to_owned(),
        };
        let https = match told.https {
            Said::Nothing => "-",
            Said::This(true) => "https",
            Said::This(false) => "http",
            Said::Unclear => "?",
        };
        (address, https)
    }

    #[test]
    fn the_first_from_the_right_who_is_no_proxy_of_ours_is_the_caller() {
        for (lines, address, https) in [
            ("X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https", "192.0.2.7", "https"),
            // What a caller writes itself stands left of what the proxy adds.
            ("X-Forwarded-For: 127.0.0.1, 198.51.100.1, 192.0.2.7, 10.0.0.3, 10.1.1.1", "192.0.2.7", "-"),
            ("X-Forwarded-For: garbage, 192.0.2.7", "192.0.2.7", "-"),
            ("X-Forwarded-For: g\u{e4}rbage, 192.0.2.7", "192.0.2.7", "-"),
            // A proxy that adds a line and not to a line.
            ("X-Forwarded-For: 127.0.0.1\nX-Forwarded-For: 192.0.2.7", "192.0.2.7", "-"),
            (
                "X-Forwarded-For: g\u{e4}rbage\nX-Forwarded-For: 192.0.2.7\nX-Forwarded-For: 10.0.0.3",
                "192.0.2.7",
                "-",
            ),
            ("X-Forwarded-For: 192.0.2.8, 192.0.2.7\nX-Forwarded-For: 10.0.0.3, 10.0.0.4", "192.0.2.7", "-"),
            ("X-Forwarded-For: 10.0.0.9, 10.0.0.3", "10.0.0.9", "-"),
            ("X-Forwarded-For: [2001:db8::7]:4711", "2001:db8::7", "-"),
            ("X-Forwarded-For: 192.0.2.7:4711", "192.0.2.7", "-"),
            ("X-Forwarded-For: ::ffff:192.0.2.7", "192.0.2.7", "-"),
            ("X-Forwarded-Proto: HTTP", "-", "http"),
            ("Forwarded: for=192.0.2.7;proto=https;by=10.0.0.1", "192.0.2.7", "https"),
            ("Forwarded: For=\"[2001:db8::7]:4711\"; Proto=http;host=\"a,b;c\"", "2001:db8::7", "http"),
            (
                "Forwarded: for=127.0.0.1;proto=http, for=192.0.2.7;proto=https, for=10.0.0.2;proto=http",
                "192.0.2.7",
                "https",
            ),
            (
                "Forwarded: for=192.0.2.7;proto=https\nX-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https",
                "192.0.2.7",
                "https",
            ),
            ("Forwarded: for=192.0.2.7\nX-Forwarded-Proto: https", "192.0.2.7", "https"),
            (
                "Forwarded: for=127.0.0.1;proto=http\nForwarded: for=192.0.2.7;proto=https\nForwarded: for=10.0.0.2",
                "192.0.2.7",
                "https",
            ),
            (
                "Forwarded: for=192.0.2.8\nX-Forwarded-For: 192.0.2.7\nForwarded: for=192.0.2.7",
                "192.0.2.7",
                "-",
            ),
            ("Forwarded: for=\"[fd00::1]\";proto=https", "fd00::1", "https"),
            ("Forwarded: g\u{e4}rbage, for=192.0.2.7;proto=https", "192.0.2.7", "https"),
            ("Forwarded: for=192.0.2.8;for=\nForwarded: for=192.0.2.7;proto=https", "192.0.2.7", "https"),
            ("Via: 1.1 somebody", "-", "-"),
        ] {
            assert_eq!(read(lines), (address.to_owned(), https), "{lines}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_believed() {
        for (lines, address, https) in [
            ("X-Forwarded-For: 192.0.2.7\nX-Forwarded-For: unknown", "?", "-"),
            ("X-Forwarded-For: 192.0.2.7\nX-Forwarded-For: ", "?", "-"),
            ("X-Forwarded-For: 192.0.2.7\nX-Forwarded-For: 192.0.2.\u{e4}", "?", "-"),
            ("X-Forwarded-Proto: https\nX-Forwarded-Proto: https", "-", "?"),
            ("X-Forwarded-Proto: https, http", "-", "?"),
            ("X-Forwarded-Proto: ", "-", "?"),
            ("X-Forwarded-For: 192.0.2.7, unknown", "?", "-"),
            ("X-Forwarded-For: ", "?", "-"),
            ("Forwarded: for=192.0.2.7\nX-Forwarded-For: 192.0.2.8", "?", "-"),
            ("Forwarded: for=192.0.2.7;proto=http\nX-Forwarded-Proto: https", "192.0.2.7", "?"),
            ("Forwarded: for=192.0.2.7;for=192.0.2.8;proto=https", "?", "?"),
            ("Forwarded: for=192.0.2.7\nForwarded: ", "?", "?"),
            ("Forwarded: for=\"192.0.2.8\nForwarded: for=192.0.2.7;proto=https", "?", "?"),
            // The same, where the proxy adds to the line: its word would be in the caller's quotes, or its caller's out of its own.
            ("Forwarded: for=\"192.0.2.8, for=192.0.2.7;proto=https", "?", "?"),
            (
                "Forwarded: a=\", for=192.0.2.7;host=\",for=192.0.2.8;proto=https,z=\\\"\";proto=http",
                "?",
                "?",
            ),
            // Together they would be in quotes, and hide the second line's.
            ("Forwarded: for=192.0.2.8;a=\"\nForwarded: \", for=192.0.2.7;proto=https", "?", "?"),
            ("Forwarded: for=192.0.2.7;host=\u{e4};proto=https", "?", "?"),
            ("Forwarded: for=\"192.0.2.7;proto=https", "?", "?"),
            ("Forwarded: for=unknown;proto=https", "?", "https"),
            ("Forwarded: for=_hidden, for=10.0.0.1", "?", "-"),
            ("Forwarded: 192.0.2.7", "?", "?"),
            ("Forwarded: ", "?", "?"),
            ("Forwarded: for=\"192.0.2.7\\\";proto=https", "?", "?"),
        ] {
            assert_eq!(read(lines), (address.to_owned(), https), "{lines}");
        }
    }
}
