//! The seeds of the fuzzers, and other bytes, without them.

use std::{fs, path::Path};

use passwords::fuzzing::{check_range_answer, check_stored};
use proptest::prelude::*;

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let seeds = fs::read_dir(folder).expect("the corpus").map(|seed| seed.expect("a seed").path());
    let seeds: Vec<_> = seeds.map(|seed| fs::read(seed).expect("a readable seed")).collect();
    assert!(seeds.len() >= 5);
    seeds
}

#[test]
fn every_seed_keeps_the_property_that_is_fuzzed() {
    for seed in seeds("range_answer") {
        check_range_answer(&seed);
    }
    for seed in seeds("stored_password") {
        check_stored(&String::from_utf8_lossy(&seed));
    }
}

proptest! {
    #[test]
    fn any_bytes_keep_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_range_answer(&bytes);
        check_stored(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn answers_with_their_lines_bent_keep_it(
        lines in proptest::collection::vec("(?i:E364706816ABA3E25717850C26C9CD0D89D|[0-9A-F]{34,36}):?[0-9]{0,3}\r?\n?", 0..20),
    ) {
        check_range_answer(lines.concat().as_bytes());
    }

    #[test]
    fn hashes_with_something_bent_keep_it(
        text in r"(\$hmac-sha384)?\$2[abxy]\$[01][0-9]\$[./A-Za-z0-9=]{52,54}|\$argon2id\$v=1[69]\$m=[0-9]{1,8},t=[0-9]{1,3},p=[0-9]{1,2}\$[A-Za-z0-9+/]{10,24}\$[A-Za-z0-9+/]{20,44}|(foreign-)?bcrypt:[0-9]{1,3}|argon2id:[0-9]{1,8}:[0-9]{1,2}:[0-9]{1,2}",
    ) {
        check_stored(&text);
    }
}
