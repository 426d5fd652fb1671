use serde_json::json;

use super::*;
use crate::{
    audit::Actor,
    permissions::Over,
    tokens::import::{MOST_BAD, lines::LONGEST},
};

/// A file of a good line, one with these values, and a good one.
fn csv(columns: &str, values: &str) -> String {
    let (good, last, none) = (sha256("good"), sha256("last"), ",".repeat(columns.split(',').count()));
    format!("digest,{columns}\n{good}{none}\n{},{values}\n{last}{none}\n", sha256("bad"))
}

#[tokio::test]
async fn a_bad_value_is_told_of_by_its_line_in_a_sentence() {
    let house = House::new().await;
    for (column, value, why) in [
        ("algorithm", "md5", "\"algorithm\" must be sha1, sha256, sha384 or sha512."),
        (
            "algorithm",
            "sha512",
            "\"digest\" must be 64 bytes, written in hex, as its \"algorithm\" makes them.",
        ),
        ("encoding", "base32", "\"encoding\" must be hex, base64 or base64url."),
        (
            "encoding",
            "base64",
            "\"digest\" must be 32 bytes, written in base64, as its \"algorithm\" makes them.",
        ),
        ("prefix_hashed", "yes", "\"prefix_hashed\" must be true or false."),
        ("prefix", "other", "\"prefix\" must be one that the settings name: acme or oldacme."),
        ("prefix", "acmeop", "\"prefix\" must be one that the settings name: acme or oldacme."),
        ("version", "4", "\"version\" must be 1, 2 or 3."),
        ("version", "2", "A token of version 2 or 3 has a \"prefix\": say which."),
        ("prefix,version", "acme,1", "A token of version 1 has no \"prefix\"."),
        (
            "workspace",
            "acme",
            "\"workspace\" must be a workspace's id, or external: and its id in the product.",
        ),
        ("workspace", "external:nobody", "There is no such \"workspace\"."),
        (
            "creator",
            "Ana",
            "\"creator\" must be a person's id, a mail address, or external: and the person's id in the product.",
        ),
        ("creator", "eve@example.com", "There is no such person as \"creator\" names."),
        ("role", "admin", "\"role\" must be owner or member."),
        ("hint", "abcd", "\"hint\" must be the first 5 letters and digits after the prefix."),
        ("hint", "abc_d", "\"hint\" must be the first 5 letters and digits after the prefix."),
        ("description", "a\tb", "\"description\" must be one line, without control characters."),
        ("description", &"x".repeat(201), "\"description\" may have at most 200 characters."),
        ("external_id", &"x".repeat(201), "\"external_id\" may have at most 200 characters."),
        (
            "created_at",
            "yesterday",
            "\"created_at\" must be a time as of RFC 3339, such as 2026-11-23T14:02:00Z.",
        ),
        ("created_at", "2026-11-23T14:02:01Z", "\"created_at\" lies in the future."),
        ("last_used_at", "2030-01-01T00:00:00Z", "\"last_used_at\" lies in the future."),
        ("revoked_at", "2030-01-01T00:00:00Z", "\"revoked_at\" lies in the future."),
        ("description", "one,two", "There are 2 columns, and 3 values on this line."),
        (
            "description",
            "\"open",
            "A quote is not closed on this line, and no value may have a line break in it.",
        ),
    ] {
        let bad = house.bad_lines(csv(column, value)).await;
        assert_eq!(bad, [BadLine { line: 3, why: why.to_owned() }], "{column} {value}");
    }
}

#[tokio::test]
async fn what_nothing_says_is_asked_for() {
    let house = House::new().await;
    let file = format!("digest,prefix\n{},acme\n", sha256("1"));
    for (unsaid, why) in [
        (Unsaid { workspace: None, ..plain() }, "Nothing says whose token it is: there is no \"workspace\"."),
        (Unsaid { algorithm: None, ..plain() }, "Nothing says which \"algorithm\" made the digest."),
        (Unsaid { encoding: None, ..plain() }, "Nothing says by which \"encoding\" the digest is written."),
        (
            Unsaid { prefix_hashed: None, ..plain() },
            "Nothing says by \"prefix_hashed\" whether the prefix was hashed along.",
        ),
    ] {
        let Err(ImportFault::Refused(bad)) = house.import_with(unsaid, &file).await else { panic!("{why}") };
        assert_eq!(bad, [BadLine { line: 2, why: why.to_owned() }]);
    }
    // Version 1 has no prefix that could have been hashed.
    let unsaid = Unsaid { prefix_hashed: None, ..plain() };
    assert!(house.import_with(unsaid, format!("digest\n{}\n", sha256("1"))).await.is_ok());
}

#[tokio::test]
async fn a_column_or_member_that_is_not_known_is_named() {
    let house = House::new().await;
    let known = "is none that is known: there are digest, algorithm,";
    let csv = house.bad_lines(format!("\ndigest,color\n{},red\n", sha256("1"))).await;
    assert_eq!(csv.len(), 1);
    assert_eq!(csv[0].line, 2);
    assert!(csv[0].why.starts_with(&format!("\"color\" {known}")), "{}", csv[0].why);

    let json = house.bad_lines(json!({"digest": sha256("1"), "color": "red"}).to_string()).await;
    assert_eq!(json[0].line, 1);
    assert!(json[0].why.starts_with(&format!("\"color\" {known}")), "{}", json[0].why);
}

