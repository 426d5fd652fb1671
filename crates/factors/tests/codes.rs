//! What is mailed and typed: codes, links, recovery codes.

use std::collections::HashSet;

use factors::{LinkSecret, MailCode, RecoveryCode};
use proptest::prelude::*;
use time_and_chance::SeededChance;

fn mailed(seed: u64) -> MailCode {
    MailCode::new(&SeededChance::new(seed))
}

fn recovery(seed: u64) -> RecoveryCode {
    let [first, ..] = RecoveryCode::ten(&SeededChance::new(seed));
    first
}

#[test]
fn a_mailed_code_is_two_groups_of_four_digits() {
    let code = mailed(1);
    let (one, other) =
        code.shown().expose().split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    for group in [&one, &other] {
        assert!(group.len() == 4 && group.bytes().all(|b| b.is_ascii_digit()), "{group}");
    }
}

#[test]
fn every_digit_stands_at_every_place_about_as_often() {
    let chance = SeededChance::new(1);
    let mut seen = [[0; 10]; 8];
    for _ in 0..10_000 {
        let shown = MailCode::new(&chance).shown();
        for (place, digit) in shown.expose().bytes().filter(u8::is_ascii_digit).enumerate() {
            seen[place][usize::from(digit - b'0')] += 1;
        }
    }
    // 1,000 on average with a deviation of 30: within six of those.
    assert!(seen.iter().flatten().all(|times| (820..=1_180).contains(times)), "{seen:?}");
}

#[test]
fn a_mailed_code_is_read_with_or_without_spaces_and_hyphens_and_nothing_else() {
    for typed in ["12345678", "1234 5678", " 1234-5678 ", "12 34 56 78", "1234\u{a0}5678", "1234–5678\n"] {
        assert_eq!(MailCode::parse(typed).unwrap().shown().expose(), "1234 5678", "{typed:?}");
    }
    for typed in ["", "1234 567", "1234 56789", "1234.5678", "1234567a", "１２３４５６７８", "+12345678"]
    {
        assert!(MailCode::parse(typed).is_none(), "{typed:?}");
    }
}

#[test]
fn the_digest_of_a_mailed_code_is_bound_to_key_and_context() {
    let (code, key, other) =
        (mailed(1), LinkSecret::new(&SeededChance::new(2)), LinkSecret::new(&SeededChance::new(3)));
    let digest = code.digest(key.expose(), "attempt_1");
    assert_eq!(MailCode::parse(code.shown().expose()).unwrap().digest(key.expose(), "attempt_1"), digest);
    assert_ne!(code.digest(other.expose(), "attempt_1"), digest);
    assert_ne!(code.digest(key.expose(), "attempt_2"), digest);
    assert_ne!(mailed(4).digest(key.expose(), "attempt_1"), digest);
}

