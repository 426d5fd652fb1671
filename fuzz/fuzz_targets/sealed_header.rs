//! Any bytes as a sealed field, as a wrapped key and as a key file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| seal::fuzzing::check_sealed(bytes));
