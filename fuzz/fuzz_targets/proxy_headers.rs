//! Any bytes that a caller puts before a trusted proxy's own word.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bailiwick::listen::fuzzing::check_forwarded(bytes));
