//! The seeds of the fuzzer, checked without the fuzzer.

use std::{fs, path::Path};

use bailiwick::tokens::fuzzing::check_import_line;

#[test]
fn every_seed_keeps_the_property_that_is_fuzzed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/import_line");
    let seeds = fs::read_dir(&folder).expect("the corpus").map(|seed| seed.expect("a seed").path());
    let seeds: Vec<_> = seeds.collect();
    assert!(!seeds.is_empty(), "{} is empty", folder.display());
    for seed in seeds {
        check_import_line(&fs::read(&seed).expect("a readable seed"));
    }
}
