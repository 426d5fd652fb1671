//! Any bytes as the text of a report.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| token_format::fuzzing::check_any_text(bytes));
