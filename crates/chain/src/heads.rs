use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Excerpt, Finding, Hash, MOST_NAMED, PublicKey, SignedHead, Unproven,
    head::Essence,
    points::{Point, Points},
};

/// Where a head was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In what was delivered, where whoever can change the database cannot reach.
    Outside,
    /// In the database itself.
    Database,
    /// In the export that is checked against it.
    Export,
}

/// The newest head that names every chain that had grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Complete {
    pub head: u64,
    pub at: i64,
}

/// What is signed: number, hash, hash of the head before, key, next key.
type Signed = (u64, Hash, Hash, PublicKey, Option<PublicKey>);

/// Heads are made every hour, even when nothing happened. So many microseconds between two of them are told of.
const LONGEST_PAUSE: i64 = 2 * 60 * 60 * 1_000_000;

/// All heads that somebody has, and what does not fit about them. It holds 48 bytes for each time that a head names a
/// chain, and two hashes and a moment per head.
#[derive(Debug, Default)]
pub struct Heads {
    trusted: Vec<PublicKey>,
    at_sight: Option<PublicKey>,
    lines: u64,
    hashes: BTreeMap<u64, (Hash, Hash)>,
    moments: BTreeMap<u64, i64>,
    /// Those of which only an excerpt is there.
    excerpts: BTreeMap<u64, (Hash, Hash)>,
    points: Points,
    restored: BTreeMap<u64, (u64, i64)>,
    complete: Option<Complete>,
    shredded: BTreeSet<String>,
    outside: Option<u64>,
    database: Option<u64>,
    brought: Option<u64>,
    findings: Vec<Finding>,
}

impl Heads {
    /// Heads that must be signed by one of these keys, or by one that such a head announced. Without a key that of the
    /// first head is taken, and told of.
    pub fn trusting(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self { trusted: keys.into_iter().collect(), ..Self::default() }
    }

    /// Reads a line of heads. What is no head is found.
    pub fn line(&mut self, line: &str, place: Place) {
        self.lines += 1;
        match SignedHead::parse(line) {
            Ok(head) => self.head(&head, place),
            Err(_) => self.find(Finding::NoHead { line: self.lines }),
        }
    }

    /// Takes a head.
    pub fn head(&mut self, signed: &SignedHead, place: Place) {
        let head = &signed.head;
        let essence = (head.number, signed.hash(), head.previous, signed.key, head.next_key);
        if !self.takes(essence, signed.is_genuine(), place) || !self.is_new_head(essence) {
            return;
        }
        for named in &head.chains {
            let point = Point { sequence: named.sequence, hash: named.hash, head: head.number };
            self.points.add(&named.chain, point);
        }
        self.moments.insert(head.number, head.at);
        self.restored(head.number, head.at, head.restored);
        self.shredded.extend(head.shredded.iter().cloned());
        // After a full one there is another for the chains that it had no room for.
        if head.chains.len() < MOST_NAMED {
            self.complete(Complete { head: head.number, at: head.at });
        }
    }

    fn restored(&mut self, head: u64, at: i64, after: Option<u64>) {
        if let Some(after) = after {
            self.points.restored(head, after);
            self.restored.insert(head, (after, at));
        }
    }

    fn complete(&mut self, complete: Complete) {
        if self.complete.is_none_or(|known| known.head < complete.head) {
            self.complete = Some(complete);
        }
    }

    /// Takes what a head says about one chain.
    pub fn excerpt(&mut self, excerpt: &Excerpt, place: Place) {
        let Essence { number, at, previous, key, next_key, restored, .. } = excerpt.essence;
        let essence = (number, excerpt.hash(), previous, key, next_key);
        if self.takes(essence, excerpt.is_genuine(), place) {
            self.excerpts.insert(number, (excerpt.hash(), previous));
            let (chain, sequence) = (&excerpt.chain.chain, excerpt.chain.sequence);
            self.points.add(chain, Point { sequence, hash: excerpt.chain.hash, head: number });
            self.restored(number, at, restored);
            // As far as this chain goes, which an excerpt is of.
            self.complete(Complete { head: number, at });
        }
    }

    /// That somebody looked into the database for heads, even if there are none.
    pub fn database_was_read(&mut self) {
        self.database.get_or_insert(0);
    }

    /// Something that does not fit, found by whoever read them.
    pub fn found(&mut self, finding: Finding) {
        self.find(finding);
    }

    /// What was shredded, as heads name it.
    pub fn shredded(&self) -> impl Iterator<Item = &str> {
        self.shredded.iter().map(String::as_str)
    }

    /// The number and the hash of the newest.
    pub fn newest(&self) -> Option<(u64, Hash)> {
        self.hashes.last_key_value().map(|(number, (hash, _))| (*number, *hash))
    }

    pub(crate) fn points_of(&self, chain: &str) -> Vec<Point> {
        self.points.of(chain)
    }

    /// Whether whoever can change the database cannot have had this head made anew: it is outside, or the hashes lead to it from one
    /// that is. Where there is none outside, what there is counts, and that there is none is told.
    pub(crate) fn is_out_of_reach(&self, head: u64) -> bool {
        let Some(outside) = self.outside else { return true };
        let is_there = |number: u64| self.hashes.contains_key(&number);
        head <= outside && (is_there(head) || head.checked_add(1).is_some_and(is_there))
    }

