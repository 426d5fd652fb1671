use crate::{app::StartFault, config::ServerSettings};

/// `https` where there is a certificate, else `http`.
pub fn scheme(server: &ServerSettings) -> &'static str {
    if server.tls_cert.is_some() { "https" } else { "http" }
}

/// Refuses an address at which what is said could be listened to on the way.
pub fn may_listen(server: &ServerSettings) -> Result<(), StartFault> {
    let listen = server.listen;
    let beyond = !listen.ip().to_canonical().is_loopback();
    if server.tls_cert.is_none() && beyond && server.trusted_proxies.is_empty() {
        return Err(StartFault::other(format!(
            "server.listen = {listen} is reachable from other machines, where everything would pass in the open: \
             set server.tls_cert and server.tls_key, or name the proxy that ends TLS in server.trusted_proxies, \
             or listen on 127.0.0.1"
        )));
    }
    let public = server.public_url.as_deref();
    if server.tls_cert.is_some() && public.is_some_and(|url| !is_https(url)) {
        return Err(StartFault::other(
            "server.public_url does not begin with https://, but with server.tls_cert nothing else is answered",
        ));
    }
    if server.tls_cert.is_none() && beyond && !public.is_some_and(is_https) {
        return Err(StartFault::other(
            "server.public_url must be the https:// address of the proxy that server.trusted_proxies names: \
             whoever comes to another is sent there",
        ));
    }
    Ok(())
}

/// Whether an address is reached by TLS.
pub(crate) fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn refused(settings: &[(&str, &str)]) -> Option<String> {
        let variables =
            settings.iter().map(|(name, value)| (format!("BAILIWICK_SERVER__{name}"), (*value).to_owned()));
        let settings = Settings::load(None, variables).unwrap();
        may_listen(&settings.server).err().map(|fault| fault.to_string())
    }

    #[test]
    fn this_machine_needs_no_certificate() {
        for listen in ["127.0.0.1:0", "127.8.9.10:80", "[::1]:8080", "[::ffff:127.0.0.1]:8080"] {
            assert_eq!(refused(&[("LISTEN", listen)]), None, "{listen}");
        }
    }

    #[test]
    fn others_are_let_in_by_tls_or_through_a_proxy_that_is_named() {
        for listen in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            let why = refused(&[("LISTEN", listen)]).unwrap();
            assert!(
                why.contains("server.tls_cert and server.tls_key") && why.contains("trusted_proxies"),
                "{why}"
            );
            assert_eq!(refused(&[("LISTEN", listen), ("TLS_CERT", "c.pem"), ("TLS_KEY", "k.pem")]), None);
            let proxied = [("LISTEN", listen), ("TRUSTED_PROXIES", "10.0.0.0/8")];
            assert!(refused(&proxied).unwrap().starts_with("server.public_url must be the https://"));
            let named = [&proxied[..], &[("PUBLIC_URL", "https://acme.example")]].concat();
            assert_eq!(refused(&named), None);
        }
    }

    #[test]
    fn links_do_not_lead_away_from_tls() {
        let tls = [("TLS_CERT", "c.pem"), ("TLS_KEY", "k.pem"), ("PUBLIC_URL", "http://acme.example")];
        assert!(refused(&tls).unwrap().starts_with("server.public_url does not begin with https://"));
    }
}
