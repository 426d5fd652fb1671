//! # guard: where calls may go
//!
//! A host may be called if it is public, or if the operator opened it by name or by network. It is judged twice:
//!
//! - **At save**, [`Guard::check`] looks at what a URL says by itself, so that whoever gives it learns at once. It asks no
//!   DNS: what a name leads to today says nothing about tomorrow.
//! - **At connect** each address that a name leads to is judged, and the connection goes to an address that was judged:
//!   there is no second look-up that could answer differently (DNS rebinding). A host written as an address is judged
//!   before anything is sent, since no look-up happens for it.
//!
//! `http` goes to opened hosts only. What is opened by name may have a loopback, private or shared address; everything
//! else (the local link with the cloud's metadata, multicast, reserved ranges) has to be opened as a network.

mod kind;
mod lookup;
mod opened;
mod refused;

#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use url::{Host, Url};

pub use kind::{Kind, kind_of};
pub(crate) use lookup::{Judging, Lookup, system};
pub use opened::{Opened, network};
pub use refused::Refused;

use opened::bare;

/// Names that lead to the machine itself, wherever that is asked (RFC 6761 section 6.3, and what Linux has in its hosts
/// file).
const OWN_NAMES: [&str; 4] = ["localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"];
/// Names under which clouds tell their machines who they are.
const METADATA_NAMES: [&str; 3] = ["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"];

/// Where calls may go. The default opens nothing that is not public. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub struct Guard(Arc<[Opened]>);

impl Guard {
    /// One that lets through what is public, and what is opened.
    pub fn opening(opened: impl IntoIterator<Item = Opened>) -> Self {
        Self(opened.into_iter().collect())
    }

    /// One that opens the host of this URL, for whoever names it by hand for one call. What is no URL opens nothing.
    pub fn opening_host_of(url: &str) -> Self {
        let url = Url::parse(url).ok();
        Self::opening(url.as_ref().and_then(Url::host).map(|host| Opened::only(&host)))
    }

    /// Whether a URL may be kept, as far as it says by itself where it leads.
    ///
    /// To be asked when somebody gives a URL, so that a refusal is seen by who can change it. It is judged again whenever
    /// it is called.
    pub fn check(&self, text: &str) -> Result<(), Refused> {
        // Readers of URLs leave these out or turn them into something else, and not all in the same way.
        if text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\') {
            return Err(Refused::NoUrl);
        }
        let url = Url::parse(text).map_err(|_| Refused::NoUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::User);
        }
        self.judge(&url)?;
        match url.host() {
            Some(Host::Ipv4(address)) if !is_written_plainly(text, &address.to_string()) => {
                Err(Refused::Notation)
            }
            _ => Ok(()),
        }
    }

    /// Whether a request may be sent there, as far as the URL says by itself where it leads.
    pub(crate) fn judge(&self, url: &Url) -> Result<(), Refused> {
        let host = url.host().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or(Refused::NoUrl)?;
        let (kind, opened) = match host {
            Host::Domain(name) => (kind_of_name(name), self.opens_name(name)),
            Host::Ipv4(address) => (kind_of(address.into()), self.opens_address(address.into())),
            Host::Ipv6(address) => (kind_of(address.into()), self.opens_address(address.into())),
        };
        match kind {
            Some(kind) if !opened || is_name(&host) && !kind.may_be_a_host() => Err(Refused::Leads(kind)),
            _ if url.scheme() == "http" && !opened => Err(Refused::Plain),
            _ => Ok(()),
        }
    }

    /// Which of the addresses that a name leads to may be connected to. A name that only leads to others is refused.
    pub(crate) fn judge_addresses(
        &self,
        name: &str,
        found: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Refused> {
        let named = self.opens_name(name);
        let refusal = |address: IpAddr| {
            kind_of(address)
                .filter(|kind| !(self.opens_address(address) || named && kind.may_be_a_host()))
                .map(Refused::Leads)
        };
        let first = found.first().and_then(|address| refusal(address.ip()));
        let good: Vec<_> = found.into_iter().filter(|address| refusal(address.ip()).is_none()).collect();
        match first {
            Some(refused) if good.is_empty() => Err(refused),
            _ => Ok(good),
        }
    }

    fn opens_name(&self, name: &str) -> bool {
        self.0.iter().any(|opened| opened.is_host(name))
    }

    fn opens_address(&self, address: IpAddr) -> bool {
        self.0.iter().any(|opened| opened.contains(address))
    }
}

fn is_name(host: &Host<&str>) -> bool {
    matches!(host, Host::Domain(_))
}

/// What some names lead to, without asking.
fn kind_of_name(name: &str) -> Option<Kind> {
    let name = bare(name);
    if OWN_NAMES.contains(&name) || name.ends_with(".localhost") {
        Some(Kind::ThisMachine)
    } else {
        METADATA_NAMES.contains(&name).then_some(Kind::Metadata)
    }
}

/// Whether the text has the address as it is always written, and not as `0x7f.1` or `2130706433`.
fn is_written_plainly(text: &str, address: &str) -> bool {
    let host = text.split_once("://").map(|(_, rest)| rest.split([':', '/', '?', '#']).next());
    host.flatten() == Some(address)
}
