use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    Sha1,
    shard::{ENTRY, HEAD, Head, SPAN, Shard, VERSION, belong_together},
};

/// Why a filter is not used. Then it is not known whether a password was in a breach.
#[derive(Debug, thiserror::Error)]
pub enum FilterFault {
    /// It cannot be read.
    #[error("the filter of breached passwords cannot be read: {0}")]
    Reading(#[from] io::Error),
    /// Something else, such as the list itself.
    #[error("this file is no filter of breached passwords: import the list first")]
    Foreign,
    /// Of a later version.
    #[error(
        "the filter of breached passwords is of version {0}, and only 1 is known here: import the list again"
    )]
    Version(u32),
    /// Shorter or longer than it was written.
    #[error("the filter of breached passwords was cut, or something was added: import the list again")]
    Cut,
    /// Other bytes than were written.
    #[error("the filter of breached passwords is damaged: import the list again")]
    Damaged,
}

/// A file that [`super::import`] has made: all breached passwords, in a little more than two bytes each.
///
/// A password that is in it is always found; of those that are not, one in 65,536 is said to be.
///
/// Kept in memory is the index, about 350 bytes for a million hashes. A look-up reads a few kilobytes. The first in each shard
/// reads it whole, and compares its checksum.
pub struct Filter {
    file: File,
    firsts: Vec<u64>,
    shards: Vec<(Shard, AtomicBool)>,
    hashes: u64,
}

impl Filter {
    /// Opens a filter, and compares all but the shards with their checksums.
    pub fn open(path: &Path) -> Result<Self, FilterFault> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut bytes = [0; HEAD];
        let begin = bytes.len().min(usize::try_from(length).unwrap_or(HEAD));
        file.read_exact_at(&mut bytes[..begin], 0)?;
        let head = Head::read(&bytes).ok_or(FilterFault::Foreign)?;
        if head.version != VERSION {
            return Err(FilterFault::Version(head.version));
        }
        let index_length = u64::from(head.shards) * ENTRY as u64;
        if head.length != length || head.index_at.checked_add(index_length) != Some(length) {
            return Err(FilterFault::Cut);
        }
        // No more than the file has.
        let mut index = vec![0; usize::try_from(index_length).map_err(|_| FilterFault::Damaged)?];
        file.read_exact_at(&mut index, head.index_at)?;
        let shards: Vec<Shard> = index.chunks_exact(ENTRY).map(Shard::read).collect();
        let sound = belong_together(&bytes, &index)
            && shards.iter().all(|shard| shard.is_sound(head.index_at))
            && shards.is_sorted_by(|one, next| one.first < next.first);
        if !sound {
            return Err(FilterFault::Damaged);
        }
        Ok(Self {
            file,
            firsts: shards.iter().map(|shard| shard.first).collect(),
            shards: shards.into_iter().map(|shard| (shard, AtomicBool::new(false))).collect(),
            hashes: head.hashes,
        })
    }

    /// How many hashes were imported.
    pub fn hashes(&self) -> u64 {
        self.hashes
    }

    /// Whether a password was in a breach. It reads from the disk, so not on a thread that others wait for.
    pub fn contains(&self, sha1: &Sha1) -> Result<bool, FilterFault> {
        self.contains_key(sha1.key())
    }

    /// Compares every shard with its checksum. This reads the whole file.
    pub fn check(&self) -> Result<(), FilterFault> {
        self.shards.iter().try_for_each(|(shard, _)| self.check_shard(shard))
    }

    pub(super) fn contains_key(&self, key: u64) -> Result<bool, FilterFault> {
        // The last shard that begins no later than the key. Before the first there is nothing.
        let Some(at) = self.firsts.partition_point(|&first| first <= key).checked_sub(1) else {
            return Ok(false);
        };
        let (shard, checked) = &self.shards[at];
        if !checked.load(Ordering::Relaxed) {
            self.check_shard(shard)?;
            checked.store(true, Ordering::Relaxed);
        }
        let (print, places) = shard.places(key);
        // One read from the first of the three to the last: they are so near to one another that three reads take longer.
        let [first, .., last] = places;
        let in_span = |place: u32| 2 * (place - first) as usize;
        let mut span = [0; SPAN];
        self.file.read_exact_at(&mut span[..in_span(last) + 2], shard.at + 2 * u64::from(first))?;
        let left = places.into_iter().fold(print, |left, place| {
            let at = in_span(place);
            left ^ u16::from_le_bytes([span[at], span[at + 1]])
        });
        Ok(left == 0)
    }

    fn check_shard(&self, shard: &Shard) -> Result<(), FilterFault> {
        let mut bytes = vec![0; shard.length()];
        self.file.read_exact_at(&mut bytes, shard.at)?;
        if crc32fast::hash(&bytes) == shard.crc { Ok(()) } else { Err(FilterFault::Damaged) }
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
