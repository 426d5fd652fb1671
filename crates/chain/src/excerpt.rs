use serde::{Deserialize, Serialize};

use crate::{
    ChainHead, Hash, PublicKey, Signature,
    canonical::{self, NotALine},
    head::{Essence, is_before, version},
    merkle::{self, Step},
};

/// What a head says about one chain: as good as the head, without the names of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub(crate) essence: Essence,
    /// How far the chain had come.
    pub chain: ChainHead,
    pub(crate) proof: Vec<Step>,
    pub(crate) signature: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExcerptLine {
    bailiwick_head_excerpt: u64,
    number: u64,
    at: i64,
    previous: Hash,
    chain: ChainHead,
    proof: Vec<Step>,
    shredded: Hash,
    next_key: Option<PublicKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restored: Option<u64>,
    key: PublicKey,
    signature: Signature,
}

impl Excerpt {
    /// Its line: JSON, without the line's end.
    pub fn to_line(&self) -> String {
        let Essence { number, at, previous, chains: _, shredded, next_key, restored, key } = self.essence;
        canonical::write(&ExcerptLine {
            bailiwick_head_excerpt: version(restored),
            number,
            at,
            previous,
            chain: self.chain.clone(),
            proof: self.proof.clone(),
            shredded,
            next_key,
            restored,
            key,
            signature: self.signature,
        })
    }

    /// Reads a line. Whether its signature holds is another question.
    pub fn parse(line: &str) -> Result<Self, NotALine> {
        let read: ExcerptLine = canonical::read(line)?;
        let is_ours = read.bailiwick_head_excerpt == version(read.restored);
        if !is_ours || !is_before(read.restored, read.number) || read.number == 0 {
            return Err(NotALine);
        }
        let essence = Essence {
            number: read.number,
            at: read.at,
            previous: read.previous,
            chains: merkle::climb(read.chain.leaf(), &read.proof),
            shredded: read.shredded,
            next_key: read.next_key,
            restored: read.restored,
            key: read.key,
        };
        Ok(Self { essence, chain: read.chain, proof: read.proof, signature: read.signature })
    }

    /// Whether the key it names has signed the head that it is from. Whether that key is ours is another question.
    pub fn is_genuine(&self) -> bool {
        self.essence.is_signed(&self.signature)
    }

    /// The number of the head.
    pub fn number(&self) -> u64 {
        self.essence.number
    }

    /// Who signed it.
    pub fn key(&self) -> PublicKey {
        self.essence.key
    }

    /// The head's hash.
    pub fn hash(&self) -> Hash {
        self.essence.hash()
    }
}
