use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// Who is at the other end of a request's connection: a caller, or a proxy that stands before it. Its `Debug` does not show
/// the address.
#[derive(Clone, Copy)]
pub struct Peer {
    /// Its address; one that IPv6 only wraps is unwrapped.
    pub address: IpAddr,
    /// Whether the connection is TLS.
    pub tls: bool,
}

impl Peer {
    pub(super) fn new(address: SocketAddr, tls: bool) -> Self {
        Self { address: address.ip().to_canonical(), tls }
    }

    /// A program on this machine, without TLS: for whoever calls the routes without a network between.
    pub fn of_this_machine() -> Self {
        Self { address: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: false }
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("tls", &self.tls).finish_non_exhaustive()
    }
}
