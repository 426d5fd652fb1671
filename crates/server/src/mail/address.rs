use std::fmt;

use url::Host;

/// A mail address that a person typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    typed: String,
    folded: String,
}

/// What was typed is no mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("That is not a mail address. One looks like ana@example.com.")]
pub struct NotAnAddress;

/// RFC 5321, section 4.5.3.1.3: a path of 256 octets, its angle brackets included.
const LONGEST: usize = 254;

impl Address {
    /// As it was typed, without the white space around it. Mails go to this.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// What addresses are compared by: lower case, the domain in ASCII. Nothing is sent to it: in principle a mail
    /// server may tell `Ana@` from `ana@`.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

/// Reads what a person typed as a mail address: `local@domain`, without a display name, quotes or bare IP numbers.
pub fn address(text: &str) -> Result<Address, NotAnAddress> {
    let typed = text.trim();
    if typed.len() > LONGEST || typed.contains(|c: char| c.is_control() || c.is_whitespace() || c == '"') {
        return Err(NotAnAddress);
    }
    let (user, domain) = typed.rsplit_once('@').ok_or(NotAnAddress)?;
    let domain = ascii_domain(domain).ok_or(NotAnAddress)?;
    let folded = format!("{}@{domain}", user.to_lowercase());
    if folded.len() > LONGEST || folded.parse::<lettre::Address>().is_err() {
        return Err(NotAnAddress);
    }
    Ok(Address { typed: typed.to_owned(), folded })
}

/// The domain as DNS and every mail server know it: `bücher.example` is `xn--bcher-kva.example`.
pub(super) fn ascii_domain(domain: &str) -> Option<String> {
    // A host of a URL may be percent-encoded, a domain of a mail address never.
    match Host::parse(domain).ok()? {
        Host::Domain(ascii) if !domain.contains('%') => Some(ascii),
        _ => None,
    }
}

/// Shows nothing of it.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_it_is_left_off_and_case_is_folded() {
        let ana = address("  Ana.Lovelace+bwk@Example.COM\n").unwrap();
        assert_eq!(ana.as_typed(), "Ana.Lovelace+bwk@Example.COM");
        assert_eq!(ana.folded(), "ana.lovelace+bwk@example.com");
    }

    #[test]
    fn a_domain_beyond_ascii_is_compared_by_what_dns_knows() {
        let typed = address("ana@Bücher.example").unwrap();
        assert_eq!(typed.folded(), "ana@xn--bcher-kva.example");
        assert_eq!(address("ana@xn--bcher-kva.example").unwrap().folded(), typed.folded());
    }

    #[test]
    fn what_is_none_is_refused() {
        let (long_user, long) = ("a".repeat(65), format!("{}@{}.example", "a".repeat(60), "b.".repeat(100)));
        let too_long_user = format!("{long_user}@example.com");
        for text in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "ana@exa mple.com",
            "ana lovelace@example.com",
            "ana@example.com\r\nBcc: eve@example.com",
            "ana\0@example.com",
            "\"ana\"@example.com",
            "Ana <ana@example.com>",
            "ana@127.0.0.1",
            "ana@[127.0.0.1]",
            "ana@0x7f.1",
            "ana@exa%6dple.com",
            "ana@example.com,eve@example.com",
            "ana@-.example",
            &too_long_user,
            &long,
        ] {
            assert_eq!(address(text), Err(NotAnAddress), "{text:?}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", address("ana@example.com").unwrap()), "Address");
    }
}
