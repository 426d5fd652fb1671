//! Where entries that do not fit belong: told apart from those that were edited by trying the places at which something is
//! wrong.

use crate::{Entry, Finding, Hash, entry::Kept};

/// So many of each are tried; a chain that was turned over from end to end need not be told place by place.
const MOST: usize = 48;

/// An entry that does not fit where it stands.
#[derive(Debug)]
pub(crate) struct Odd {
    pub entry: Kept,
    pub hash: Hash,
    /// Whether it is told of as edited.
    pub told: bool,
}

/// A place whose own entry is not there.
#[derive(Debug)]
pub(crate) struct Slot {
    chain: String,
    sequence: u64,
    previous: Hash,
    taken_by: Option<(String, Hash)>,
}

impl Slot {
    pub fn missing(chain: &str, sequence: u64, previous: Hash) -> Self {
        Self { chain: chain.to_owned(), sequence, previous, taken_by: None }
    }

    pub fn taken(chain: &str, by: &Entry<'_>, previous: Hash, hash: Hash) -> Self {
        let taken_by = Some((by.id.to_owned(), hash));
        Self { chain: chain.to_owned(), sequence: by.sequence, previous, taken_by }
    }

    fn is_place_of(&self, odd: &Odd) -> bool {
        self.chain == odd.entry.chain && self.sequence == odd.entry.sequence
    }
}

#[derive(Debug, Default)]
pub(crate) struct Misplaced {
    odd: Vec<Odd>,
    slots: Vec<Slot>,
    buffer: Vec<u8>,
}

impl Misplaced {
    pub fn odd(&mut self, odd: Odd) {
        if self.odd.len() < MOST {
            self.odd.push(odd);
        }
    }

    pub fn slot(&mut self, slot: Slot) {
        if self.slots.len() < MOST {
            self.slots.push(slot);
        }
    }

    /// Says of entries that were found edited or removed, where it can be shown, that they were moved.
    pub fn explain(mut self, mut findings: Vec<Finding>) -> Vec<Finding> {
        let (odds, slots) = (std::mem::take(&mut self.odd), std::mem::take(&mut self.slots));
        let hashes: Vec<Hash> = odds.iter().map(|odd| odd.hash).collect();
        for odd in &odds {
            let origin = slots.iter().find(|slot| !slot.is_place_of(odd) && self.belongs(odd, slot, &hashes));
            let place = (&odd.entry.chain, odd.entry.sequence);
            if let Some(origin) = origin {
                Self::moved(&mut findings, odd, origin);
            } else if slots.iter().any(|slot| slot.is_place_of(odd) && self.fits_after(odd, slot, &hashes)) {
                // It is where it was; the one before it is not.
                findings.retain(|finding| !is_edit_of(finding, place));
            }
        }
        findings
    }

    fn moved(findings: &mut Vec<Finding>, odd: &Odd, origin: &Slot) {
        let (chain, sequence) = (odd.entry.chain.clone(), odd.entry.sequence);
        let moved = if origin.chain == chain {
            Finding::Reordered { chain, sequence, was: origin.sequence }
        } else {
            Finding::Swapped { chain, sequence, from: origin.chain.clone(), was: origin.sequence }
        };
        match findings.iter_mut().find(|finding| is_edit_of(finding, (&odd.entry.chain, sequence))) {
            Some(finding) => *finding = moved,
            None if odd.told => {}
            None => findings.push(moved),
        }
    }

    /// Whether the entry was recorded at that place, or is what that place's hash is of.
    fn belongs(&mut self, odd: &Odd, slot: &Slot, hashes: &[Hash]) -> bool {
        let ids = [Some(odd.entry.id.as_str()), slot.taken_by.as_ref().map(|(id, _)| id.as_str())];
        ids.into_iter().flatten().any(|id| {
            let entry = odd.entry.at(&slot.chain, slot.sequence, id);
            [slot.previous].iter().chain(hashes).any(|previous| {
                let hash = entry.hash_in(previous, &mut self.buffer);
                hash == odd.hash || slot.taken_by.as_ref().is_some_and(|(_, taken)| hash == *taken)
            })
        })
    }

    fn fits_after(&mut self, odd: &Odd, slot: &Slot, hashes: &[Hash]) -> bool {
        let entry = odd.entry.at(&slot.chain, slot.sequence, &odd.entry.id);
        hashes.iter().any(|previous| entry.hash_in(previous, &mut self.buffer) == odd.hash)
    }
}

fn is_edit_of(finding: &Finding, place: (&String, u64)) -> bool {
    matches!(finding, Finding::Edited { chain, sequence } if (chain, *sequence) == place)
}
