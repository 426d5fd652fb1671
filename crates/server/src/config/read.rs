//! How values are understood. A reader says what is wrong with a value in words that go on from it ("is no …") and never
//! repeat it: it may be a secret.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use axum::http::Uri;
use ipnet::IpNet;
use lettre::message::Mailbox;
use outgoing::{Opened, webhook};
use token_format::Prefix;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use super::{
    Hidden,
    choices::RootPlace,
    given::{Raw, is_content},
};
use crate::mail;

type Understood<T> = Result<T, String>;

fn fault<T>(why: &str) -> Understood<T> {
    Err(why.to_owned())
}

/// Any text but an empty one.
pub(super) fn text(raw: &Raw) -> Understood<String> {
    match raw {
        Raw::Words(text) | Raw::Text(text) if text.trim().is_empty() => fault("is empty"),
        Raw::Words(text) | Raw::Text(text) => Ok(text.clone()),
        Raw::Number(_) => fault("is a number where a text belongs: put it in quotes"),
        Raw::List(_) => fault("is a list where a text belongs"),
        Raw::Other(kind) => Err(format!("is {kind} where a text belongs")),
    }
}

pub(super) fn path(raw: &Raw) -> Understood<PathBuf> {
    let text = text(raw)?;
    if is_content(&text) {
        return fault("takes the path of a file, not what stands in it");
    }
    Ok(text.into())
}

pub(super) fn address(raw: &Raw) -> Understood<SocketAddr> {
    text(raw)?.parse().or_else(|_| fault("is no address with a port, such as 127.0.0.1:8080 or [::1]:8080"))
}

/// A network, or a single address.
pub(super) fn network(raw: &Raw) -> Understood<IpNet> {
    match outgoing::network(text(raw)?.trim()) {
        Some(Ok(network)) if network.prefix_len() == 0 => {
            fault("is everybody, of whom not everything can be believed")
        }
        Some(network) => network,
        None => fault("is no network such as 10.0.0.0/8 or fd00::/8, and no address"),
    }
}

