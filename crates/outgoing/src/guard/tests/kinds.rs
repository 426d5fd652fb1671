//! What kind every address is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use proptest::prelude::*;

use super::super::kind::{Kind, SPECIAL_V4, SPECIAL_V6, kind_of};

/// Each special network with the last address before it and the first one behind it.
const EDGES_V4: [(&str, &str, &str); 15] = [
    ("0.0.0.0/8", "0.0.0.0", "1.0.0.0"),
    ("10.0.0.0/8", "9.255.255.255", "11.0.0.0"),
    ("100.64.0.0/10", "100.63.255.255", "100.128.0.0"),
    ("127.0.0.0/8", "126.255.255.255", "128.0.0.0"),
    ("169.254.0.0/16", "169.253.255.255", "169.255.0.0"),
    ("172.16.0.0/12", "172.15.255.255", "172.32.0.0"),
    ("192.0.0.0/24", "191.255.255.255", "192.0.1.0"),
    ("192.0.2.0/24", "192.0.1.255", "192.0.3.0"),
    ("192.88.99.0/24", "192.88.98.255", "192.88.100.0"),
    ("192.168.0.0/16", "192.167.255.255", "192.169.0.0"),
    ("198.18.0.0/15", "198.17.255.255", "198.20.0.0"),
    ("198.51.100.0/24", "198.51.99.255", "198.51.101.0"),
    ("203.0.113.0/24", "203.0.112.255", "203.0.114.0"),
    ("224.0.0.0/4", "223.255.255.255", "240.0.0.0"),
    ("240.0.0.0/4", "239.255.255.255", "255.255.255.255"),
];
/// Which of these edges are special too: the ends of all addresses, and where two networks meet.
const SPECIAL_EDGES: [(&str, Kind); 4] = [
    ("0.0.0.0", Kind::ThisNetwork),
    ("239.255.255.255", Kind::Multicast),
    ("240.0.0.0", Kind::Reserved),
    ("255.255.255.255", Kind::Reserved),
];

fn kind(address: &str) -> Option<Kind> {
    kind_of(address.parse().unwrap())
}

#[test]
fn every_special_network_of_ipv4_is_refused_from_its_first_address_to_its_last() {
    for ((network, expected), (text, before, behind)) in SPECIAL_V4.into_iter().zip(EDGES_V4) {
        assert_eq!(network, text.parse::<Ipv4Net>().unwrap());
        for address in [network.network(), network.broadcast()] {
            assert_eq!(kind_of(address.into()), Some(expected), "{address}");
        }
        for edge in [before, behind] {
            let special = SPECIAL_EDGES.iter().find(|(address, _)| *address == edge);
            assert_eq!(kind(edge), special.map(|(_, kind)| *kind), "{edge}");
        }
    }
}

#[test]
fn every_first_half_of_an_ipv4_address_is_judged_as_the_standard_library_would() {
    // All 65,536 networks of 16 bits, each by its first, its last and one address in between. What the standard library
    // has names for must be of that kind; of what it has none for only the listed networks may be special.
    for half in 0..=u16::MAX {
        let [a, b] = half.to_be_bytes();
        for [c, d] in [[0, 0], [100, 77], [255, 255]] {
            let address = Ipv4Addr::new(a, b, c, d);
            let expected = if address.is_loopback() {
                Some(Kind::ThisMachine)
            } else if address.is_private() {
                Some(Kind::Private)
            } else if address.is_link_local() {
                Some(Kind::LinkLocal)
            } else if address.is_multicast() {
                Some(Kind::Multicast)
            } else if address.is_documentation() {
                Some(Kind::Documentation)
            } else {
                let listed = SPECIAL_V4.iter().find(|(network, _)| network.contains(&address));
                listed.map(|(_, kind)| *kind)
            };
            assert_eq!(kind_of(address.into()), expected, "{address}");
        }
    }
}

#[test]
fn every_special_network_of_ipv6_is_refused_from_its_first_address_to_its_last() {
    for (network, expected) in SPECIAL_V6 {
        for address in [network.network(), network.broadcast()] {
            assert_eq!(kind_of(address.into()), Some(expected), "{address}");
        }
    }
    let unicast: Ipv6Net = "2000::/3".parse().unwrap();
    for first in 0..=u16::MAX {
        let address = Ipv6Addr::new(first, 0xffff, 1, 0, 0, 0, 0, 1);
        let public = kind_of(address.into()).is_none();
        let may_be = unicast.contains(&address);
        assert!(!public || may_be, "{address} is public");
        let listed = SPECIAL_V6.iter().any(|(network, _)| network.contains(&address));
        // 2002:ffff:1::1 carries 255.255.0.1.
        assert!(public || !may_be || listed || first == 0x2002, "{address} is not public");
    }
}

