use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;
use url::Host;

/// A host or a network that the operator opens although it is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// A host by its exact name, in lower case and as the DNS knows it.
    Host(String),
    /// A network, or one address.
    Network(IpNet),
}

const NEITHER: &str = "is neither a host's name, such as gitlab.example.com, nor a network, such as 10.1.0.0/16, nor an address";

/// As a setting says it. What is wrong is said in words that go on from the text.
impl FromStr for Opened {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(network) = network(text) {
            return network.map(Self::Network);
        }
        match Host::parse(text) {
            Ok(Host::Domain(name)) if !text.contains(['*', '%']) => Ok(Self::Host(bare(&name).to_owned())),
            _ => Err(NEITHER.to_owned()),
        }
    }
}

/// A network or a single address, as a setting says it; nothing if the text is neither. The error goes on from the text. One of
/// IPv4 that is written in IPv6's way (RFC 4291, section 2.5.5.2) is the IPv4 one: callers and hosts are known by that.
pub fn network(text: &str) -> Option<Result<IpNet, String>> {
    let address = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = address.parse::<IpAddr>() {
        return Some(Ok(address.to_canonical().into()));
    }
    let network = text.parse::<IpNet>().ok()?;
    // Whoever writes 10.1.2.3/8 may have meant the one address.
    let is_whole = network.trunc() == network;
    Some(is_whole.then(|| canonical(network)).ok_or_else(|| {
        "is an address within a network: write the network's own, such as 10.1.0.0/16".to_owned()
    }))
}

fn canonical(network: IpNet) -> IpNet {
    let mapped = match network {
        IpNet::V6(network) => network.addr().to_ipv4_mapped().zip(network.prefix_len().checked_sub(96)),
        IpNet::V4(_) => None,
    };
    mapped.and_then(|(address, prefix)| IpNet::new(address.into(), prefix).ok()).unwrap_or(network)
}

impl Opened {
    pub(super) fn is_host(&self, name: &str) -> bool {
        matches!(self, Self::Host(host) if host == bare(name))
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        matches!(self, Self::Network(network) if network.contains(&address.to_canonical()))
    }

    /// The host of a URL, and nothing else.
    pub(super) fn only(host: &Host<&str>) -> Self {
        match host {
            Host::Domain(name) => Self::Host(bare(name).to_owned()),
            Host::Ipv4(address) => Self::Network(IpAddr::V4(*address).into()),
            Host::Ipv6(address) => Self::Network(IpAddr::V6(*address).to_canonical().into()),
        }
    }
}

/// A name without the dot that says it is whole.
pub(super) fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}
