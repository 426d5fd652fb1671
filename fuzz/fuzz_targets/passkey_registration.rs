//! Any bytes as what a browser answers when a passkey is made.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| factors::fuzzing::check_registration(bytes));
