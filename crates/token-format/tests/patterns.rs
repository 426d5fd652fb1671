//! The rules for other people's scanners, word for word. `scripts/scanners/check.sh` runs real scanners with them.

use std::collections::HashMap;

use token_format::fuzzing::{acme, seeded};
use token_format::mint;
use token_format::patterns::{Scanner, UnknownScanner, pattern};

#[test]
fn the_rules_are_these() {
    for scanner in Scanner::ALL {
        insta::assert_snapshot!(scanner.name(), pattern(scanner, &acme()));
    }
}

#[test]
fn every_scanner_gets_a_rule_for_every_prefix() {
    for scanner in Scanner::ALL {
        let rules = pattern(scanner, &acme());
        for prefix in acme().all() {
            assert!(rules.contains(&format!("{prefix}_[0-9A-Za-z]{{64}}")), "{scanner} misses {prefix}");
        }
    }
}

#[test]
fn a_scanner_is_known_by_its_name() {
    for scanner in Scanner::ALL {
        assert_eq!(scanner.to_string().parse(), Ok(scanner));
    }
    assert_eq!("GitHub".parse::<Scanner>(), Err(UnknownScanner));
    insta::assert_snapshot!(
        UnknownScanner,
        @"there are patterns for github, gitlab, gitleaks, trufflehog, kingfisher, regex"
    );
}

#[test]
fn every_minted_token_has_more_entropy_than_the_rules_ask_for() {
    let mut fill = seeded(62);
    let lowest = (0..20_000)
        .map(|_| entropy(mint(acme().current(), &mut fill).expose()))
        .fold(f64::INFINITY, f64::min);
    assert!(lowest > 4.5, "{lowest}");
}

/// Shannon entropy in bits per character, as gitleaks computes it.
fn entropy(text: &str) -> f64 {
    let mut counts: HashMap<char, u32> = HashMap::new();
    for character in text.chars() {
        *counts.entry(character).or_default() += 1;
    }
    let length = f64::from(u32::try_from(text.len()).expect("a token is short"));
    -counts.values().map(|&count| f64::from(count) / length).map(|share| share * share.log2()).sum::<f64>()
}