#[test]
fn a_links_secret_has_43_characters_that_need_no_escape() {
    let text = LinkSecret::new(&SeededChance::new(1)).text();
    assert_eq!(text.expose().len(), LinkSecret::TEXT_LEN);
    assert!(text.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
}

#[test]
fn a_links_secret_has_one_spelling() {
    let secret = LinkSecret::new(&SeededChance::new(1)).text();
    let text = secret.expose();
    for other in
        [format!("{text}="), format!(" {text}"), text[1..].to_owned(), format!("{text}A"), String::new()]
    {
        assert!(LinkSecret::parse(&other).is_none(), "{other}");
    }
    // The last character has two bits to spare.
    let last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let good: String =
        last.chars().filter(|last| LinkSecret::parse(&format!("{}{last}", &text[..42])).is_some()).collect();
    assert_eq!(good, "AEIMQUYcgkosw048");
    assert!(LinkSecret::parse(&"+/".repeat(22)[..43]).is_none(), "the other alphabet");
    assert!(LinkSecret::parse(&format!("{}é", &text[..41])).is_none(), "43 bytes, but not of it");
}

#[test]
fn there_are_ten_recovery_codes_all_different_each_of_six_groups_of_four() {
    let codes = RecoveryCode::ten(&SeededChance::new(1));
    let shown: HashSet<_> = codes.iter().map(|code| code.shown().expose().to_owned()).collect();
    assert_eq!(shown.len(), 10);
    for code in shown {
        let groups: Vec<_> = code.split('-').collect();
        assert!(groups.len() == 6 && groups.iter().all(|group| group.len() == 4), "{code}");
        assert!(!code.contains(['i', 'l', 'o', 'u']) && code == code.to_lowercase(), "{code}");
    }
}

#[test]
fn every_character_of_the_alphabet_comes_up_about_as_often() {
    let chance = SeededChance::new(1);
    let mut seen = std::collections::HashMap::new();
    for code in (0..100).flat_map(|_| RecoveryCode::ten(&chance)) {
        for character in code.shown().expose().chars().filter(|character| *character != '-') {
            *seen.entry(character).or_insert(0) += 1;
        }
    }
    // 750 on average with a deviation of 27: within six of those.
    assert_eq!(seen.len(), 32);
    assert!(seen.values().all(|times| (590..=910).contains(times)), "{seen:?}");
}

#[test]
fn a_recovery_code_is_read_in_either_case_however_it_is_cut_and_with_what_is_easily_misread() {
    let meant = RecoveryCode::parse("01ab-cdef-ghjk-mnpq-rstv-wxyz").unwrap();
    for typed in [
        "OIAB-CDEF-GHJK-MNPQ-RSTV-WXYZ",
        "olab cdef ghjk mnpq rstv wxyz",
        " o1abcdefghjkmnpqrstvwxyz\n",
        "0LAB–CDEF–GHJK–MNPQ–RSTV–WXYZ",
    ] {
        assert_eq!(RecoveryCode::parse(typed).unwrap().digest(), meant.digest(), "{typed}");
    }
    for typed in [
        "",
        "01ab-cdef-ghjk-mnpq-rstv-wxy",
        "01ab-cdef-ghjk-mnpq-rstv-wxyz0",
        "u1ab-cdef-ghjk-mnpq-rstv-wxyz",
        "01ab_cdef-ghjk-mnpq-rstv-wxyz",
        "01ab-cdef-ghjk-mnpq-rstv-wxyź",
    ] {
        assert!(RecoveryCode::parse(typed).is_none(), "{typed}");
    }
}

#[test]
fn debug_shows_nothing_of_codes_and_links() {
    let link = LinkSecret::new(&SeededChance::new(1));
    assert_eq!(
        format!("{:?} {link:?} {:?} {:?}", mailed(1), recovery(1), link.text()),
        "MailCode LinkSecret RecoveryCode SecretText"
    );
}

fn again(code: &MailCode) -> String {
    MailCode::parse(code.shown().expose()).expect("a code").shown().expose().to_owned()
}

proptest! {
    #[test]
    fn what_is_shown_is_read_as_what_it_was(seed: u64) {
        let (code, link, recovery) = (mailed(seed), LinkSecret::new(&SeededChance::new(seed)), recovery(seed));
        prop_assert_eq!(again(&code), code.shown().expose().to_owned());
        prop_assert_eq!(LinkSecret::parse(link.text().expose()).unwrap().digest(), link.digest());
        prop_assert_eq!(RecoveryCode::parse(recovery.shown().expose()).unwrap().digest(), recovery.digest());
    }

    #[test]
    fn any_text_is_no_code_or_is_shown_as_one_with_the_same_meaning(
        text in "\\PC{0,40}|[0-9 -]{6,12}|[0-9a-zA-Z -]{20,32}|[A-Za-z0-9_-]{43}"
    ) {
        if let Some(code) = MailCode::parse(&text) {
            prop_assert_eq!(again(&code), code.shown().expose().to_owned());
        }
        if let Some(code) = RecoveryCode::parse(&text) {
            prop_assert_eq!(RecoveryCode::parse(code.shown().expose()).unwrap().digest(), code.digest());
        }
        if let Some(link) = LinkSecret::parse(&text) {
            prop_assert_eq!(link.text().expose().to_owned(), text);
        }
    }
}
