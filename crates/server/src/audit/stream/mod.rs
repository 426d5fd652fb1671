//! # The stream: every entry, to the vendor's own security tools
//!
//! - Every entry of every chain is delivered at least once, and those of a chain in their order. A receiver that is away is
//!   waited for; nothing is left out, and nothing is ever given up.
//! - Whoever appends notes at the chain since when it has something to deliver, in the change's own transaction and under the
//!   lock of the chain. So what commits late is found all the same, and nobody walks through all chains.
//! - One node delivers at a time. One that dies is followed by another when its hold is over, which goes on from what was
//!   noted as delivered; what was sent and not noted is sent again.
//! - A request carries up to a hundred entries of as many chains, the oldest first. Its id follows from the entries that it
//!   carries, so the same ones sent again have the same; each entry has its own id too.

mod batch;
mod behind;
mod hold;
mod send;
mod turn;
mod unnoted;

pub use turn::{Turn, deliver_entries, oldest_undelivered};
pub use unnoted::note_unnoted;

use outgoing::Client;

use self::behind::Behind;
use super::webhook::Webhook;
use crate::config::{Settings, StreamFormat};

/// Where entries are delivered.
pub struct Stream {
    client: Client,
    receiver: Webhook,
    format: StreamFormat,
    behind: Behind,
}

impl Stream {
    /// The receiver that the settings name, if they name one.
    pub fn of(settings: &Settings, client: Client) -> Option<Self> {
        let audit = &settings.audit;
        let (url, secret) = (audit.stream_url.clone()?, audit.stream_secret.clone()?);
        Some(Self {
            client,
            receiver: Webhook { url, secret },
            format: audit.stream_format,
            behind: Behind::default(),
        })
    }
}
