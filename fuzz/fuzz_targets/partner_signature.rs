//! Any bytes as a signature and the body it is of.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bailiwick::exposure::fuzzing::check_signature(bytes));
