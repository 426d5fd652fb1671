use std::{cmp::Ordering, collections::HashSet};

use crate::{
    Details, Entry, Finding, Hash, Heads, Recorded, Report, Unproven, commitment,
    entry::Kept,
    heads::Complete,
    misplaced::{Misplaced, Odd, Slot},
    points::Point,
};

/// So many entries of a chain are told one by one.
const TOLD: u64 = 20;
/// An entry that is older than a head by more than this many microseconds was there when the head was made: no change takes as
/// long to be committed.
const LATEST: i64 = 10 * 60 * 1_000_000;

/// Looks at chains, one entry after another, and keeps no more than a little of each chain.
///
/// Give the heads first; then, chain by chain in any order, [`Verification::begin`], its entries by their sequence, and
/// [`Verification::end_noted`] or [`Verification::end`]; last of all [`Verification::finish`].
#[derive(Debug)]
pub struct Verification {
    heads: Heads,
    newest: Option<(Complete, u64)>,
    findings: Vec<Finding>,
    unproven: Vec<Unproven>,
    misplaced: Misplaced,
    seen: HashSet<String>,
    entries: u64,
    names: Vec<String>,
    current: Option<Current>,
    buffer: Vec<u8>,
}

/// The chain that is being read.
#[derive(Debug)]
struct Current {
    chain: String,
    points: Vec<Point>,
    /// How many of them were passed.
    passed: usize,
    /// The last entry that a head names which nobody can have had made anew.
    covered: u64,
    rewritten: bool,
    newest: Option<Complete>,
    left_out: Option<u64>,
    /// Whether one of its entries says that its details are gone for good.
    deleted: bool,
    last: u64,
    previous: Hash,
    odd: u64,
    gone: Gone,
}

/// Details of a chain that are not there, and those that nobody can read.
#[derive(Debug, Default)]
struct Gone {
    count: u64,
    first: Option<u64>,
    unreadable: Vec<u64>,
}

impl Verification {
    /// Against these heads, which may be none.
    pub fn against(heads: Heads) -> Self {
        Self {
            newest: heads.newest_complete(),
            heads,
            findings: Vec::new(),
            unproven: Vec::new(),
            misplaced: Misplaced::default(),
            seen: HashSet::new(),
            entries: 0,
            names: Vec::new(),
            current: None,
            buffer: Vec::with_capacity(512),
        }
    }

    /// The next entries are of this chain.
    pub fn begin(&mut self, chain: &str) {
        self.end();
        self.names.push(chain.to_owned());
        let points = self.heads.points_of(chain);
        // Nobody can say that heads left something out who does not have all of them since the chain was named.
        let named = points.iter().map(|point| point.head).max().unwrap_or_default();
        let newest =
            self.newest.filter(|(_, gapless)| *gapless <= named.saturating_add(1)).map(|(newest, _)| newest);
        let covering = points.iter().filter(|point| self.heads.is_out_of_reach(point.head));
        let covered = covering.map(|point| point.sequence).max().unwrap_or_default();
        self.current = Some(Current {
            chain: chain.to_owned(),
            points,
            passed: 0,
            covered,
            rewritten: false,
            newest,
            left_out: None,
            deleted: false,
            last: 0,
            previous: Hash::NOTHING,
            odd: 0,
            gone: Gone::default(),
        });
    }

