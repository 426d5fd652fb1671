//! What a URL says by itself.

use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::{
    super::{Guard, Kind, Opened, Refused, kind_of},
    opening,
};

const HERE: Refused = Refused::Leads(Kind::ThisMachine);
const METADATA: Refused = Refused::Leads(Kind::Metadata);

#[test]
fn a_public_address_with_tls_may_be_kept() {
    for url in [
        "https://api.github.com/meta/public_keys/secret_scanning",
        "https://gitlab.com:8443/x?y=z",
        "HTTPS://EXAMPLE.COM",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:444",
        "https://bücher.example/",
    ] {
        assert_eq!(Guard::default().check(url), Ok(()), "{url}");
    }
}

#[test]
fn whatever_leads_elsewhere_is_refused_however_it_is_written() {
    for (url, refused) in [
        ("https://localhost/", HERE),
        ("https://LOCALHOST.:443", HERE),
        ("https://a.localhost/", HERE),
        ("https://ip6-localhost/", HERE),
        ("https://loc%61lhost/", HERE),
        ("https://127.0.0.1/", HERE),
        ("https://127.0.0.1./", HERE),
        ("https://127.1/", HERE),
        ("https://2130706433/", HERE),
        ("https://017700000001/", HERE),
        ("https://0177.0.0.1/", HERE),
        ("https://0x7f.0.0.1/", HERE),
        ("https://0x7f000001/", HERE),
        ("https://%31%32%37.0.0.1/", HERE),
        ("https://１２７.0.0.1/", HERE),
        ("https://127。0。0。1/", HERE),
        ("https://[::1]/", HERE),
        ("https://[0:0:0:0:0:0:0:1]/", HERE),
        ("https://[::ffff:127.0.0.1]/", HERE),
        ("https://[::ffff:7f00:1]/", HERE),
        ("https://[64:ff9b::127.0.0.1]/", HERE),
        ("https://[2002:7f00:1::]/", HERE),
        ("https://0/", Refused::Leads(Kind::ThisNetwork)),
        ("https://0.0.0.0/", Refused::Leads(Kind::ThisNetwork)),
        ("https://[::]/", Refused::Leads(Kind::ThisNetwork)),
        ("https://10.0.0.1/", Refused::Leads(Kind::Private)),
        ("https://172.31.255.255/", Refused::Leads(Kind::Private)),
        ("https://192.168.1.1/", Refused::Leads(Kind::Private)),
        ("https://[fd00::1]/", Refused::Leads(Kind::Private)),
        ("https://100.64.0.1/", Refused::Leads(Kind::Shared)),
        ("https://[fe80::1]/", Refused::Leads(Kind::LinkLocal)),
        ("https://169.254.1.1/", Refused::Leads(Kind::LinkLocal)),
        ("https://169.254.169.254/latest/meta-data/", METADATA),
        ("https://2852039166/", METADATA),
        ("https://metadata.google.internal/", METADATA),
        ("https://[fd00:ec2::254]/", METADATA),
        ("https://224.0.0.1/", Refused::Leads(Kind::Multicast)),
        ("https://192.0.2.7/", Refused::Leads(Kind::Documentation)),
        ("https://[2001:db8::1]/", Refused::Leads(Kind::Documentation)),
        // Public, but nobody sees that.
        ("https://134744072/", Refused::Notation),
        ("https://0x8.8.8.8/", Refused::Notation),
        ("https://8.8.2056/", Refused::Notation),
        ("https://8.8.8.8./", Refused::Notation),
        ("http://example.com/", Refused::Plain),
        ("http://8.8.8.8/", Refused::Plain),
        ("https://ana@example.com/", Refused::User),
        ("https://:secret@example.com/", Refused::User),
        ("https://example.com@127.0.0.1/", Refused::User),
        ("https://127.0.0.1\\@example.com/", Refused::NoUrl),
        ("https://exam\tple.com/", Refused::NoUrl),
        (" https://example.com/", Refused::NoUrl),
        ("https://example.com/\n", Refused::NoUrl),
        ("https://[fe80::1%25eth0]/", Refused::NoUrl),
        ("https://256.256.256.256/", Refused::NoUrl),
        ("https://", Refused::NoUrl),
        ("example.com", Refused::NoUrl),
        ("ftp://example.com/", Refused::NoUrl),
        ("file:///etc/passwd", Refused::NoUrl),
        ("gopher://127.0.0.1/", Refused::NoUrl),
        ("", Refused::NoUrl),
    ] {
        assert_eq!(Guard::default().check(url), Err(refused), "{url}");
    }
}

#[test]
fn what_the_operator_opened_may_be_kept_without_tls_too() {
    let guard = opening(&["gitlab.internal", "127.0.0.1", "10.1.0.0/16", "fd00:1::/32", "::1"]);
    for url in [
        "http://gitlab.internal/keys",
        "https://GitLab.Internal.:8443/keys",
        "http://127.0.0.1:9090/keys",
        "https://10.1.255.255/",
        "http://[fd00:1::7]/",
        "http://[::1]:80/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        assert_eq!(guard.check(url), Ok(()), "{url}");
    }
    for (url, refused) in [
        ("https://10.2.0.0/", Refused::Leads(Kind::Private)),
        ("https://127.0.0.2/", HERE),
        ("https://localhost/", HERE),
        ("http://other.internal/", Refused::Plain),
        ("http://a.gitlab.internal/", Refused::Plain),
        ("http://2130706433/", Refused::Notation),
        ("http://ana@gitlab.internal/", Refused::User),
    ] {
        assert_eq!(guard.check(url), Err(refused), "{url}");
    }
}

