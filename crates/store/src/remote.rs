//! A PostgreSQL on another machine is spoken to over TLS, under a name that its certificate proves.

use std::{net::IpAddr, str::FromStr as _};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::{Fault, Result};

/// What a `postgres://` URL says, with TLS towards other machines.
pub(crate) fn connect_options(url: &str) -> Result<PgConnectOptions> {
    // sqlx's own words about a bad URL may repeat the password in it.
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        Fault::Setting("not a PostgreSQL URL: postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned())
    })?;
    if is_here(&options) {
        return Ok(options);
    }
    if !names_a_mode(url) {
        return Ok(options.ssl_mode(PgSslMode::VerifyFull));
    }
    if matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
        return Ok(options);
    }
    Err(Fault::Setting(
        "its URL leads to another machine, and its sslmode would let somebody in between pass for the database: take \
         sslmode=verify-full, or leave it out, which is the same; sslrootcert=FILE names an authority of your own"
            .to_owned(),
    ))
}

/// Whether a `postgres://` URL leads to another machine, which has to prove its name: `sslmode=verify-full`.
pub fn is_elsewhere(url: &str) -> Result<bool> {
    Ok(!is_here(&connect_options(url)?))
}

fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// What the environment says of it (`PGSSLMODE`) does not count: it was not said for us.
fn names_a_mode(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| matches!(pair.split('=').next(), Some("sslmode" | "ssl-mode")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Option<String> {
        connect_options(url).ok().map(|options| format!("{:?}", options.get_ssl_mode()))
    }

    #[test]
    fn another_machine_has_to_prove_its_name() {
        for url in [
            "postgres://bo:pw@db.example/b",
            "postgres://bo:pw@db.example/b?sslmode=verify-full&sslrootcert=ca.pem",
            "postgres://192.0.2.7:5433/b?application_name=x",
            "postgres://[2001:db8::7]/b",
            "postgres://localhost/b?host=db.example",
            "postgres://localhost.example/b",
        ] {
            assert_eq!(mode(url).as_deref(), Some("VerifyFull"), "{url}");
            assert!(is_elsewhere(url).unwrap(), "{url}");
        }
    }

    #[test]
    fn less_than_that_is_refused_without_a_word_of_the_url() {
        for weak in ["disable", "allow", "prefer", "require", "verify-ca"] {
            for key in ["sslmode", "ssl-mode"] {
                let url = format!("postgres://bo:secret@db.example/b?{key}={weak}");
                let why = connect_options(&url).unwrap_err().to_string();
                assert!(why.contains("verify-full") && !why.contains("secret"), "{why}");
            }
        }
    }

    #[test]
    fn this_machine_may_be_spoken_to_in_the_open() {
        for url in [
            "postgres://bo:pw@127.0.0.1/b?sslmode=disable",
            "postgres://bo:pw@LOCALHOST:5433/b?sslmode=disable",
            "postgres://[::1]/b?sslmode=disable",
            "postgres://%2Fvar%2Frun%2Fpostgresql/b?sslmode=disable",
            "postgres:///b?host=/tmp&sslmode=disable",
        ] {
            assert_eq!(mode(url).as_deref(), Some("Disable"), "{url}");
            assert!(!is_elsewhere(url).unwrap(), "{url}");
        }
    }
}
