//! What is a token, and what is found in the text around it.

use token_format::fuzzing::{acme, check_any_text, seeded};
use token_format::{
    Digest, MOST_CANDIDATES, Malformed, Prefix, Prefixes, Version, candidates, checksum, exact, find_all,
    mint, parse,
};

const RANDOM: &str = "R4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd";

/// A token of version 3, a token of version 2, a token of version 1.
fn three() -> [String; 3] {
    let body = format!("{RANDOM}{}", checksum(RANDOM));
    [format!("acme_{body}"), format!("acme_{RANDOM}zzzzzz"), format!("{RANDOM}000000")]
}

fn found_in(text: &str) -> String {
    parse(text, &acme()).expect(text).secret().expose().to_owned()
}

#[test]
fn the_three_versions_are_told_apart() {
    let versions = three().map(|token| exact(&token, &acme()).expect("a token").version());
    assert_eq!(versions, [Version::V3, Version::V2, Version::V1]);
    assert_eq!(versions.map(Version::number), [3, 2, 1]);
}

#[test]
fn a_minted_token_is_of_version_3_and_of_its_prefix() {
    let prefixes = acme();
    for prefix in prefixes.all() {
        let secret = mint(prefix, &mut seeded(7));
        let parsed = exact(secret.expose(), &prefixes).unwrap();
        assert_eq!(parsed.version(), Version::V3);
        assert_eq!(parsed.prefix(), Some(prefix));
        assert_eq!(parsed.operator(), prefix.is_operator());
        assert_eq!(secret.expose().len(), prefix.as_str().len() + 65);
    }
}

#[test]
fn the_digest_covers_the_prefix_and_the_hint_does_not() {
    let [checked, _, bare] = three();
    let parsed = exact(&checked, &acme()).unwrap();
    assert_eq!(parsed.digest(), Digest::of(&checked));
    assert_eq!(parsed.hint().to_string(), "R4nd0");
    assert_eq!(parsed.body(), &checked[5..]);
    let parsed = exact(&bare, &acme()).unwrap();
    assert_eq!(parsed.digest(), Digest::of(&bare));
    assert_eq!(parsed.hint().as_str(), "R4nd0");
}

#[test]
fn debug_of_a_token_shows_no_more_than_its_kind() {
    let shown = format!("{:?}", parse(&three()[0], &acme()).unwrap());
    assert_eq!(shown, "Parsed { secret: Secret(…), version: V3, prefix: Some(Prefix(acme)) }");
}

#[test]
fn a_token_is_found_in_what_surrounds_it_in_a_report() {
    for token in three() {
        for text in [
            format!("  {token}\r\n"),
            format!("\u{a0}{token}\u{3000}"),
            format!("\u{feff}{token}\u{200b}"),
            format!("'{token}'"),
            format!("\"{token}\","),
            format!("`{token}`;"),
            format!("“{token}”"),
            format!("‘{token}’"),
            format!("«{token}»."),
            format!("({token})"),
            format!("[{token}]"),
            format!("{{{token}}}"),
            format!("<b>{token}</b>"),
            format!("export API_KEY={token}"),
            format!("API_KEY_{token}"),
            format!("my-{token}-old"),
            format!("Authorization: Bearer {token}"),
            format!("secret-token:{token}"),
            format!("https://api.example.com/?token={token}&page=2"),
            format!("https://user:{token}@example.com/"),
            format!("é{token}é"),
        ] {
            assert_eq!(found_in(&text), token, "{text}");
        }
    }
}

#[test]
fn an_escape_before_a_token_does_not_hide_it() {
    for token in three() {
        for escape in ["%22", "%3D", "%3d", "\\n", "\\r", "\\t", "\\u0022", "\\u003d"] {
            assert_eq!(found_in(&format!("key{escape}{token}%22")), token, "{escape}");
        }
    }
}

#[test]
fn a_percent_encoded_underscore_is_an_underscore() {
    let [token, ..] = three();
    for spelling in ["%5F", "%5f"] {
        assert_eq!(found_in(&format!("secret-token:{}", token.replace('_', spelling))), token);
    }
    assert_eq!(found_in(&format!("%22{}%22", token.replace('_', "%5F"))), token);
}

#[test]
fn a_token_inside_of_a_longer_word_is_none() {
    let [checked, unchecked, bare] = three();
    for text in [
        format!("{checked}x"),
        format!("{unchecked}0"),
        format!("{bare}0"),
        format!("0{bare}"),
        checked[..checked.len() - 1].to_owned(),
        bare[1..].to_owned(),
        checked[5..].replacen('0', "-", 1),
    ] {
        assert_eq!(parse(&text, &acme()).unwrap_err(), Malformed::NoToken, "{text}");
    }
}

