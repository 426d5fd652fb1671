//! The property that fuzzers and plain tests hold the parser to. Not part of the specification.

use crate::{BODY_LEN, Digest, HINT_LEN, MOST_CANDIDATES, Malformed, Prefix, Prefixes, RANDOM_LEN, Version};
use crate::{candidates, checksum, exact, find_all, mint, parse};

/// A source of bytes that is the same every time (`SplitMix64`). It guards nothing: never mint a real token with it.
pub fn seeded(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed;
    move |block: &mut [u8]| {
        for chunk in block.chunks_mut(8) {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The prefixes of made-up tokens in tests: `acme`, formerly `oldacme`.
pub fn acme() -> Prefixes {
    let known = |text| Prefix::new(text).expect("the prefix is well-formed");
    Prefixes::new(known("acme"), vec![known("oldacme")]).expect("the prefixes differ")
}

/// Holds for any bytes at all, or panics.
pub fn check_any_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let prefixes = acme();
    what_is_found_is_a_token(&text, &prefixes);
    what_is_cut_out_is_gone(&text, &prefixes);
    quotes_around_a_text_change_nothing(&text, &prefixes);
    a_minted_token_is_found_after_the_text(&text, &prefixes);
}

fn what_is_found_is_a_token(text: &str, prefixes: &Prefixes) {
    let found = candidates(text, prefixes);
    assert!(found.len() <= MOST_CANDIDATES);
    assert!(found.is_sorted_by(|a, b| a.version() >= b.version()));
    match (parse(text, prefixes), found.first()) {
        (Ok(parsed), Some(first)) => assert_eq!(parsed.digest(), first.digest()),
        (Err(why), None) => assert_eq!(why == Malformed::Empty, text.trim().is_empty()),
        _ => panic!("parse and candidates disagree"),
    }
    for (index, token) in found.iter().enumerate() {
        let exposed = token.secret().expose();
        assert_eq!(token.body().len(), BODY_LEN);
        assert!(token.body().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(text.contains(token.body()));
        assert_eq!(token.digest(), Digest::of(exposed));
        assert_eq!(token.hint().as_str(), &token.body()[..HINT_LEN]);
        assert_eq!(token.prefix().is_none(), token.version() == Version::V1);
        if token.prefix().is_some() {
            let (random, check) = token.body().split_at(RANDOM_LEN);
            assert_eq!(token.checksum_ok(), checksum(random) == check);
        }
        let again = exact(exposed, prefixes).expect("a token is a token");
        assert_eq!((again.version(), again.digest()), (token.version(), token.digest()));
        assert!(found[..index].iter().all(|other| other.digest() != token.digest()), "the same token twice");
    }
}

fn what_is_cut_out_is_gone(text: &str, prefixes: &Prefixes) {
    let (mut left, mut at) = (String::new(), 0);
    let mut bodies = Vec::new();
    for find in find_all(text, prefixes) {
        let place = find.range();
        assert!(at <= place.start && text[place.clone()].ends_with(find.body()));
        assert!(find.prefix().is_none_or(|prefix| text[place.clone()].starts_with(prefix.as_str())));
        left += &format!("{}{}…", &text[at..place.start], find.hint());
        at = place.end;
        bodies.push(find.body());
    }
    left += &text[at..];
    assert!(find_all(&left, prefixes).next().is_none(), "cut out, and another is left");
    assert!(candidates(text, prefixes).iter().all(|token| bodies.contains(&token.body())));
}

fn quotes_around_a_text_change_nothing(text: &str, prefixes: &Prefixes) {
    let quoted = candidates(&format!("“{text}”,"), prefixes);
    let plain = candidates(text, prefixes);
    assert!(quoted.iter().map(crate::Parsed::digest).eq(plain.iter().map(crate::Parsed::digest)));
}

fn a_minted_token_is_found_after_the_text(text: &str, prefixes: &Prefixes) {
    let secret = mint(prefixes.current(), &mut seeded(Digest::of(text).as_bytes()[0].into()));
    let found = candidates(&format!("{text} {}", secret.expose()), prefixes);
    let full = found.len() == MOST_CANDIDATES && found.iter().all(crate::Parsed::checksum_ok);
    let digest = Digest::of(secret.expose());
    assert!(full || found.iter().any(|token| token.digest() == digest), "a minted token was not found");
}
