//! What fuzzers found, and what they begin with, runs as plain tests too.

use std::{fs, path::Path};

use chain::fuzzing::{check_export, check_heads};

#[test]
fn every_seed_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/audit_export");
    let seeds: Vec<_> =
        fs::read_dir(&folder).expect("the corpus").map(|seed| seed.expect("a seed").path()).collect();
    assert!(seeds.len() >= 10, "only {} seeds were found", seeds.len());
    for seed in seeds {
        let bytes = fs::read(seed).expect("a seed");
        check_export(&bytes);
        check_heads(&bytes);
    }
}