#[tokio::test]
async fn a_file_without_its_column_names_is_refused_and_no_value_is_repeated() {
    let house = House::new().await;
    let secret = version_2("a secret instead of a digest");
    let bad = house.bad_lines(format!("{secret},acme\n{secret},acme\n")).await;
    assert_eq!(bad.len(), 1);
    assert!(bad[0].why.starts_with("One of these names is none that is known"), "{}", bad[0].why);
    assert_eq!(house.bad_lines("description\nx\n").await[0].why, "There is no column \"digest\".");
    assert_eq!(house.bad_lines("digest,digest\n").await[0].why, "The column \"digest\" stands here twice.");
}

#[tokio::test]
async fn json_that_is_no_plain_object_is_told_of() {
    let house = House::new().await;
    let good = json!({"digest": sha256("1")}).to_string();
    for (line, why) in [
        (r#"{"digest": "#, "This is not one JSON object: see column 11."),
        ("digest", "This is not one JSON object: see column 1."),
        (r#"{"digest": "a"} {}"#, "This is not one JSON object: see column 17."),
        (r#"{"digest": "a", "digest": "b"}"#, "The member \"digest\" stands here twice."),
        (r#"{"digest": ["a"]}"#, "\"digest\" must be a text, a whole number, true, false or null."),
        (r#"{"digest": {"a": 1}}"#, "\"digest\" must be a text, a whole number, true, false or null."),
        (r#"{"version": 2.5}"#, "\"version\" must be a text, a whole number, true, false or null."),
        ("{}", "There is no \"digest\"."),
    ] {
        let bad = house.bad_lines(format!("{good}\n{line}\n")).await;
        assert_eq!(bad, [BadLine { line: 2, why: why.to_owned() }], "{line}");
    }
    assert!(house.bad_lines(format!("[{good}]")).await[0].why.contains("one object a line"));
}

#[tokio::test]
async fn what_cannot_be_a_line_is_told_of_and_the_lines_after_it_are_still_read() {
    let house = House::new().await;
    let mut file = format!("digest,description\n{},", sha256("1")).into_bytes();
    file.extend(b"\xff\n");
    file.extend(vec![b'x'; LONGEST + 1]);
    file.extend(b"\r\n");
    file.extend(vec![b'y'; 4 * LONGEST]);
    file.extend(b"\nno digest,");
    let bad = house.bad_lines(&file).await;
    let told: Vec<_> = bad.iter().map(|bad| (bad.line, bad.why.as_str())).collect();
    let long = format!("The line is longer than {LONGEST} bytes.");
    let digest = "\"digest\" must be 32 bytes, written in hex, as its \"algorithm\" makes them.";
    assert_eq!(told, [(2, "The line is not UTF-8."), (3, &long), (4, &long), (5, digest)]);
}

#[tokio::test]
async fn an_empty_file_and_a_compressed_one_are_refused() {
    let house = House::new().await;
    for empty in ["", "\n", "\u{feff}", " \r\n\r\n"] {
        assert!(house.bad_lines(empty).await[0].why.starts_with("The file is empty."), "{empty:?}");
    }
    assert!(house.bad_lines(b"\x1f\x8b\x08\0\0\0").await[0].why.contains("gunzip"));
}

#[tokio::test]
async fn after_twenty_bad_lines_the_rest_is_not_looked_at() {
    let house = House::new().await;
    let bad = house.bad_lines(format!("digest\n{}", "x\n".repeat(100))).await;
    assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), (2..22).collect::<Vec<_>>());
    let sentence = ImportFault::Refused(bad).to_string();
    assert!(sentence.starts_with("Line 2: \"digest\" must be"), "{sentence}");
    assert!(sentence.ends_with("The rest was not looked at.\nNothing was imported."), "{sentence}");
    assert_eq!(sentence.lines().count(), MOST_BAD + 2);
}

#[tokio::test]
async fn a_bad_line_at_the_very_end_takes_everything_before_it_along() {
    let house = House::new().await;
    let lines: String = (0..2500).map(|n| format!("{}\n", sha256(&n.to_string()))).collect();
    let bad = house.bad_lines(format!("digest\n{lines}too short\n")).await;
    assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2502]);
    assert_eq!(house.stored().await, 0);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_no_bad_line() {
    let house = House::new().await;
    let source = Source::Path(house.dir.path().join("missing"));
    let fault = import(&house.app, &Authority::on_this_machine(), source, plain()).await.unwrap_err();
    assert!(matches!(fault, ImportFault::Io(_)), "{fault}");
}

#[tokio::test]
async fn an_owner_does_not_import() {
    let house = House::new().await;
    let owner = Authority::new(Over::Workspace(house.acme.clone()), Actor::Machine);
    let source = Source::Path(house.file(b"digest\n"));
    let fault = import(&house.app, &owner, source, plain()).await.unwrap_err();
    assert!(matches!(fault, ImportFault::OperatorsOnly), "{fault}");
}
