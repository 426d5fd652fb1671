//! The one HTTP client for everything that goes out: partners' keys, track events, whatever calls the outside next.
//!
//! What holds for every exchange:
//!
//! - **It ends.** A timeout covers all of it, from looking up the name to the last byte of the answer.
//! - **It fits.** An answer is read up to a limit and not a byte further. Nothing is decompressed, so the limit is one
//!   on memory too. Where the status is enough, the body is not read at all.
//! - **It goes where it was sent.** A redirect is not followed: it is an answer with a 3xx status, so no credential
//!   travels on to an address that nobody configured. `HTTP_PROXY`, `HTTPS_PROXY` and the like are *not* read: a variable
//!   left over in an environment cannot reroute credentials.
//! - **It tells no secrets.** A [`Fault`] names neither URL nor header; `Debug` of a [`Request`] shows method and host.
//! - **It is sent once.** Trying again is up to the caller, who knows whether doing it twice is harmless. (The
//!   connection pool sends anew only what a server declared never to have looked at.)
//!
//! - **It goes to the public internet**, or where the operator opened a way: see [`guard`]. A name is judged by the
//!   addresses that it leads to when the connection is made.
//!
//! TLS is rustls with aws-lc-rs; certificates are checked against the system's trusted roots.

mod answer;
mod client;
mod fault;
pub mod guard;
mod request;
pub mod webhook;

#[cfg(test)]
mod tests;

pub use answer::{Answer, retry_after};
pub use client::Client;
pub use fault::Fault;
pub use guard::{Guard, Opened, Refused, network};
pub use request::Request;
pub use reqwest::{
    StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};

/// What every call of this crate answers.
pub type Result<T> = std::result::Result<T, Fault>;
