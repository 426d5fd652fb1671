//! An archive of chains, as a database would hold them, and whatever a test does to it behind its back.

use chain::{
    ChainHead, Details, Entry, Finding, Hash, Head, Heads, Place, Recorded, Report, SigningKey, Verification,
    commit,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub chain: String,
    pub sequence: u64,
    pub id: String,
    pub at: i64,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub event: String,
    pub target: Option<String>,
    pub request_id: Option<String>,
    pub commitment: Hash,
    pub hash: Hash,
    pub salt: [u8; 32],
    pub details: Option<Vec<u8>>,
}

impl Row {
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            chain: &self.chain,
            sequence: self.sequence,
            id: &self.id,
            at: self.at,
            actor_kind: &self.actor_kind,
            actor_id: self.actor_id.as_deref(),
            event: &self.event,
            target: self.target.as_deref(),
            request_id: self.request_id.as_deref(),
            commitment: self.commitment,
        }
    }

    pub fn recorded(&self) -> Recorded<'_> {
        let held = |bytes| Details::Held { salt: &self.salt, bytes };
        let details = self.details.as_deref().map_or(Details::Gone, held);
        Recorded { entry: self.entry(), hash: self.hash, details }
    }
}

#[derive(Default)]
pub struct Archive {
    pub rows: Vec<Row>,
    pub noted: Vec<(String, u64, Hash)>,
}

impl Archive {
    /// Chains of so many entries.
    pub fn of(chains: &[(&str, u64)]) -> Self {
        let mut archive = Self::default();
        for (chain, entries) in chains {
            archive.append(chain, *entries);
        }
        archive
    }

    pub fn append(&mut self, chain: &str, entries: u64) {
        for _ in 0..entries {
            let last = self.rows.iter().filter(|row| row.chain == chain).max_by_key(|row| row.sequence);
            let (sequence, previous) = last.map_or((1, Hash::NOTHING), |row| (row.sequence + 1, row.hash));
            let details = format!("{{\"number\":{sequence}}}").into_bytes();
            let salt = *Hash::of(format!("{chain} {sequence}").as_bytes()).as_bytes();
            let mut row = Row {
                chain: chain.to_owned(),
                sequence,
                id: format!("aud_{chain}_{sequence}"),
                at: 1_795_435_200_000_000 + i64::try_from(sequence).expect("there are few"),
                actor_kind: "token".to_owned(),
                actor_id: Some("tok_1".to_owned()),
                event: "token.changed".to_owned(),
                target: Some(format!("tok_{sequence}")),
                request_id: None,
                commitment: commit(&salt, &details),
                hash: Hash::NOTHING,
                salt,
                details: Some(details),
            };
            row.hash = row.entry().hash_after(&previous);
            self.rows.push(row);
        }
        self.note_anew();
    }

    pub fn row(&mut self, chain: &str, sequence: u64) -> &mut Row {
        let wanted = |row: &&mut Row| row.chain == chain && row.sequence == sequence;
        self.rows.iter_mut().find(wanted).expect("the row is there")
    }

    /// As somebody who can write to the database would do it: hashes that fit, from one entry to another.
    pub fn hash_anew(&mut self, chain: &str, from: u64, to: u64) {
        for sequence in from..=to {
            let previous = if sequence == 1 { Hash::NOTHING } else { self.row(chain, sequence - 1).hash };
            let row = self.row(chain, sequence);
            row.hash = row.entry().hash_after(&previous);
        }
    }

    /// Notes of every chain that it ends where it does.
    pub fn note_anew(&mut self) {
        self.rows.sort_by(|one, other| (&one.chain, one.sequence).cmp(&(&other.chain, other.sequence)));
        self.noted.clear();
        for row in &self.rows {
            self.noted.retain(|(chain, _, _)| *chain != row.chain);
            self.noted.push((row.chain.clone(), row.sequence, row.hash));
        }
    }

    pub fn head(&self, number: u64, previous: Hash) -> chain::SignedHead {
        let named = |(chain, sequence, hash): &(String, u64, Hash)| ChainHead {
            chain: chain.clone(),
            sequence: *sequence,
            hash: *hash,
        };
        let chains = self.noted.iter().map(named).collect();
        let head =
            Head { number, at: 1, previous, chains, shredded: Vec::new(), next_key: None, restored: None };
        head.sign(&key())
    }

    /// Heads from outside that know all that is noted.
    pub fn heads(&self) -> Heads {
        let mut heads = Heads::trusting([key().public()]);
        heads.head(&self.head(1, Hash::NOTHING), Place::Outside);
        heads
    }

    pub fn verify(&self, heads: Heads) -> Report {
        let mut rows = self.rows.clone();
        rows.sort_by(|one, other| (&one.chain, one.sequence).cmp(&(&other.chain, other.sequence)));
        let mut verification = Verification::against(heads);
        let mut chains: Vec<&String> =
            rows.iter().map(|row| &row.chain).chain(self.noted.iter().map(|(chain, ..)| chain)).collect();
        chains.sort();
        chains.dedup();
        for chain in chains {
            let noted = self.noted.iter().find(|(noted, ..)| noted == chain);
            verification.begin(chain);
            for row in rows.iter().filter(|row| row.chain == *chain) {
                verification.entry(&row.recorded());
            }
            let noted = noted.map(|(_, sequence, hash)| (*sequence, *hash));
            verification.end_noted(noted);
        }
        verification.finish()
    }

    /// What is found against the heads of before: those of the archive as it was noted.
    pub fn found(&self) -> Vec<Finding> {
        self.verify(self.heads()).findings
    }
}

pub fn key() -> SigningKey {
    SigningKey::from_seed(&[7; SigningKey::SEED_LEN])
}
