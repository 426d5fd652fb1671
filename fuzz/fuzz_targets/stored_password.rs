//! Any text as a stored hash of a password.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| passwords::fuzzing::check_stored(text));