    /// The next entry of the chain.
    pub fn entry(&mut self, recorded: &Recorded<'_>) {
        let Some(current) = &mut self.current else { return };
        self.entries += 1;
        let (entry, next) = (&recorded.entry, current.last.saturating_add(1));
        if entry.sequence < next {
            // In a database no place is taken twice; in a file lines may stand in any order.
            self.findings.push(Finding::Reordered {
                chain: current.chain.clone(),
                sequence: next,
                was: entry.sequence,
            });
            return;
        }
        let fits = entry.chain == current.chain
            && entry.sequence == next
            && entry.hash_in(&current.previous, &mut self.buffer) == recorded.hash;
        if entry.sequence > next {
            let (chain, to) = (current.chain.clone(), entry.sequence - 1);
            self.misplaced.slot(Slot::missing(&chain, next, current.previous));
            self.findings.push(Finding::Removed { chain, from: next, to });
            // What it was recorded after is gone, so it is only asked whether it belongs elsewhere.
            self.misplaced.odd(Odd { entry: Kept::of(entry), hash: recorded.hash, told: false });
        } else if !fits {
            current.odd += 1;
            if current.odd <= TOLD {
                let (chain, sequence) = (current.chain.clone(), entry.sequence);
                self.misplaced.slot(Slot::taken(&chain, entry, current.previous, recorded.hash));
                self.findings.push(Finding::Edited { chain, sequence });
                self.misplaced.odd(Odd { entry: Kept::of(entry), hash: recorded.hash, told: true });
            }
        }
        // Only what the chain itself vouches for: a table or a head may name what nobody deleted.
        current.deleted |= fits && entry.deletes_its_chain();
        current.last = entry.sequence;
        current.previous = recorded.hash;
        self.look_at_heads(entry, recorded.hash);
        self.look_at_details(recorded);
    }

    /// Holds an entry against each head that names it, and asks whether one should have. That a chain differs is told once.
    fn look_at_heads(&mut self, entry: &Entry<'_>, hash: Hash) {
        let Some(current) = &mut self.current else { return };
        while let Some(point) =
            current.points.get(current.passed).filter(|point| point.sequence <= entry.sequence)
        {
            current.passed += 1;
            if point.sequence == entry.sequence && point.hash != hash && !current.rewritten {
                current.rewritten = true;
                let (chain, sequence) = (current.chain.clone(), entry.sequence);
                self.findings.push(Finding::Rewritten { chain, sequence, head: point.head });
            }
        }
        let named = current.points.last().map_or(0, |last| last.sequence);
        let is_old = current.newest.is_some_and(|newest| entry.at < newest.at.saturating_sub(LATEST));
        if entry.sequence > named && is_old {
            current.left_out.get_or_insert(entry.sequence);
        }
    }

    fn look_at_details(&mut self, recorded: &Recorded<'_>) {
        let Some(current) = &mut self.current else { return };
        let place = || (current.chain.clone(), recorded.entry.sequence);
        match recorded.details {
            Details::Held { salt, bytes } => {
                if !commitment::is_of(&recorded.entry.commitment, salt, bytes) {
                    let (chain, sequence) = place();
                    self.findings.push(Finding::DetailsEdited { chain, sequence });
                }
            }
            // Whether they may be so is known at the chain's end.
            Details::Unreadable => current.gone.unreadable.push(recorded.entry.sequence),
            Details::Gone => {
                current.gone.count += 1;
                current.gone.first.get_or_insert(recorded.entry.sequence);
            }
        }
    }

    /// Something that does not fit, found by whoever reads the chains.
    pub fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// There are no more entries of the chain. Nobody noted how it ends.
    pub fn end(&mut self) {
        if let Some(current) = self.current.take() {
            self.close(current);
        }
    }

    /// There are no more entries of the chain, of which is noted that it ends so (`None` if there is no such note). Read that after
    /// the last entry, so that what happens meanwhile is in it.
    pub fn end_noted(&mut self, noted: Option<(u64, Hash)>) {
        if let Some(current) = self.current.take() {
            self.look_at_note(&current.chain, noted, current.last, current.previous);
            self.close(current);
        }
    }

    fn look_at_unreadable(&mut self, current: &Current) {
        let unreadable = current.gone.unreadable.iter().filter(|_| !current.deleted);
        let told =
            |sequence: &u64| Finding::DetailsUnreadable { chain: current.chain.clone(), sequence: *sequence };
        self.findings.extend(unreadable.map(told));
    }

