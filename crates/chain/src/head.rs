use serde::{Deserialize, Serialize};

use crate::{
    Excerpt, Hash, PublicKey, Signature, SigningKey,
    canonical::{self, NotALine},
    encode::Encoder,
    merkle,
};

const LABEL: &str = "bailiwick/audit/head/1";
const RESTORED_LABEL: &str = "bailiwick/audit/head/2";
const CHAIN_LABEL: &str = "bailiwick/audit/head-chain/1";
const SHREDDED_LABEL: &str = "bailiwick/audit/head-shredded/1";
/// The version of the form: that of a head after a restore has one member more.
pub(crate) const fn version(restored: Option<u64>) -> u64 {
    if restored.is_some() { 2 } else { 1 }
}

/// A head that a restore undid is one before this one.
pub(crate) fn is_before(restored: Option<u64>, number: u64) -> bool {
    restored.is_none_or(|after| after < number)
}

/// How many chains one head names at most. After one that is full the rest is in the next, made right after it.
pub const MOST_NAMED: usize = 5_000;

/// How far a chain had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainHead {
    /// Which chain.
    pub chain: String,
    /// The sequence of its last entry.
    pub sequence: u64,
    /// The hash of its last entry.
    pub hash: Hash,
}

impl ChainHead {
    pub(crate) fn leaf(&self) -> Hash {
        let mut buffer = Vec::new();
        let mut encoder = Encoder::begin(&mut buffer, CHAIN_LABEL);
        encoder.text(&self.chain).number(self.sequence).hash(&self.hash);
        merkle::leaf(encoder.done())
    }
}

fn shredded_leaf(chain: &str) -> Hash {
    let mut buffer = Vec::new();
    merkle::leaf(Encoder::begin(&mut buffer, SHREDDED_LABEL).text(chain).done())
}

/// What is said about the chains at one moment, to be signed and given away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number, from 1, without a gap.
    pub number: u64,
    /// When: microseconds since 1970 in UTC.
    pub at: i64,
    /// The hash of the head before; [`Hash::NOTHING`] before the first.
    pub previous: Hash,
    /// The chains that have grown since the head before, by their names.
    pub chains: Vec<ChainHead>,
    /// The chains whose details were shredded since the head before, by their names.
    pub shredded: Vec<String>,
    /// The key of the heads from the next one on, if it is to be another.
    pub next_key: Option<PublicKey>,
    /// If a backup was restored since the head before: the number of the last head that was in the backup, 0 if none
    /// was. What heads after that one say of chains was undone.
    pub restored: Option<u64>,
}

impl Head {
    /// Signs it. The lists are sorted, and nothing stands in them twice.
    pub fn sign(mut self, key: &SigningKey) -> SignedHead {
        self.chains.sort_by(|one, other| one.chain.cmp(&other.chain).then(other.sequence.cmp(&one.sequence)));
        self.chains.dedup_by(|next, one| next.chain == one.chain);
        self.shredded.sort();
        self.shredded.dedup();
        let essence = self.essence(key.public());
        let signature = key.sign(&essence.signed_form());
        SignedHead { head: self, key: key.public(), signature, hash: essence.hash() }
    }

    fn essence(&self, key: PublicKey) -> Essence {
        Essence {
            number: self.number,
            at: self.at,
            previous: self.previous,
            chains: merkle::root(&self.leaves()),
            shredded: merkle::root(
                &self.shredded.iter().map(|chain| shredded_leaf(chain)).collect::<Vec<_>>(),
            ),
            next_key: self.next_key,
            restored: self.restored,
            key,
        }
    }

    fn leaves(&self) -> Vec<Hash> {
        self.chains.iter().map(ChainHead::leaf).collect()
    }
}

/// What is signed of a head: its lists are there by their roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Essence {
    pub number: u64,
    pub at: i64,
    pub previous: Hash,
    pub chains: Hash,
    pub shredded: Hash,
    pub next_key: Option<PublicKey>,
    pub restored: Option<u64>,
    pub key: PublicKey,
}

impl Essence {
    fn signed_form(&self) -> Vec<u8> {
        let mut buffer = Vec::new();
        let next_key = self.next_key.map(|key| key.to_string());
        let label = if self.restored.is_some() { RESTORED_LABEL } else { LABEL };
        let mut encoder = Encoder::begin(&mut buffer, label);
        encoder
            .number(self.number)
            .moment(self.at)
            .hash(&self.previous)
            .hash(&self.chains)
            .hash(&self.shredded)
            .text_if_any(next_key.as_deref())
            .text(&self.key.to_string());
        if let Some(after) = self.restored {
            encoder.number(after);
        }
        buffer
    }

    pub fn hash(&self) -> Hash {
        Hash::of(&self.signed_form())
    }

    pub fn is_signed(&self, signature: &Signature) -> bool {
        self.key.has_signed(&self.signed_form(), signature)
    }
}

/// A head with a signature: of the key it names, if [`SignedHead::is_genuine`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// What it says.
    pub head: Head,
    /// Who signed it.
    pub key: PublicKey,
    signature: Signature,
    hash: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    bailiwick_head: u64,
    number: u64,
    at: i64,
    previous: Hash,
    chains: Vec<ChainHead>,
    shredded: Vec<String>,
    next_key: Option<PublicKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restored: Option<u64>,
    key: PublicKey,
    signature: Signature,
}

impl SignedHead {
    /// Its line: JSON, without the line's end.
    pub fn to_line(&self) -> String {
        let Head { number, at, previous, chains, shredded, next_key, restored } = self.head.clone();
        canonical::write(&Line {
            bailiwick_head: version(restored),
            number,
            at,
            previous,
            chains,
            shredded,
            next_key,
            restored,
            key: self.key,
            signature: self.signature,
        })
    }

    /// Reads a line. Whether its signature holds is another question.
    pub fn parse(line: &str) -> Result<Self, NotALine> {
        let Line {
            bailiwick_head,
            number,
            at,
            previous,
            chains,
            shredded,
            next_key,
            restored,
            key,
            signature,
        } = canonical::read(line)?;
        let in_order = chains.is_sorted_by(|one, next| one.chain < next.chain)
            && shredded.is_sorted_by(|one, next| one < next);
        if bailiwick_head != version(restored) || !is_before(restored, number) || number == 0 || !in_order {
            return Err(NotALine);
        }
        let head = Head { number, at, previous, chains, shredded, next_key, restored };
        let hash = head.essence(key).hash();
        Ok(Self { head, key, signature, hash })
    }

    /// Whether the key it names has signed it. Whether that key is ours is another question.
    pub fn is_genuine(&self) -> bool {
        self.head.essence(self.key).is_signed(&self.signature)
    }

    /// Its hash, which the next head names.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// What it says about one chain alone, and how that is shown to be in it; nothing if it does not name the chain.
    pub fn excerpt(&self, chain: &str) -> Option<Excerpt> {
        let place = self.head.chains.iter().position(|named| named.chain == chain)?;
        Some(Excerpt {
            essence: self.head.essence(self.key),
            chain: self.head.chains[place].clone(),
            proof: merkle::proof(&self.head.leaves(), place)?,
            signature: self.signature,
        })
    }
}
