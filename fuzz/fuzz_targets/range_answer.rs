//! Any bytes as an answer of the range API of known breaches.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| passwords::fuzzing::check_range_answer(bytes));
