//! The seeds of the fuzzer, and what it looks for with other bytes, without it.

use std::{fs, path::Path};

use proptest::prelude::*;
use seal::fuzzing::{check_sealed, genuine};

#[test]
fn every_seed_keeps_the_property_that_is_fuzzed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/sealed_header");
    let seeds: Vec<_> =
        fs::read_dir(folder).expect("the corpus").map(|seed| seed.expect("a seed").path()).collect();
    assert!(seeds.len() >= 5);
    for seed in seeds {
        check_sealed(&fs::read(seed).expect("a readable seed"));
    }
}

#[test]
fn what_was_sealed_opens_and_with_any_byte_changed_or_cut_off_it_does_not() {
    let whole = genuine();
    check_sealed(&whole);
    for at in 0..whole.len() {
        check_sealed(&whole[..at]);
        let mut other = whole.clone();
        other[at] ^= 1;
        check_sealed(&other);
    }
}

proptest! {
    #[test]
    fn any_bytes_keep_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_sealed(&bytes);
    }
}
