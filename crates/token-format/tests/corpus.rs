//! The seeds of the fuzzer, checked without the fuzzer.

use std::fs;
use std::path::Path;

use token_format::fuzzing::check_any_text;

#[test]
fn every_seed_keeps_the_property_that_is_fuzzed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/token_parse");
    let seeds: Vec<_> =
        fs::read_dir(&folder).expect("the corpus").map(|seed| seed.expect("a seed").path()).collect();
    assert!(!seeds.is_empty(), "{} is empty", folder.display());
    for seed in seeds {
        check_any_text(&fs::read(&seed).expect("a readable seed"));
    }
}
