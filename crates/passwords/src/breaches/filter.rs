use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
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
/// The first look-up in a shard reads it whole, compares its checksum, and keeps it in memory while there is room. In one that is
/// not kept, a look-up reads a few kilobytes. Besides there is the index, about 600 bytes for a million hashes.
pub struct Filter {
    file: File,
    firsts: Vec<u64>,
    shards: Vec<Slot>,
    hashes: u64,
    /// How many more bytes may be kept.
    room: AtomicU64,
}

struct Slot {
    shard: Shard,
    /// Set once its checksum was right: its bytes, if they are kept.
    checked: OnceLock<Option<Box<[u8]>>>,
}

impl Filter {
    /// How many bytes of shards are kept in memory unless something else is said: those of 28 million hashes.
    pub const KEPT: u64 = 64 << 20;

    /// Opens a filter that keeps at most [`Self::KEPT`], and compares all but the shards with their checksums.
    pub fn open(path: &Path) -> Result<Self, FilterFault> {
        Self::open_keeping(Self::KEPT, path)
    }

    /// The same, with so many bytes of shards in memory at most.
    pub fn open_keeping(most: u64, path: &Path) -> Result<Self, FilterFault> {
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
            shards: shards.into_iter().map(|shard| Slot { shard, checked: OnceLock::new() }).collect(),
            hashes: head.hashes,
            room: AtomicU64::new(most),
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
        self.shards.iter().try_for_each(|slot| self.read_shard(&slot.shard).map(drop))
    }

    pub(super) fn contains_key(&self, key: u64) -> Result<bool, FilterFault> {
        // The last shard that begins no later than the key. Before the first there is nothing.
        let Some(at) = self.firsts.partition_point(|&first| first <= key).checked_sub(1) else {
            return Ok(false);
        };
        let Slot { shard, checked } = &self.shards[at];
        let kept = if let Some(kept) = checked.get() {
            kept
        } else {
            let bytes = self.read_shard(shard)?;
            checked.get_or_init(|| self.has_room(bytes.len()).then(|| bytes.into()))
        };
        let (print, places) = shard.places(key);
        match kept {
            Some(bytes) => Ok(is_in(print, places, bytes, 0)),
            None => self.is_on_disk(shard, print, places),
        }
    }

    /// One read from the first of the three to the last: they are so near to one another that three reads take longer.
    fn is_on_disk(&self, shard: &Shard, print: u16, places: [u32; 3]) -> Result<bool, FilterFault> {
        let [first, .., last] = places;
        let mut span = [0; SPAN];
        let length = 2 * (last - first) as usize + 2;
        self.file.read_exact_at(&mut span[..length], shard.at + 2 * u64::from(first))?;
        Ok(is_in(print, places, &span, first))
    }

    fn read_shard(&self, shard: &Shard) -> Result<Vec<u8>, FilterFault> {
        let mut bytes = vec![0; shard.length()];
        self.file.read_exact_at(&mut bytes, shard.at)?;
        if crc32fast::hash(&bytes) == shard.crc { Ok(bytes) } else { Err(FilterFault::Damaged) }
    }

    fn has_room(&self, bytes: usize) -> bool {
        let less = |room: u64| room.checked_sub(bytes as u64);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// Whether the three fingerprints are together the key's. `bytes` begin with the one at the place `from`.
fn is_in(print: u16, places: [u32; 3], bytes: &[u8], from: u32) -> bool {
    let left = places.into_iter().fold(print, |left, place| {
        let at = 2 * (place - from) as usize;
        left ^ u16::from_le_bytes([bytes[at], bytes[at + 1]])
    });
    left == 0
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
