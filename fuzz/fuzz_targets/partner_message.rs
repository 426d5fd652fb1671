//! Any bytes as the body of a partner's message.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bailiwick::exposure::fuzzing::check_message(bytes));
