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
        let address = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = address.parse::<IpAddr>() {
            return Ok(Self::Network(address.into()));
        }
        if let Ok(network) = text.parse::<IpNet>() {
            // Whoever writes 10.1.2.3/8 may have meant the one address.
            let same = network.trunc() == network;
            return same.then_some(Self::Network(network)).ok_or_else(|| {
                "is an address within a network: write the network's own, such as 10.1.0.0/16".to_owned()
            });
        }
        match Host::parse(text) {
            Ok(Host::Domain(name)) if !text.contains(['*', '%']) => Ok(Self::Host(bare(&name).to_owned())),
            _ => Err(NEITHER.to_owned()),
        }
    }
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
