//! The seeds of the fuzzers, and what they look for with other bytes, without them.

use std::{fs, path::Path};

use factors::fuzzing::{check_registration, check_sign_in, object};
use proptest::prelude::*;

fn check_seeds(folder: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(folder);
    let seeds: Vec<_> =
        fs::read_dir(folder).expect("the corpus").map(|seed| seed.expect("a seed").path()).collect();
    assert!(seeds.len() >= 5);
    for seed in seeds {
        check(&fs::read(seed).expect("a readable seed"));
    }
}

#[test]
fn every_seed_keeps_what_is_fuzzed_of_answers_with_a_new_passkey() {
    check_seeds("passkey_registration", check_registration);
}

#[test]
fn every_seed_keeps_what_is_fuzzed_of_answers_with_a_passkey_that_is_used() {
    check_seeds("passkey_sign_in", check_sign_in);
}

#[test]
fn a_genuine_answer_cut_anywhere_or_with_any_byte_changed_keeps_it() {
    let whole = object();
    check_registration(&whole);
    for at in 0..whole.len() {
        check_registration(&whole[..at]);
        let mut other = whole.clone();
        other[at] ^= 1 << (at % 8);
        check_registration(&other);
    }
}

proptest! {
    #[test]
    fn any_bytes_keep_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_registration(&bytes);
        check_sign_in(&bytes);
    }

    #[test]
    fn a_genuine_answer_with_any_bytes_put_in_keeps_it(
        at in 0..182_usize, gone in 0..40_usize, bytes in proptest::collection::vec(any::<u8>(), 0..40)
    ) {
        let mut other = object();
        other.splice(at.min(other.len())..(at + gone).min(other.len()), bytes);
        check_registration(&other);
    }
}