#[test]
fn a_name_opens_no_way_to_the_metadata_and_a_network_does() {
    let names = opening(&["metadata.google.internal", "localhost"]);
    assert_eq!(names.check("http://metadata.google.internal/"), Err(METADATA));
    assert_eq!(names.check("http://localhost/"), Ok(()));
    assert_eq!(opening(&["169.254.169.254"]).check("http://169.254.169.254/"), Ok(()));
}

#[test]
fn what_is_opened_is_a_name_a_network_or_an_address() {
    for (text, shown) in [
        ("GitLab.Example.COM.", "Host(\"gitlab.example.com\")"),
        ("bücher.example", "Host(\"xn--bcher-kva.example\")"),
        ("localhost", "Host(\"localhost\")"),
        ("10.0.0.0/8", "Network(10.0.0.0/8)"),
        ("10.0.0.7", "Network(10.0.0.7/32)"),
        ("fd00::/8", "Network(fd00::/8)"),
        ("::1", "Network(::1/128)"),
        ("[::1]", "Network(::1/128)"),
    ] {
        assert_eq!(format!("{:?}", text.parse::<Opened>().unwrap()), shown);
    }
    for text in [
        "",
        "*.example.com",
        "http://gitlab.example.com",
        "gitlab.example.com:8080",
        "gitlab.example.com/keys",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.7/8",
        "0x7f.1",
        "a b",
        "a%62",
    ] {
        let why = text.parse::<Opened>().unwrap_err();
        assert!(why.starts_with("is "), "{text}: {why}");
    }
}

#[test]
fn the_host_of_one_url_is_opened_and_no_other() {
    let guard = Guard::opening_host_of("http://127.0.0.1:8080/x");
    assert_eq!(guard.check("http://127.0.0.1:9090/"), Ok(()));
    assert_eq!(guard.check("http://127.0.0.2/"), Err(HERE));
    assert_eq!(Guard::opening_host_of("http://LocalHost:1").check("http://localhost:2"), Ok(()));
    assert_eq!(Guard::opening_host_of("no URL").check("http://localhost:2"), Err(HERE));
}

#[test]
fn a_refusal_says_what_is_wrong_and_nothing_of_the_url() {
    let said = Guard::default().check("https://127.0.0.1/hush").unwrap_err().to_string();
    assert_eq!(said, "leads to the server's own machine (loopback)");
}

/// A number as readers of URLs take it: decimal, octal or hexadecimal.
fn written(number: u32, way: u8) -> String {
    match way % 3 {
        0 => number.to_string(),
        1 => format!("0{number:o}"),
        _ => format!("0X{number:x}"),
    }
}

/// An address in one to four parts, the last of which takes what is left.
fn in_parts(address: Ipv4Addr, parts: usize, ways: [u8; 4]) -> String {
    let bytes = address.octets();
    let mut texts: Vec<_> = (0..parts - 1).map(|at| written(u32::from(bytes[at]), ways[at])).collect();
    let rest = bytes[parts - 1..].iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    texts.push(written(rest, ways[3]));
    texts.join(".")
}

proptest! {
    #[test]
    fn an_address_is_known_in_every_notation(
        bits: u32, inside: prop::sample::Index, parts in 1..=4_usize, ways: [u8; 4]
    ) {
        // Half of them inside of what is special: by chance few would be.
        let networks = super::super::kind::SPECIAL_V4;
        let network = networks[inside.index(networks.len())].0;
        let special = network.network() | (Ipv4Addr::from_bits(bits) & network.hostmask());
        for address in [Ipv4Addr::from_bits(bits), special] {
            let host = in_parts(address, parts, ways);
            let said = Guard::default().check(&format!("https://{host}/"));
            match kind_of(address.into()) {
                Some(kind) => prop_assert_eq!(said, Err(Refused::Leads(kind)), "{} is {}", host, address),
                None if host == address.to_string() => prop_assert_eq!(said, Ok(()), "{}", host),
                None => prop_assert_eq!(said, Err(Refused::Notation), "{} is {}", host, address),
            }
        }
    }

    #[test]
    fn whatever_is_given_is_judged_and_what_is_let_through_is_public(text in ".*", host in "[a-z0-9.\\[\\]:@%-]{0,20}") {
        for text in [text, format!("https://{host}/"), format!("http://{host}")] {
            if Guard::default().check(&text).is_ok() {
                let url = url::Url::parse(&text).unwrap();
                prop_assert_eq!(url.scheme(), "https");
                let address = match url.host().unwrap() {
                    url::Host::Ipv4(address) => Some(address.into()),
                    url::Host::Ipv6(address) => Some(address.into()),
                    url::Host::Domain(name) => name.parse().ok(),
                };
                prop_assert!(address.is_none_or(|address| kind_of(address).is_none()), "{}", text);
            }
        }
    }
}