    /// Details go when their workspace is deleted, and not otherwise.
    fn look_at_gone(&mut self, current: &mut Current) {
        if let Some(first) = current.gone.first.filter(|_| !current.deleted) {
            let (chain, count) = (current.chain.clone(), std::mem::take(&mut current.gone.count));
            self.findings.push(Finding::DetailsMissing { chain, first, count });
        }
    }

    fn close(&mut self, mut current: Current) {
        self.look_at_unreadable(&current);
        self.look_at_gone(&mut current);
        let Current { chain, points, covered, newest, left_out, deleted, last, previous, odd, gone, .. } =
            current;
        if let Some((from, newest)) = left_out.zip(newest) {
            self.findings.push(Finding::LeftOut { chain: chain.clone(), from, head: newest.head });
        }
        if odd > TOLD {
            self.findings.push(Finding::More { chain: chain.clone(), count: odd - TOLD });
        }
        let unreadable = if deleted { gone.unreadable.len() as u64 } else { 0 };
        let count = gone.count + unreadable;
        if count > 0 {
            self.unproven.push(Unproven::DetailsGone { chain: chain.clone(), count });
        }
        self.look_at_point(&chain, points.last().copied(), last, previous);
        if covered < last {
            self.unproven.push(Unproven::NotYetHeaded { chain: chain.clone(), from: covered + 1 });
        }
        self.seen.insert(chain);
    }

    fn look_at_note(&mut self, chain: &str, noted: Option<(u64, Hash)>, last: u64, previous: Hash) {
        let (expected, hash) = noted.unwrap_or((0, Hash::NOTHING));
        let name = chain.to_owned();
        match expected.cmp(&last) {
            Ordering::Greater => {
                self.misplaced.slot(Slot::missing(chain, last.saturating_add(1), previous));
                self.findings.push(Finding::CutTail { chain: name, last, expected, head: None });
            }
            Ordering::Equal if hash != previous => {
                self.findings.push(Finding::NotedOtherwise { chain: name, sequence: last });
            }
            Ordering::Equal => {}
            Ordering::Less => self.findings.push(Finding::Unnoted { chain: name, from: expected + 1 }),
        }
    }

    fn look_at_point(&mut self, chain: &str, point: Option<Point>, last: u64, previous: Hash) {
        if let Some(point) = point.filter(|point| point.sequence > last) {
            self.misplaced.slot(Slot::missing(chain, last.saturating_add(1), previous));
            let head = Some(point.head);
            self.findings.push(Finding::CutTail {
                chain: chain.to_owned(),
                last,
                expected: point.sequence,
                head,
            });
        }
    }

    /// What came out. Every chain was given.
    pub fn finish(mut self) -> Report {
        self.end();
        let gone: Vec<_> =
            self.heads.furthest_points().filter(|(chain, _)| !self.seen.contains(*chain)).collect();
        let gone = gone.into_iter().map(|(chain, point)| Finding::CutTail {
            chain: chain.to_owned(),
            last: 0,
            expected: point.sequence,
            head: Some(point.head),
        });
        let mut gone: Vec<Finding> = gone.collect();
        gone.sort_by_key(ToString::to_string);
        self.findings.append(&mut gone);
        self.conclude()
    }

    /// What came out, if these chains were all that was to be looked at.
    pub fn finish_some(mut self) -> Report {
        self.end();
        self.conclude()
    }

    fn conclude(self) -> Report {
        let Self { heads, findings, unproven: open, misplaced, entries, names, .. } = self;
        let mut all = heads.findings();
        all.extend(misplaced.explain(findings));
        let mut unproven = heads.unproven();
        // Where there are none at all, that says it for each.
        let headless = unproven.contains(&Unproven::NoHeads);
        unproven.extend(
            open.into_iter().filter(|one| !headless || !matches!(one, Unproven::NotYetHeaded { .. })),
        );
        Report { entries, chains: names.len() as u64, names, findings: all, unproven }
    }
}
