use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Tls, TlsParameters},
};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// A mail server, read from `mail.smtp_url`.
pub(super) struct SmtpUrl {
    pub host: String,
    pub port: u16,
    security: Security,
    pub credentials: Option<Credentials>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    None,
    Required,
    Opportunistic,
    Implicit,
}

/// Whether a text names a mail server; else what is wrong with it, without repeating it.
pub(crate) fn is_smtp_url(text: &str) -> Result<(), Fault> {
    SmtpUrl::read(text).map(drop)
}

pub(super) type Fault = &'static str;

const FORM: Fault = "not a mail server; write smtp://USER:PASSWORD@HOST:587, smtps://USER:PASSWORD@HOST, or \
                     smtp://localhost:25";
const MAYBE_OPEN: Fault = "mails go to another machine only over TLS, and with ?tls=opportunistic anybody in between could \
                           switch it off; leave that away, or use smtps://";
const NO_PASSWORD: Fault = "a user name needs a password: USER:PASSWORD@HOST";
const NOT_DECODED: Fault = "the user name or the password is not percent-encoded UTF-8";
const NO_TLS: Fault = "TLS to this host cannot be prepared";

impl SmtpUrl {
    /// Reads the URL; says what is wrong with it, but nothing of what it holds. Another machine is spoken to over TLS or not at
    /// all: mails tell about people, and a server that offers no TLS may be somebody in between.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let url = Url::parse(text).map_err(|_| FORM)?;
        let host = host(&url).ok_or(FORM)?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(FORM);
        }
        let here = is_this_machine(&host);
        let (usual_port, security) = match (url.scheme(), url.query()) {
            ("smtp", None) if here => (25, Security::None),
            ("smtp", Some("tls=opportunistic")) if !here => return Err(MAYBE_OPEN),
            ("smtp", None | Some("tls=required")) => (587, Security::Required),
            ("smtp", Some("tls=opportunistic")) => (587, Security::Opportunistic),
            ("smtps", None | Some("tls=required")) => (465, Security::Implicit),
            _ => return Err(FORM),
        };
        let credentials = credentials(&url)?;
        Ok(Self { port: url.port().unwrap_or(usual_port), host, security, credentials })
    }

    /// What is needed for its TLS. Certificates are checked against the system's roots, or those of `SSL_CERT_FILE`, as
    /// they are at this moment.
    pub fn tls(&self) -> Result<Tls, Fault> {
        let parameters = || TlsParameters::new(self.host.clone()).map_err(|_| NO_TLS);
        Ok(match self.security {
            Security::None => Tls::None,
            Security::Required => Tls::Required(parameters()?),
            Security::Opportunistic => Tls::Opportunistic(parameters()?),
            Security::Implicit => Tls::Wrapper(parameters()?),
        })
    }
}

/// The host without the brackets of an IPv6 address, which only belong into a URL. A scheme that is not the web's has
/// its host left as it was written.
fn host(url: &Url) -> Option<String> {
    let written = url.host_str().filter(|host| !host.is_empty())?;
    Some(match Host::parse(written).ok()? {
        Host::Domain(domain) => domain,
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    })
}

fn credentials(url: &Url) -> Result<Option<Credentials>, Fault> {
    let decoded =
        |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| NOT_DECODED);
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(NO_PASSWORD),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user)?, decoded(password)?))),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, u16, &'static str, Option<Credentials>) {
        let url = SmtpUrl::read(text).unwrap();
        let tls = match url.tls().unwrap() {
            Tls::None => "none",
            Tls::Required(_) => "starttls",
            Tls::Wrapper(_) => "implicit",
            Tls::Opportunistic(_) => "opportunistic",
        };
        (url.host, url.port, tls, url.credentials)
    }

    #[test]
    fn each_scheme_has_its_port_and_its_tls() {
        assert_eq!(read("smtp://localhost"), ("localhost".to_owned(), 25, "none", None));
        assert_eq!(read("smtp://127.0.0.1:2525/"), ("127.0.0.1".to_owned(), 2525, "none", None));
        assert_eq!(read("smtp://localhost?tls=opportunistic").2, "opportunistic");
        let ana = || Some(Credentials::new("ana@example.com".to_owned(), "p:w/ü".to_owned()));
        let starttls = read("smtp://ana%40example.com:p%3Aw%2F%C3%BC@mail.example?tls=required");
        assert_eq!(starttls, ("mail.example".to_owned(), 587, "starttls", ana()));
        let implicit = read("smtps://ana%40example.com:p%3Aw%2F%C3%BC@[::1]");
        assert_eq!(implicit, ("::1".to_owned(), 465, "implicit", ana()));
    }

    #[test]
    fn mails_leave_the_machine_only_over_tls() {
        assert_eq!(read("smtp://mail.example"), ("mail.example".to_owned(), 587, "starttls", None));
        assert_eq!(read("smtp://192.0.2.7:25"), ("192.0.2.7".to_owned(), 25, "starttls", None));
        assert_eq!(read("smtp://ana:secret@mail.example").2, "starttls");
        for user in ["", "ana:secret@"] {
            let if_offered = SmtpUrl::read(&format!("smtp://{user}mail.example?tls=opportunistic"));
            assert_eq!(if_offered.err(), Some(MAYBE_OPEN));
        }
        assert!(SmtpUrl::read("smtp://ana:secret@127.0.0.1:2525").is_ok());
    }

    #[test]
    fn what_is_unclear_is_refused_rather_than_guessed() {
        for text in [
            "mail.example:25",
            "http://mail.example",
            "smtp://",
            "smtp://mail.example/ehlo-name",
            "smtp://mail.example?tls=requierd",
            "smtps://mail.example#x",
        ] {
            assert_eq!(SmtpUrl::read(text).err(), Some(FORM), "{text}");
        }
        assert_eq!(SmtpUrl::read("smtps://ana@mail.example").err(), Some(NO_PASSWORD));
        assert_eq!(SmtpUrl::read("smtps://ana:%ff@mail.example").err(), Some(NOT_DECODED));
    }
}
