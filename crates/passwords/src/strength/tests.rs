use proptest::prelude::*;

use super::*;

fn judged(text: &str, context: &[&str]) -> Strength {
    judge(&Password::new(text).unwrap(), context)
}

fn common(text: &str) -> bool {
    is_common(&Password::new(text).unwrap())
}

#[test]
fn a_score_goes_from_nothing_to_what_nobody_guesses() {
    for (text, score) in [
        ("", 0),
        ("password", 0),
        ("zebra7", 1),
        ("correct horse battery staple", 4),
        ("🐎🔋📎✅", 1),
        ("nul\0nul\0nul", 2),
    ] {
        assert_eq!(judged(text, &[]).score, score, "{text}");
    }
    assert_eq!(judged("correct horse battery staple", &[]).advice, [""; 0]);
}

#[test]
fn what_comes_after_40_characters_does_not_count() {
    let long = "x".repeat(40);
    assert_eq!(judged(&(long.clone() + "correct horse battery staple"), &[]), judged(&long, &[]));
    assert_eq!(judged(&("correct horse battery staple".to_owned() + &"x".repeat(996)), &[]).score, 4);
}

#[test]
fn a_password_that_is_a_word_of_the_context_is_named_by_it() {
    let context = ["Bailiwick", "Acme Corp", "Ana Lovelace", "ana.lovelace@example.com", "Li Wei"];
    for (text, word) in [
        ("bailiwick", "Bailiwick"),
        ("B4iliw1ck!", "Bailiwick"),
        ("BAILIWICK2026", "Bailiwick"),
        ("acmecorp123", "AcmeCorp"),
        ("acme-corp", "Acme"),
        ("@cme1234", "Acme"),
        ("lovelaceacme", "Lovelace"),
        ("my.10ve1ace", "Lovelace"),
        ("liwei1988", "LiWei"),
        ("password-lovelace", "Lovelace"),
        ("acmeacmeacme", "Acme"),
    ] {
        assert_eq!(judged(text, &context).only_a_word.as_deref(), Some(word), "{text}");
    }
}

#[test]
fn a_word_of_the_context_among_others_is_no_reason_to_refuse() {
    let context = ["Bailiwick", "Acme Corp", "Ana Lovelace", "a@b.example", ""];
    for text in
        ["acme correct horse battery", "bailiwick-xkq7vw2m", "anagram of nothing", "correct horse", "ana"]
    {
        assert_eq!(judged(text, &context).only_a_word, None, "{text}");
    }
}

#[test]
fn words_of_the_context_make_the_score_lower() {
    let (without, with) =
        (judged("bailiwickacmefleet", &[]), judged("bailiwickacmefleet", &["Bailiwick", "acme", "fleet"]));
    assert!(with.score < without.score, "{with:?} and {without:?}");
}

/// Some of those that were in most collections of leaked passwords, and one of the last in the list.
#[test]
fn common_passwords_are_known_in_any_case() {
    for text in [
        "12345678",
        "password",
        "PassWord",
        "password1",
        "password123",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "trustno1",
        "starwars",
        "qwertyuiop",
        "1q2w3e4r",
        "11111111",
        "88888888",
        "1qaz2wsx",
        "samantha1",
        "johndeere",
        "100200300",
        "hilfiger",
        "11234567",
        "ADMINISTRATOR",
    ] {
        assert!(common(text), "{text}");
    }
}

#[test]
fn others_are_not_common() {
    for text in ["correct horse battery staple", "xkq7vw2m", "zebra-lantern", "🐎🔋📎✅🐎🔋", &"a".repeat(41)]
    {
        assert!(!common(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_is_judged(text in "(?s).{0,60}", context in "(?s).{0,20}") {
        let strength = judged(&text, &[&context, &text]);
        prop_assert!(strength.score <= 4 && strength.advice.len() <= 2);
        common(&text);
    }

    #[test]
    fn texts_of_what_is_looked_for_are_judged(
        text in "([4@8({<3691!|170$5+%2]|a{1,9}|(ab){1,5}|11/12/1991|qwerty|İ|ß|ﬁ|\0|🐎|password|1987){0,12}",
    ) {
        prop_assert!(judged(&text, &["password", "İstanbul"]).score <= 4);
    }
}