#[test]
fn sixty_four_characters_after_an_unknown_prefix_may_still_be_an_old_token() {
    let parsed = parse(&three()[0].replace("acme", "acne"), &acme()).unwrap();
    assert_eq!((parsed.version(), parsed.prefix()), (Version::V1, None));
}

#[test]
fn letters_that_are_glued_to_the_prefix_do_not_hide_a_token() {
    let [checked, unchecked, _] = three();
    for token in [checked, unchecked] {
        for text in [
            format!("x{token}"),
            format!("\\x22{token}\\x22"),
            format!("key%253D{token}"),
            format!("\u{1b}[32m{token}\u{1b}[0m"),
        ] {
            assert_eq!(found_in(&text), token, "{text}");
        }
    }
}

#[test]
fn a_prefix_is_matched_in_lower_case_only() {
    let upper = three()[0].replace("acme", "ACME");
    assert_eq!(parse(&upper, &acme()).unwrap().version(), Version::V1);
}

#[test]
fn the_likeliest_token_of_several_is_taken() {
    let [checked, unchecked, bare] = three();
    assert_eq!(found_in(&format!("{bare} {unchecked} {checked}")), checked);
    assert_eq!(found_in(&format!("{bare} {unchecked}")), unchecked);
    assert_eq!(found_in(&format!("{bare} {}", bare.replace('R', "Q"))), bare);
}

#[test]
fn candidates_are_the_likeliest_first_and_each_once() {
    let [checked, unchecked, bare] = three();
    let text = format!("{bare},{unchecked},{bare},{checked},{checked}");
    let all: Vec<_> =
        candidates(&text, &acme()).iter().map(|token| token.secret().expose().to_owned()).collect();
    assert_eq!(all, [checked, unchecked, bare]);
}

#[test]
fn a_token_is_found_behind_any_number_of_look_alikes() {
    let [checked, ..] = three();
    let digests: Vec<_> = (0..1_000).map(|n| Digest::of(&n.to_string()).hex()).collect();
    let found = candidates(&format!("{}\n{checked}", digests.join("\n")), &acme());
    assert_eq!(found.len(), MOST_CANDIDATES);
    assert_eq!(found[0].secret().expose(), checked);
}

#[test]
fn every_token_is_found_where_it_lies_as_often_as_it_stands_there() {
    let [checked, _, bare] = three();
    let encoded = checked.replace('_', "%5F");
    let text = format!("{checked}, %22{encoded}%22 {bare} {}", format!("{checked} ").repeat(20));
    let prefixes = acme();
    let found: Vec<_> = find_all(&text, &prefixes).map(|find| &text[find.range()]).collect();
    assert_eq!(found.len(), 23);
    assert_eq!(found[..4], [&checked, &encoded, &bare, &checked]);
}

#[test]
fn a_presented_credential_is_the_token_and_nothing_else() {
    let [token, ..] = three();
    for text in [
        format!(" {token}"),
        format!("{token}\n"),
        format!("\"{token}\""),
        token.replace('_', "%5F"),
        format!("{token} {token}"),
    ] {
        assert_eq!(exact(&text, &acme()).unwrap_err(), Malformed::Surrounded, "{text}");
    }
    assert_eq!(exact("acme_short", &acme()).unwrap_err(), Malformed::NoToken);
    assert_eq!(exact(" \u{a0}", &acme()).unwrap_err(), Malformed::Empty);
}

#[test]
fn a_former_prefix_is_still_known_and_an_unknown_one_is_not() {
    let old = three()[0].replace("acme", "oldacme");
    assert_eq!(exact(&old, &acme()).unwrap().prefix().unwrap().as_str(), "oldacme");
    let today = Prefixes::only(Prefix::new("acme").unwrap()).unwrap();
    assert_eq!(exact(&old, &today).unwrap_err(), Malformed::Surrounded);
}

#[test]
fn ten_megabytes_of_anything_are_walked_through_once() {
    const SIZE: usize = 10_000_000;
    for part in ["acme_", "a", "%5F", "\\u0022", "é", " ", three()[1].as_str(), "acme%5F0123 "] {
        let text: String = part.repeat(SIZE / part.len());
        assert!(candidates(&text, &acme()).len() <= MOST_CANDIDATES);
    }
}

#[test]
fn texts_at_the_edge_keep_the_property_that_is_fuzzed() {
    let [checked, unchecked, bare] = three();
    for text in ["", "_", "%", "\\", "%5F", "\\u", "acme_", "_acme_", "%5f%5f", "\u{feff}"] {
        check_any_text(text.as_bytes());
        for token in [&checked, &unchecked, &bare] {
            check_any_text(format!("{text}{token}").as_bytes());
            check_any_text(format!("{token}{text}").as_bytes());
            check_any_text(format!("{}{text}", &token[5..]).as_bytes());
        }
    }
}