/// A whole number between two others.
pub(super) fn number<T: TryFrom<i64>>(least: i64, most: i64) -> impl Fn(&Raw) -> Understood<T> {
    move |raw| {
        let number = match raw {
            Raw::Number(number) => Some(*number),
            Raw::Words(text) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .filter(|number| (least..=most).contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
    }
}

/// One of a few names, which says itself what the others are.
pub(super) fn choice<T: FromStr<Err = String>>(raw: &Raw) -> Understood<T> {
    text(raw)?.parse()
}

/// Something that need not be given.
pub(super) fn some<T>(read: impl Fn(&Raw) -> Understood<T>) -> impl Fn(&Raw) -> Understood<Option<T>> {
    move |raw| read(raw).map(Some)
}

/// A list, each of whose items reads alike.
pub(super) fn list<T>(read: impl Fn(&Raw) -> Understood<T>) -> impl Fn(&Raw) -> Understood<Vec<T>> {
    move |raw| match raw {
        Raw::List(texts) => texts.iter().map(|text| read(&Raw::Text(text.clone()))).collect(),
        Raw::Words(words) => words.split(',').map(|word| read(&Raw::Words(word.trim().to_owned()))).collect(),
        _ => fault("must be a list of texts, such as [\"one\", \"two\"]"),
    }
}

pub(super) fn hidden(raw: &Raw) -> Understood<Hidden> {
    text(raw).map(Hidden::new)
}

/// A secret that cannot be guessed by trying.
pub(super) fn hidden_of(least: usize) -> impl Fn(&Raw) -> Understood<Hidden> {
    move |raw| {
        let text = text(raw)?;
        if text.chars().count() < least {
            return Err(format!("is too short: it takes at least {least} characters"));
        }
        // It comes in a header, which loses the space around its value and cannot hold a control character.
        if text.trim() != text || text.contains(char::is_control) {
            return fault(
                "has a space around it or a control character in it, so nothing that is sent could match",
            );
        }
        Ok(Hidden::new(text))
    }
}

/// What a receiver of webhooks shares with us: one secret, or several.
pub(super) fn webhook_secrets(raw: &Raw) -> Understood<Hidden> {
    let text = match raw {
        Raw::List(texts) => texts.join(","),
        _ => text(raw)?,
    };
    webhook::Secret::read_all(&text).map_err(|why| why.to_string())?;
    Ok(Hidden::new(text))
}

/// An `http` or `https` URL without a user.
pub(super) fn web_address(raw: &Raw) -> Understood<String> {
    let text = text(raw)?;
    let authority = text.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    if authority.is_some_and(|authority| authority.contains('@')) {
        return fault("must not name a user or a password before its host");
    }
    let uri: Option<Uri> = text.parse().ok();
    let fits = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if !fits || text.contains('#') {
        return fault("is no address that begins with http:// or https:// and a host");
    }
    Ok(text)
}

/// A host or a network that may be called.
pub(super) fn opened(raw: &Raw) -> Understood<Opened> {
    text(raw)?.parse()
}

/// A web address in which `{workspace}` or `{external_id}` may stand for a workspace.
pub(super) fn web_address_of_workspace(raw: &Raw) -> Understood<String> {
    let text = text(raw)?;
    let filled = text.replace("{workspace}", "id").replace("{external_id}", "id");
    web_address(&Raw::Words(filled)).map(|_| text)
}

/// A web address to which paths are appended: it has no query, and loses a slash at its end.
pub(super) fn beginning(raw: &Raw) -> Understood<String> {
    let text = web_address(raw)?;
    if text.contains('?') {
        return fault("has a query, but paths are put behind it");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Where people reach the console: its pages, files and cookies are at the root of their host.
pub(super) fn public_url(raw: &Raw) -> Understood<String> {
    let text = beginning(raw)?;
    match Url::parse(&text) {
        Ok(url) if url.path() == "/" => Ok(text),
        _ => fault("has a path, but the console is at the root of its host"),
    }
}

/// A name that requests may be for.
pub(super) fn host(raw: &Raw) -> Understood<String> {
    let text = text(raw)?;
    match Host::parse(text.trim()) {
        Ok(host) if !text.contains(':') => Ok(host.to_string()),
        _ => fault("is no host name, such as bailiwick.internal"),
    }
}

/// Where a browser may be sent back to, codes and all: over TLS, or on this machine.
pub(super) fn return_url(raw: &Raw) -> Understood<Url> {
    let url = cloud_address(raw)?;
    if url.query().is_some() {
        return fault("has a query, but a code is put behind it");
    }
    Ok(url)
}

/// Where a cloud is asked, which answers with secrets: over TLS, or on this machine.
pub(super) fn cloud_address(raw: &Raw) -> Understood<Url> {
    let Ok(url) = Url::parse(&web_address(raw)?) else { return fault("is no web address") };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !is_here {
        return fault("would carry secrets from another machine in the open: it has to begin with https://");
    }
    Ok(url)
}

/// Whether the database can be reached shows when it is opened; here only whether it is named.
pub(super) fn database_url(raw: &Raw) -> Understood<Hidden> {
    let text = text(raw)?;
    store::is_url(&text).map_err(str::to_owned)?;
    Ok(Hidden::new(text))
}

/// Whether the mail server can be reached shows when a mail is sent; here only whether it is named.
pub(super) fn smtp_url(raw: &Raw) -> Understood<Hidden> {
    let text = text(raw)?;
    mail::is_smtp_url(&text).map_err(str::to_owned)?;
    Ok(Hidden::new(text))
}

pub(super) fn root_place(raw: &Raw) -> Understood<RootPlace> {
    choice(raw)
}

pub(super) fn mailbox(raw: &Raw) -> Understood<Mailbox> {
    text(raw)?
        .parse()
        .or_else(|_| fault("is no mail address, such as ana@example.com or Ana <ana@example.com>"))
}

pub(super) fn prefix(raw: &Raw) -> Understood<String> {
    let text = text(raw)?;
    Prefix::new(&text).map(|prefix| prefix.as_str().to_owned()).map_err(|why| why.to_string())
}

/// What tracing's filter takes.
pub(super) fn filter(raw: &Raw) -> Understood<String> {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    let text = text(raw)?;
    // The filter takes any other lone word for the name of a module, and then logs nothing but that.
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    let all_say_a_level = text.split(',').all(|part| part.contains('=') || is_level(part.trim()));
    match EnvFilter::builder().parse(&text) {
        Ok(_) if all_say_a_level => Ok(text),
        _ => fault("is no log level such as info, or list of them such as info,sqlx=warn"),
    }
}
