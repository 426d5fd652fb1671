//! Any bytes as what a browser answers when a passkey is used.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| factors::fuzzing::check_sign_in(bytes));
