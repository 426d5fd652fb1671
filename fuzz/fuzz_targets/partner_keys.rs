//! Any bytes as the answer of a partner's keys endpoint.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bailiwick::exposure::fuzzing::check_keys(bytes));
