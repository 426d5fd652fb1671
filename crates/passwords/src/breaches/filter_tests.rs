use std::{fs, path::PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{Password, breaches::import::import_by};

/// A filter of these keys, in shards of so many.
fn filter_of(keys: &[u64], a_shard: usize) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("breached");
    let list: String = keys.iter().map(|key| format!("{key:016X}{:024}:1\r\n", 0)).collect();
    import_by(a_shard, list.as_bytes(), &target).unwrap();
    (folder, target)
}

/// Keys as even as those of a digest, the same every time, and sorted.
fn keys(many: u64) -> Vec<u64> {
    let mut keys: Vec<u64> = (1..=many).map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
    keys.sort_unstable();
    keys
}

fn why(path: &Path) -> String {
    Filter::open(path).err().expect("it was opened").to_string()
}

#[test]
fn a_breached_password_is_found_and_another_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("breached");
    let of = |text: &str| Sha1::of(&Password::new(text).unwrap());
    let mut list: Vec<String> = ["password", "hunter2", "correct horse battery staple"]
        .map(|text| format!("{}{}:9\n", of(text).prefix(), of(text).suffix()))
        .into();
    list.sort();
    crate::breaches::import(list.concat().as_bytes(), &target).unwrap();
    let filter = Filter::open(&target).unwrap();
    let found = |text| filter.contains(&of(text)).unwrap();
    assert_eq!(["password", "hunter2", "Password", ""].map(found), [true, true, false, false]);
}

#[test]
fn of_others_hardly_any_is_said_to_be_in_it_and_a_hash_takes_a_little_more_than_two_bytes() {
    let many = 124_000;
    let in_it = keys(2 * many);
    let (_folder, path) = filter_of(&in_it, usize::try_from(many).unwrap());
    let bytes = fs::metadata(&path).unwrap().len();
    assert!(bytes * 10 < 24 * 2 * many, "{bytes} bytes");
    for kept in [0, Filter::KEPT] {
        let filter = Filter::open_keeping(kept, &path).unwrap();
        assert!(in_it.iter().all(|key| filter.contains_key(*key).unwrap()));
        let alarms = in_it.iter().filter(|key| filter.contains_key(*key ^ 1).unwrap()).count();
        assert!(alarms < 20, "{alarms} false alarms, and 4 are usual");
    }
}

#[test]
fn what_is_no_filter_is_refused_with_a_sentence() {
    let (folder, path) = filter_of(&keys(1000), 300);
    let whole = fs::read(&path).unwrap();
    let other = folder.path().join("other");
    let refused = |bytes: &[u8], sentence: &str| {
        fs::write(&other, bytes).unwrap();
        let said = why(&other);
        assert!(said.contains(sentence), "{said}");
    };
    refused(b"", "no filter");
    refused(b"breached", "of version 0");
    refused("0018A45C4D1DEF81644B54AB7F969B88D65:1\n".repeat(9).as_bytes(), "no filter");
    refused(&whole[..HEAD - 1], "was cut");
    refused(&whole[..whole.len() - 1], "was cut");
    refused(&[&whole[..], b"\n"].concat(), "something was added");
    refused(&[&whole[..8], &[2], &whole[9..]].concat(), "of version 2");
    let changed = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    // The number of hashes, the checksum, and the index.
    for at in [16, HEAD - 1, whole.len() - 1, whole.len() - 4 * ENTRY] {
        refused(&changed(at), "damaged");
    }
    assert!(why(&folder.path().join("none")).contains("cannot be read"));
}

#[test]
fn a_shard_with_other_bytes_is_not_believed_and_the_others_are() {
    let in_it = keys(1000);
    let (_folder, path) = filter_of(&in_it, 300);
    let mut bytes = fs::read(&path).unwrap();
    bytes[HEAD + 5] ^= 1;
    fs::write(&path, bytes).unwrap();
    let filter = Filter::open(&path).unwrap();
    for _ in 0..2 {
        assert!(matches!(filter.contains_key(in_it[0]), Err(FilterFault::Damaged)));
    }
    assert!(filter.contains_key(in_it[300]).unwrap());
    assert!(matches!(filter.check(), Err(FilterFault::Damaged)));
}

#[test]
fn a_file_that_is_cut_while_it_is_open_is_believed_where_it_was_kept_and_nowhere_else() {
    let in_it = keys(1000);
    let (_folder, path) = filter_of(&in_it, 300);
    // There is room for the first that is looked into, and not for another.
    let filter = Filter::open_keeping(1000, &path).unwrap();
    for key in [in_it[0], in_it[300]] {
        assert!(filter.contains_key(key).unwrap());
    }
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(HEAD as u64).unwrap();
    assert!(filter.contains_key(in_it[1]).unwrap());
    for key in [in_it[300], in_it[999]] {
        assert!(matches!(filter.contains_key(key), Err(FilterFault::Reading(_))));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_was_imported_is_found(
        keys in proptest::collection::btree_set(any::<u64>(), 1..600), a_shard in 1_usize..200, kept in 0_u64..2000,
    ) {
        let keys: Vec<u64> = keys.into_iter().collect();
        let (_folder, path) = filter_of(&keys, a_shard);
        let filter = Filter::open_keeping(kept, &path).unwrap();
        prop_assert_eq!(filter.hashes(), keys.len() as u64);
        prop_assert!(filter.check().is_ok());
        for key in keys {
            prop_assert!(filter.contains_key(key).unwrap());
        }
    }

    #[test]
    fn one_changed_byte_anywhere_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8) {
        let in_it = keys(300);
        let (_folder, path) = filter_of(&in_it, 100);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        fs::write(&path, bytes).unwrap();
        let noticed = Filter::open(&path).and_then(|filter| filter.check());
        prop_assert!(noticed.is_err(), "byte {}", at);
    }
}
