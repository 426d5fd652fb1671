//! What holds for every token and every text.

use proptest::prelude::*;
use token_format::fuzzing::{acme, check_any_text, seeded};
use token_format::{HINT_LEN, Malformed, Parsed, RANDOM_LEN, Version, exact, mint, parse};

fn minted(seed: u64) -> String {
    mint(acme().current(), &mut seeded(seed)).expose().to_owned()
}

fn checks_out(found: &Result<Parsed, Malformed>) -> bool {
    found.as_ref().is_ok_and(Parsed::checksum_ok)
}

/// Any text that does not run into the token with a letter or digit of its own.
fn before() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "\\PC{0,40}[^0-9A-Za-z]",
        "\\PC{0,40}(%[0-9A-Fa-f]{2}|\\\\[nrt]|\\\\u[0-9a-f]{4})"
    ]
}

fn after() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[^0-9A-Za-z]\\PC{0,40}"]
}

/// Texts made of the pieces that the parser looks at, which random characters would hardly ever form.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("acme".to_owned()),
        Just("oldacmeop".to_owned()),
        Just("_".to_owned()),
        Just("%5F".to_owned()),
        Just("\\u0022".to_owned()),
        Just("\\n".to_owned()),
        "[0-9A-Za-z]{62,70}",
        any::<u64>().prop_map(minted),
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_minted_token_is_found_in_any_surroundings(seed: u64, before in before(), after in after()) {
        let token = minted(seed);
        let text = format!("{before}{token}{after}");
        let found = parse(&text, &acme()).unwrap();
        prop_assert_eq!(found.secret().expose(), token);
        prop_assert_eq!(found.version(), Version::V3);
    }

    #[test]
    fn a_flipped_character_breaks_the_checksum(seed: u64, at: prop::sample::Index, other: char) {
        let token = minted(seed);
        let at = at.index(token.len());
        prop_assume!(!token[at..].starts_with(other));
        let flipped = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        prop_assert!(!checks_out(&parse(&flipped, &acme())), "{}", flipped);
        prop_assert!(!checks_out(&exact(&flipped, &acme())), "{}", flipped);
    }

    #[test]
    fn a_flipped_letter_or_digit_breaks_the_checksum(seed: u64, at in 5..69usize, other in "[0-9A-Za-z]") {
        let token = minted(seed);
        prop_assume!(token[at..=at] != other);
        let flipped = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        prop_assert_eq!(exact(&flipped, &acme()).unwrap().version(), Version::V2);
    }

    #[test]
    fn swapped_neighbours_break_the_checksum(seed: u64, at in 5..(5 + RANDOM_LEN - 1)) {
        let mut bytes = minted(seed).into_bytes();
        prop_assume!(bytes[at] != bytes[at + 1]);
        bytes.swap(at, at + 1);
        let swapped = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(exact(&swapped, &acme()).unwrap().version(), Version::V2);
    }

    #[test]
    fn a_hint_reveals_five_characters_and_no_more(seed: u64) {
        let token = minted(seed);
        let hint = exact(&token, &acme()).unwrap().hint();
        prop_assert_eq!(hint.as_str(), &token[5..5 + HINT_LEN]);
        prop_assert_eq!(hint.to_string().len(), HINT_LEN);
        prop_assert_eq!(format!("{hint:?}").len(), "Hint()".len() + HINT_LEN);
    }

    #[test]
    fn any_bytes_keep_the_property_that_is_fuzzed(bytes: Vec<u8>) {
        check_any_text(&bytes);
    }

    #[test]
    fn any_text_keeps_the_property_that_is_fuzzed(text: String) {
        check_any_text(text.as_bytes());
    }

    #[test]
    fn any_pieces_keep_the_property_that_is_fuzzed(text in pieces()) {
        check_any_text(text.as_bytes());
    }
}
