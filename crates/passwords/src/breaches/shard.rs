//! The bytes of a filter's file. Numbers have their lowest byte first.
//!
//! - 72 bytes of head: magic (8), version (4), number of shards (4), number of hashes (8), where the index begins (8), length of
//!   the file (8), SHA-256 of the 40 bytes before it and of the index (32).
//! - The shards: of each its fingerprints, two bytes each.
//! - The index, 40 bytes a shard: its first key (8), where it begins (8), its seed (8), the length of its segments (4), of all
//!   segments that a key may begin in (4), number of its fingerprints (4), their CRC-32 (4).
//!
//! A key is the first 64 bits of a hash. A shard holds the keys from its first to that of the next shard, as a binary fuse
//! filter (Graf and Lemire, 2022): three fingerprints, one in each of three segments in a row, which the key decides, are
//! together those of the key.

use aws_lc_rs::digest;
use xorf::BinaryFuse16;

pub(super) const MAGIC: [u8; 8] = *b"breached";
pub(super) const VERSION: u32 = 1;
pub(super) const HEAD: usize = 72;
const SIGNED: usize = 40;
pub(super) const ENTRY: usize = 40;
/// How long a segment is at most: as long as those of a shard with 124,100 keys.
const SEGMENT: u32 = 2048;
/// How many bytes lie at most between the beginning of a key's first fingerprint and the end of its last.
pub(super) const SPAN: usize = 3 * 2 * SEGMENT as usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub version: u32,
    pub shards: u32,
    pub hashes: u64,
    pub index_at: u64,
    pub length: u64,
}

impl Head {
    pub fn bytes(&self, index: &[u8]) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&self.version.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.shards.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.hashes.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.index_at.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.length.to_le_bytes());
        let sum = checksum(&bytes[..SIGNED], index);
        bytes[SIGNED..].copy_from_slice(sum.as_ref());
        bytes
    }

    /// None if it is of another kind of file.
    pub fn read(bytes: &[u8; HEAD]) -> Option<Self> {
        bytes.starts_with(&MAGIC).then(|| Self {
            version: u32_at(bytes, 8),
            shards: u32_at(bytes, 12),
            hashes: u64_at(bytes, 16),
            index_at: u64_at(bytes, 24),
            length: u64_at(bytes, 32),
        })
    }
}

/// Whether head and index are those that were written together.
pub(super) fn belong_together(head: &[u8; HEAD], index: &[u8]) -> bool {
    checksum(&head[..SIGNED], index).as_ref() == &head[SIGNED..]
}

fn checksum(head: &[u8], index: &[u8]) -> digest::Digest {
    let mut sum = digest::Context::new(&digest::SHA256);
    sum.update(head);
    sum.update(index);
    sum.finish()
}

/// A shard as the index tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    pub first: u64,
    pub at: u64,
    pub seed: u64,
    pub segment: u32,
    pub segments: u32,
    pub fingerprints: u32,
    pub crc: u32,
}

impl Shard {
    /// The shard of a filter, and its bytes.
    pub fn of(filter: &BinaryFuse16, first: u64, at: u64) -> (Self, Vec<u8>) {
        let bytes: Vec<u8> = filter.fingerprints.iter().flat_map(|print| print.to_le_bytes()).collect();
        let shard = Self {
            first,
            at,
            seed: filter.descriptor.seed,
            segment: filter.descriptor.segment_length,
            segments: filter.descriptor.segment_count_length,
            fingerprints: u32::try_from(filter.fingerprints.len()).expect("a shard is small"),
            crc: crc32fast::hash(&bytes),
        };
        (shard, bytes)
    }

    pub fn bytes(&self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        for (place, number) in bytes[..24].chunks_exact_mut(8).zip([self.first, self.at, self.seed]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        let small = [self.segment, self.segments, self.fingerprints, self.crc];
        for (place, number) in bytes[24..].chunks_exact_mut(4).zip(small) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    pub fn read(bytes: &[u8]) -> Self {
        Self {
            first: u64_at(bytes, 0),
            at: u64_at(bytes, 8),
            seed: u64_at(bytes, 16),
            segment: u32_at(bytes, 24),
            segments: u32_at(bytes, 28),
            fingerprints: u32_at(bytes, 32),
            crc: u32_at(bytes, 36),
        }
    }

    /// Whether all that [`Self::places`] may name lies in it, and it in the file's part for shards, which ends at `end`.
    pub fn is_sound(&self, end: u64) -> bool {
        let needed = u64::from(self.segments) + 2 * u64::from(self.segment);
        self.segment.is_power_of_two()
            && self.segment <= SEGMENT
            && self.segments > 0
            && needed <= u64::from(self.fingerprints)
            && self.at >= HEAD as u64
            && self.at.checked_add(self.length() as u64).is_some_and(|after| after <= end)
    }

    /// Its length in bytes.
    pub fn length(&self) -> usize {
        2 * self.fingerprints as usize
    }

    /// The key's fingerprint, and the places of the three that are together the same if the key is in. The places are in
    /// order, and no further apart than three segments.
    pub fn places(&self, key: u64) -> (u16, [u32; 3]) {
        let hash = mixed(key.wrapping_add(self.seed));
        let mask = self.segment - 1;
        let first = high(u128::from(hash) * u128::from(self.segments));
        let second = (first + self.segment) ^ (low(hash >> 18) & mask);
        let third = (first + 2 * self.segment) ^ (low(hash) & mask);
        (low16(hash ^ (hash >> 32)), [first, second, third])
    }
}

/// The last step of `MurmurHash3`, which spreads each bit over all.
fn mixed(mut bits: u64) -> u64 {
    for factor in [0xFF51_AFD7_ED55_8CCD, 0xC4CE_B9FE_1A85_EC53] {
        bits = (bits ^ (bits >> 33)).wrapping_mul(factor);
    }
    bits ^ (bits >> 33)
}

#[expect(clippy::cast_possible_truncation, reason = "the upper 64 bits of a product with 32 have 32")]
fn high(product: u128) -> u32 {
    (product >> 64) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest bits are wanted")]
fn low(bits: u64) -> u32 {
    bits as u32
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest bits are wanted")]
fn low16(bits: u64) -> u16 {
    bits as u16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xorf::Filter;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        // A newer library that hashes otherwise shows here, before it writes files that are not understood.
        #[test]
        fn keys_are_looked_for_where_the_library_has_put_them(
            keys in proptest::collection::btree_set(any::<u64>(), 1..2000), others in any::<[u64; 32]>(),
        ) {
            let keys: Vec<u64> = keys.into_iter().collect();
            let filter = BinaryFuse16::try_from(&keys).unwrap();
            let (shard, bytes) = Shard::of(&filter, keys[0], HEAD as u64);
            prop_assert!(shard.is_sound((HEAD + bytes.len()) as u64));
            prop_assert_eq!(Shard::read(&shard.bytes()), shard);
            for key in keys.iter().chain(&others) {
                let (print, places) = shard.places(*key);
                let found = places.iter().fold(print, |left, &place| left ^ filter.fingerprints[place as usize]);
                prop_assert!(places.is_sorted());
                prop_assert_eq!(found == 0, filter.contains(key));
            }
        }
    }
}
