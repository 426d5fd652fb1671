//! Any bytes as an export of a chain, and as heads.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    chain::fuzzing::check_export(bytes);
    chain::fuzzing::check_heads(bytes);
});
