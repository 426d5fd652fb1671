//! The seeds of the fuzzers, checked without them.

use std::{fs, path::Path};

use bailiwick::{
    exposure::fuzzing::{check_keys, check_message, check_signature},
    listen::fuzzing::check_forwarded,
};
use proptest::strategy::Strategy as _;

fn every_seed_of(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let seeds: Vec<_> =
        fs::read_dir(&folder).expect("the corpus").map(|seed| seed.expect("a seed").path()).collect();
    assert!(!seeds.is_empty(), "{} is empty", folder.display());
    for seed in seeds {
        check(&fs::read(&seed).expect("a readable seed"));
    }
}

#[test]
fn every_message_keeps_the_property_that_is_fuzzed() {
    every_seed_of("partner_message", check_message);
}

#[test]
fn every_signature_keeps_the_property_that_is_fuzzed() {
    every_seed_of("partner_signature", check_signature);
}

#[test]
fn every_list_of_keys_keeps_the_property_that_is_fuzzed() {
    every_seed_of("partner_keys", check_keys);
}

#[test]
fn every_word_of_a_caller_keeps_the_property_that_is_fuzzed() {
    every_seed_of("proxy_headers", check_forwarded);
}

proptest::proptest! {
    #[test]
    fn no_word_of_a_caller_is_believed_in_the_place_of_the_proxys_own(
        bytes in proptest::prop_oneof![
            "[fo=r;,:\"\\\\ \\[\\]by.0-9]{0,40}".prop_map(String::into_bytes),
            proptest::collection::vec(proptest::num::u8::ANY, 0..60),
        ],
    ) {
        check_forwarded(&bytes);
    }
}
