use crate::{Hash, encode::Encoder};

const LABEL: &str = "bailiwick/audit/entry/1";

/// The event of an entry that says that the workspace was deleted whose chain it stands in, and whose id is its target: with it all
/// details of the chain are gone for good. Where no entry says so, they have to be there.
pub const DELETED: &str = "workspace.deleted";

/// The chain of what belongs to no workspace. Nobody deletes that.
pub const HOUSE: &str = "house";

/// What is on record of one thing that happened. Where it stands in its chain is part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The chain: a workspace's id, or `house`.
    pub chain: &'a str,
    /// Its place in the chain, from 1.
    pub sequence: u64,
    /// Its id.
    pub id: &'a str,
    /// When it happened: microseconds since 1970 in UTC.
    pub at: i64,
    /// Which kind of actor did it.
    pub actor_kind: &'a str,
    /// Which one of the kind.
    pub actor_id: Option<&'a str>,
    /// What happened.
    pub event: &'a str,
    /// To what.
    pub target: Option<&'a str>,
    /// The request that it came with.
    pub request_id: Option<&'a str>,
    /// The commitment to its details, which lie elsewhere.
    pub commitment: Hash,
}

impl Entry<'_> {
    /// Whether it says that the workspace was deleted whose chain it stands in.
    pub fn deletes_its_chain(&self) -> bool {
        self.event == DELETED && self.target == Some(self.chain) && self.chain != HOUSE
    }

    /// Its hash, if the entry before it has the hash `previous` ([`Hash::NOTHING`] before the first).
    pub fn hash_after(&self, previous: &Hash) -> Hash {
        self.hash_in(previous, &mut Vec::with_capacity(512))
    }

    /// The same, with a buffer that is used for many.
    pub fn hash_in(&self, previous: &Hash, buffer: &mut Vec<u8>) -> Hash {
        let mut encoder = Encoder::begin(buffer, LABEL);
        encoder
            .text(self.chain)
            .number(self.sequence)
            .text(self.id)
            .moment(self.at)
            .text(self.actor_kind)
            .text_if_any(self.actor_id)
            .text(self.event)
            .text_if_any(self.target)
            .text_if_any(self.request_id)
            .hash(&self.commitment)
            .hash(previous);
        Hash::of(encoder.done())
    }
}

/// An entry that is kept for a while, away from where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub chain: String,
    pub sequence: u64,
    pub id: String,
    at: i64,
    actor_kind: String,
    actor_id: Option<String>,
    event: String,
    target: Option<String>,
    request_id: Option<String>,
    commitment: Hash,
}

impl Kept {
    pub fn of(entry: &Entry<'_>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            chain: entry.chain.to_owned(),
            sequence: entry.sequence,
            id: entry.id.to_owned(),
            at: entry.at,
            actor_kind: entry.actor_kind.to_owned(),
            actor_id: owned(entry.actor_id),
            event: entry.event.to_owned(),
            target: owned(entry.target),
            request_id: owned(entry.request_id),
            commitment: entry.commitment,
        }
    }

    /// What it would be at another place.
    pub fn at<'a>(&'a self, chain: &'a str, sequence: u64, id: &'a str) -> Entry<'a> {
        Entry {
            chain,
            sequence,
            id,
            at: self.at,
            actor_kind: &self.actor_kind,
            actor_id: self.actor_id.as_deref(),
            event: &self.event,
            target: self.target.as_deref(),
            request_id: self.request_id.as_deref(),
            commitment: self.commitment,
        }
    }
}
