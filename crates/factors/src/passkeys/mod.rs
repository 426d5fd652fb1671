//! Passkeys (WebAuthn level 2 and what level 3 says of backups), with webauthn-rs doing what the standard says.
//!
//! A passkey stands for both factors, so the person must have been verified by the device, and the key must be one that the
//! device finds by itself. Both are asked for and the first is checked; nobody can check the second. A ceremony has two
//! steps; between them the caller keeps the state, sealed, for that person and browser alone, and takes it once.

mod answer;
mod passkey;
mod refused;
mod register;
mod sign_in;
mod state;

use std::{fmt, time::Duration};

use url::{Host, Url};
use webauthn_rs_core::WebauthnCore;

pub use answer::{Claimed, MAX_ANSWER, claimed, credential_of};
pub use passkey::{BadPasskey, Passkey, UserHandle};
pub use refused::Refused;
pub use sign_in::SignedIn;

/// How long the browser waits for the person. The caller's state should live as long.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Makes and checks the passkeys of one site. Their id is its host: under another name they are gone.
pub struct Passkeys {
    core: WebauthnCore,
}

/// Why a site cannot have passkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A passkey belongs to a domain (WebAuthn level 2, section 5.1.2: the RP id).
    #[error("passkeys belong to a domain name, and the public URL has an IP address for a host")]
    IpAddress,
    /// Such as that of `data:`.
    #[error("passkeys belong to a domain name, and the public URL has no host")]
    NoHost,
    /// Browsers have passkeys over HTTPS, and on the machine itself.
    #[error("browsers have passkeys over https alone, or over http at localhost")]
    NotHttps,
}

impl Passkeys {
    /// The passkeys of the site at this address, whose people know it by `name`.
    ///
    /// The host is what keys are bound to; scheme, host and port are the only origin that answers may come from.
    pub fn new(public_url: &Url, name: &str) -> Result<Self, Unfit> {
        let site = match public_url.host().ok_or(Unfit::NoHost)? {
            Host::Domain(domain) if !domain.is_empty() => domain,
            Host::Domain(_) => return Err(Unfit::NoHost),
            Host::Ipv4(_) | Host::Ipv6(_) => return Err(Unfit::IpAddress),
        };
        let local = site == "localhost" || site.ends_with(".localhost");
        if public_url.scheme() != "https" && !(public_url.scheme() == "http" && local) {
            return Err(Unfit::NotHttps);
        }
        let mut origin = public_url.clone();
        origin.set_path("");
        origin.set_query(None);
        origin.set_fragment(None);
        // Neither subdomains nor other ports.
        let core = WebauthnCore::new_unsafe_experts_only(
            name,
            site,
            vec![origin],
            PATIENCE,
            Some(false),
            Some(false),
        );
        Ok(Self { core })
    }
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkeys")
    }
}

/// The first step of a ceremony.
pub struct Begun {
    /// For the browser: JSON of `{"publicKey": …}`, with bytes in base64url, as
    /// `PublicKeyCredential.parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` take what is in it.
    pub options: String,
    /// For the second step: JSON, to be kept sealed, for this person and browser alone, and to be taken once.
    pub state: Vec<u8>,
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun")
    }
}

/// Does something with the library, which tells its log of what people send: that may not stand in ours.
fn quietly<T>(what: impl FnOnce() -> T) -> T {
    tracing::dispatcher::with_default(&tracing::Dispatch::none(), what)
}
