use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{Ipv4Net, Ipv6Net};

/// What an address leads to that is no host of the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Loopback.
    ThisMachine,
    /// "This network": unspecified addresses, which many systems take for loopback.
    ThisNetwork,
    /// Private use (RFC 1918), and unique local addresses (RFC 4193).
    Private,
    /// Shared between a carrier and its customers (RFC 6598).
    Shared,
    /// Link-local (RFC 3927, RFC 4291 section 2.5.6).
    LinkLocal,
    /// Where a cloud tells its machines who they are, credentials included.
    Metadata,
    /// Multicast, and broadcast.
    Multicast,
    /// For examples in texts (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Kept for something else by IANA's registries of special addresses, or not given out.
    Reserved,
}

impl Kind {
    /// Whether a host that the operator names may have such an address. All else has to be named as a network, so that a
    /// name which is opened for a host beside us does not lead to the cloud's metadata.
    pub(super) const fn may_be_a_host(self) -> bool {
        matches!(self, Self::ThisMachine | Self::Private | Self::Shared)
    }
}

/// In words that go on from "leads to".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThisMachine => "the server's own machine (loopback)",
            Self::ThisNetwork => "an unspecified address",
            Self::Private => "a private network",
            Self::Shared => "a carrier's own network",
            Self::LinkLocal => "the local link",
            Self::Metadata => "a cloud's metadata",
            Self::Multicast => "many machines at once (multicast)",
            Self::Documentation => "an address that is for examples",
            Self::Reserved => "a reserved address",
        })
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(first: u16, second: u16, third: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0), length)
}

/// Where clouds answer: most of these lie in networks that are refused anyway, and are named so that a setting which
/// opens such a network by accident shows in the fault what it leads to. Azure's is a public address.
const METADATA: [IpAddr; 9] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// What of IPv4 is not public: IANA's registry of special-purpose addresses (RFC 6890), and multicast.
pub(super) const SPECIAL_V4: [(Ipv4Net, Kind); 15] = [
    (v4(0, 0, 0, 0, 8), Kind::ThisNetwork),
    (v4(10, 0, 0, 0, 8), Kind::Private),
    (v4(100, 64, 0, 0, 10), Kind::Shared),
    (v4(127, 0, 0, 0, 8), Kind::ThisMachine),
    (v4(169, 254, 0, 0, 16), Kind::LinkLocal),
    (v4(172, 16, 0, 0, 12), Kind::Private),
    (v4(192, 0, 0, 0, 24), Kind::Reserved),
    (v4(192, 0, 2, 0, 24), Kind::Documentation),
    // The relays of 6to4, which are no more (RFC 7526).
    (v4(192, 88, 99, 0, 24), Kind::Reserved),
    (v4(192, 168, 0, 0, 16), Kind::Private),
    // Measuring network devices (RFC 2544).
    (v4(198, 18, 0, 0, 15), Kind::Reserved),
    (v4(198, 51, 100, 0, 24), Kind::Documentation),
    (v4(203, 0, 113, 0, 24), Kind::Documentation),
    (v4(224, 0, 0, 0, 4), Kind::Multicast),
    (v4(240, 0, 0, 0, 4), Kind::Reserved),
];

/// The same of IPv6, as far as it is not said by [`UNICAST`].
pub(super) const SPECIAL_V6: [(Ipv6Net, Kind); 7] = [
    // Teredo, ORCHID, benchmarking and more (RFC 2928).
    (v6(0x2001, 0, 0, 23), Kind::Reserved),
    (v6(0x2001, 0xdb8, 0, 32), Kind::Documentation),
    (v6(0x3fff, 0, 0, 20), Kind::Documentation),
    (v6(0xfc00, 0, 0, 7), Kind::Private),
    (v6(0xfe80, 0, 0, 10), Kind::LinkLocal),
    // Site-local, which is no more (RFC 3879).
    (v6(0xfec0, 0, 0, 10), Kind::Private),
    (v6(0xff00, 0, 0, 8), Kind::Multicast),
];

/// The only part of IPv6 from which public addresses are given out (RFC 4291 section 2.4).
const UNICAST: Ipv6Net = v6(0x2000, 0, 0, 3);
/// Stands for the IPv4 internet behind a translator (RFC 6052 section 2.1).
const TRANSLATED: Ipv6Net = v6(0x64, 0xff9b, 0, 96);
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 0, 16);

/// What an address leads to, unless it is a public one.
///
/// Of an IPv6 address that carries an IPv4 one (mapped, RFC 4291 section 2.5.5.2; translated, RFC 6052; 6to4, RFC 3056)
/// the carried one decides. A translator's prefix that an operator chose himself cannot be told from any other.
pub fn kind_of(address: IpAddr) -> Option<Kind> {
    let address = address.to_canonical();
    if METADATA.contains(&address) {
        return Some(Kind::Metadata);
    }
    match address {
        IpAddr::V4(address) => {
            SPECIAL_V4.iter().find(|(network, _)| network.contains(&address)).map(|(_, kind)| *kind)
        }
        IpAddr::V6(address) => kind_of_v6(address),
    }
}

fn kind_of_v6(address: Ipv6Addr) -> Option<Kind> {
    if let Some(carried) = carried_by(address) {
        return kind_of(IpAddr::V4(carried));
    }
    if address.is_loopback() {
        return Some(Kind::ThisMachine);
    }
    if address.is_unspecified() {
        return Some(Kind::ThisNetwork);
    }
    if let Some((_, kind)) = SPECIAL_V6.iter().find(|(network, _)| network.contains(&address)) {
        return Some(*kind);
    }
    (!UNICAST.contains(&address)).then_some(Kind::Reserved)
}

fn carried_by(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bytes = address.octets();
    let of = |at: usize| Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
    if TRANSLATED.contains(&address) {
        Some(of(12))
    } else if SIX_TO_FOUR.contains(&address) {
        Some(of(2))
    } else {
        None
    }
}