#[test]
fn single_addresses_are_what_their_registries_say() {
    for (address, expected) in [
        ("8.8.8.8", None),
        ("1.1.1.1", None),
        ("2606:4700:4700::1111", None),
        ("2001:200::1", None),
        ("2001:4860:4860::8888", None),
        ("2a00:1450:4001:80b::200e", None),
        ("127.0.0.1", Some(Kind::ThisMachine)),
        ("::1", Some(Kind::ThisMachine)),
        ("0.0.0.0", Some(Kind::ThisNetwork)),
        ("::", Some(Kind::ThisNetwork)),
        ("255.255.255.255", Some(Kind::Reserved)),
        ("169.254.169.254", Some(Kind::Metadata)),
        ("169.254.170.2", Some(Kind::Metadata)),
        ("169.254.170.23", Some(Kind::Metadata)),
        ("100.100.100.200", Some(Kind::Metadata)),
        ("192.0.0.192", Some(Kind::Metadata)),
        ("168.63.129.16", Some(Kind::Metadata)),
        ("168.63.129.17", None),
        ("fd00:ec2::254", Some(Kind::Metadata)),
        ("fd00:ec2::23", Some(Kind::Metadata)),
        ("fd20:ce::254", Some(Kind::Metadata)),
        ("fd00::1", Some(Kind::Private)),
        ("fdff:ffff::1", Some(Kind::Private)),
        ("fe80::1", Some(Kind::LinkLocal)),
        ("febf::1", Some(Kind::LinkLocal)),
        ("fec0::1", Some(Kind::Private)),
        ("ff02::1", Some(Kind::Multicast)),
        ("2001:db8::1", Some(Kind::Documentation)),
        ("3fff:fff::1", Some(Kind::Documentation)),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Some(Kind::Reserved)),
        ("100::1", Some(Kind::Reserved)),
        ("5f00::1", Some(Kind::Reserved)),
        ("64:ff9b:1::7f00:1", Some(Kind::Reserved)),
        // IPv4-compatible, and IPv4-translated: no more in use, whatever they carry.
        ("::7f00:1", Some(Kind::Reserved)),
        ("::808:808", Some(Kind::Reserved)),
        ("::ffff:0:7f00:1", Some(Kind::Reserved)),
        // Mapped, behind a translator, and 6to4: what they carry decides.
        ("::ffff:127.0.0.1", Some(Kind::ThisMachine)),
        ("::ffff:169.254.169.254", Some(Kind::Metadata)),
        ("::ffff:8.8.8.8", None),
        ("64:ff9b::7f00:1", Some(Kind::ThisMachine)),
        ("64:ff9b::a9fe:a9fe", Some(Kind::Metadata)),
        ("64:ff9b::808:808", None),
        ("2002:7f00:1::", Some(Kind::ThisMachine)),
        ("2002:a9fe:a9fe::1", Some(Kind::Metadata)),
        ("2002:a00:1::1", Some(Kind::Private)),
        ("2002:808:808::1", None),
    ] {
        assert_eq!(kind(address), expected, "{address}");
    }
}

proptest! {
    #[test]
    fn an_address_that_carries_another_is_of_the_same_kind(bits: u32, below: u64) {
        let address = Ipv4Addr::from_bits(bits);
        let carried = u128::from(bits);
        let expected = kind_of(address.into());
        for v6 in [
            0xffff << 32 | carried,
            0x0064_ff9b << 96 | carried,
            0x2002 << 112 | carried << 80 | u128::from(below),
        ] {
            let v6 = Ipv6Addr::from_bits(v6);
            prop_assert_eq!(kind_of(v6.into()), expected, "{} carries {}", v6, address);
        }
    }

    #[test]
    fn no_ipv6_address_outside_of_what_is_given_out_is_public(bits: u128) {
        let address = Ipv6Addr::from_bits(bits);
        let inside = address.segments()[0] >> 13 == 1 || address.segments()[..2] == [0x64, 0xff9b]
            || address.to_ipv4_mapped().is_some();
        prop_assert!(inside || kind_of(IpAddr::V6(address)).is_some());
    }
}