    /// The newest head that names every chain that had grown, and the first of those without a gap up to it: what was made in a gap
    /// may have been named there.
    pub(crate) fn newest_complete(&self) -> Option<(Complete, u64)> {
        let complete = self.complete?;
        let before = (1..complete.head).rev().take_while(|number| self.hashes.contains_key(number));
        Some((complete, before.last().unwrap_or(complete.head)))
    }

    pub(crate) fn furthest_points(&self) -> impl Iterator<Item = (&str, Point)> {
        self.points.furthest()
    }

    /// Whether it is signed as it should be.
    fn takes(&mut self, (number, _, _, key, next_key): Signed, genuine: bool, place: Place) -> bool {
        if self.trusted.is_empty() && genuine {
            self.trusted.push(key);
            self.at_sight = Some(key);
        }
        if !genuine {
            self.find(Finding::HeadForged { head: number });
            return false;
        }
        if !self.trusted.contains(&key) {
            self.find(Finding::HeadOfAnotherKey { head: number, key });
            return false;
        }
        self.trusted.extend(next_key);
        let newest = match place {
            Place::Outside => &mut self.outside,
            Place::Database => &mut self.database,
            Place::Export => &mut self.brought,
        };
        *newest = Some(newest.unwrap_or_default().max(number));
        true
    }

    fn is_new_head(&mut self, (number, hash, previous, ..): Signed) -> bool {
        match self.hashes.insert(number, (hash, previous)) {
            // It may have been delivered twice.
            Some((known, _)) if known != hash => {
                self.find(Finding::HeadsForked { head: number });
                true
            }
            Some(_) => false,
            None => true,
        }
    }

    fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// What does not fit among the heads themselves.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = self.findings.clone();
        let back = self.points.went_back().into_iter();
        findings.extend(back.map(|(head, chain)| Finding::HeadsWentBack { head, chain: chain.to_owned() }));
        for ((number, _), (next, (_, previous))) in self.hashes.iter().zip(self.hashes.iter().skip(1)) {
            let (hash, _) = self.hashes[number];
            if *next > number + 1 {
                findings.push(Finding::HeadsMissing { from: number + 1, to: next - 1 });
            } else if hash != *previous {
                findings.push(Finding::HeadsBroken { head: *next });
            }
        }
        if let Some((1, (_, previous))) = self.hashes.first_key_value()
            && *previous != Hash::NOTHING
        {
            findings.push(Finding::HeadsBroken { head: 1 });
        }
        self.excerpts.iter().for_each(|excerpt| findings.extend(self.look_at_excerpt(excerpt)));
        if let (Some(known), Some(outside)) = (self.database, self.outside)
            && known < outside
        {
            findings.push(Finding::RolledBack { known, outside });
        }
        findings
    }

    /// An excerpt is held against the heads with its number and those beside it. That others are not there says nothing: whoever
    /// brings it has no more of them.
    fn look_at_excerpt(&self, (number, (hash, previous)): (&u64, &(Hash, Hash))) -> Option<Finding> {
        let beside = |number: Option<u64>| number.and_then(|number| self.hashes.get(&number));
        if let Some((known, _)) = beside(Some(*number)) {
            return (known != hash).then_some(Finding::HeadsForked { head: *number });
        }
        let before = beside(number.checked_sub(1)).map(|(before, _)| *before);
        let before = if *number == 1 { Some(Hash::NOTHING) } else { before };
        if before.is_some_and(|before| before != *previous) {
            return Some(Finding::HeadsBroken { head: *number });
        }
        let next = number.checked_add(1);
        beside(next)
            .filter(|(_, previous)| previous != hash)
            .map(|_| Finding::HeadsBroken { head: number + 1 })
    }

    /// What heads leave open.
    pub(crate) fn unproven(&self) -> Vec<Unproven> {
        let mut unproven = Vec::new();
        match (self.outside, self.brought) {
            (Some(_), _) => {}
            (None, Some(head)) => unproven.push(Unproven::OwnHead { head }),
            (None, None) => unproven.push(Unproven::NoHeads),
        }
        if let Some((first, _)) = self.hashes.first_key_value().filter(|(first, _)| **first > 1) {
            unproven.push(Unproven::EarlierHeads { first: *first });
        }
        unproven.extend(self.inside_only());
        unproven.extend(self.pauses());
        let restored = |(head, (after, at)): (&u64, &(u64, i64))| Unproven::Restored {
            head: *head,
            at: *at,
            after: *after,
        };
        unproven.extend(self.restored.iter().map(restored));
        unproven.extend(self.at_sight.map(|key| Unproven::TrustedAtSight { key }));
        unproven
    }

    /// Heads after the newest that is outside.
    fn inside_only(&self) -> Option<Unproven> {
        let after = self.outside?.checked_add(1)?;
        let mut later = self.hashes.range(after..).map(|(number, _)| *number);
        let from = later.next()?;
        Some(Unproven::InsideOnly { from, to: later.next_back().unwrap_or(from) })
    }

    /// Hours for which there is no head.
    fn pauses(&self) -> impl Iterator<Item = Unproven> {
        let pairs = self.moments.iter().zip(self.moments.iter().skip(1));
        let is_long =
            |(_, from): (&u64, &i64), (_, to): (&u64, &i64)| to.saturating_sub(*from) > LONGEST_PAUSE;
        pairs.filter(move |(one, next)| is_long(*one, *next)).map(|((_, from), (head, to))| Unproven::Pause {
            head: *head,
            from: *from,
            to: *to,
        })
    }
}
