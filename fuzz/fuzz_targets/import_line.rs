//! Any bytes as a file of old tokens.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bailiwick::tokens::fuzzing::check_import_line(bytes));
