//! Listening: who is let in, over what, and for how long.
//!
//! * With a certificate everything is TLS: 1.2 or 1.3, forward secrecy and authenticated ciphers only, HTTP/2 or HTTP/1.1.
//!   Without one the server listens on this machine alone, or behind proxies that the settings name.
//! * The certificate is picked up when its files change. Connections that are there go on; new ones get the new one. One
//!   that cannot be used keeps the server from starting, and later is told of while the one before is used on.
//! * Nobody holds a connection without using it: handshakes, headers, bodies and quiet connections have [`Limits`].
//! * What a proxy says of its callers is believed of those proxies alone that the settings name, and only if it is clear.
//! * At the stop nobody new is let in, and what is under way is finished.

mod accept;
mod body;
mod certificate;
mod connection;
mod forwarded;
pub mod fuzzing;
mod limits;
mod pair;
mod peer;
mod place;
mod pulse;
#[cfg(test)]
mod tests;
mod tls;
mod watch;

pub use accept::Door;
pub use certificate::Certificate;
pub use forwarded::{Said, Told, told};
pub(crate) use forwarded::{are_here, is_in};
pub use limits::Limits;
pub use peer::Peer;
pub(crate) use place::is_https;
pub use place::{may_listen, scheme};
pub(crate) use watch::look_again;
