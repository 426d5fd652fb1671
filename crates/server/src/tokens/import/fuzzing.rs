//! The property that fuzzers and plain tests hold the reading of lines to.

use std::borrow::Cow;

use time_and_chance::Time;
use token_format::fuzzing::acme;

use super::{
    Encoding, Unsaid,
    column::{Column, Fields},
    csv, json,
    lines::LONGEST,
    reader::Reader,
    rules::{Line, Rules},
};
use crate::tokens::Algorithm;

/// Holds for any bytes at all, or panics: as a file, as one line of either form, as one value.
pub fn check_import_line(bytes: &[u8]) {
    let unsaid = Unsaid {
        workspace: Some("external:acme".to_owned()),
        algorithm: Some(Algorithm::Sha256),
        encoding: Some(Encoding::Hex),
        prefix_hashed: Some(true),
    };
    let rules = Rules::new(&acme(), Time::from_micros(1_795_442_520_000_000), unsaid);
    every_line_of_a_file_is_good_or_told_of(bytes, &rules);
    if let Ok(text) = std::str::from_utf8(bytes) {
        a_line_reads_as_good_or_is_told_of(text, &rules);
        a_value_survives_being_quoted(text);
    }
}

fn every_line_of_a_file_is_good_or_told_of(bytes: &[u8], rules: &Rules) {
    let mut reader = Reader::new(bytes, rules);
    let (mut last, mut lines) = (0, 0);
    loop {
        let batch = reader.batch().expect("memory can be read");
        if batch.is_empty() {
            break;
        }
        for (number, line) in batch {
            assert!(number > last, "lines are numbered in their order");
            (last, lines) = (number, lines + 1);
            match line {
                Ok(line) => is_good(&line),
                Err(why) => is_a_sentence(&why, bytes),
            }
        }
    }
    assert!(lines > 0 || !bytes.is_empty(), "an empty file is told of");
    assert!(last <= bytes.split(|byte| *byte == b'\n').count() as u64);
}

fn a_line_reads_as_good_or_is_told_of(text: &str, rules: &Rules) {
    for fields in [json::fields(text), csv::fields(Column::ALL, text), csv::fields(&[Column::Digest], text)] {
        match fields.and_then(|fields| rules.line(&fields)) {
            Ok(line) => is_good(&line),
            Err(why) => is_a_sentence(&why, text.as_bytes()),
        }
    }
    for column in Column::ALL {
        let mut fields = Fields::default();
        fields.set(Column::Digest, Cow::Owned("0".repeat(64)));
        fields.set(*column, Cow::Borrowed(text));
        if let Ok(line) = rules.line(&fields) {
            is_good(&line);
        }
    }
}

fn is_good(line: &Line) {
    assert_eq!(line.digest.len(), line.scheme.algorithm.output_len());
    assert_eq!(line.prefix.is_none(), line.version == 1);
    assert!((1..=3).contains(&line.version));
    let texts = [&line.prefix, &line.hint, &line.external_id].into_iter().flatten().map(String::as_str);
    for text in texts.chain([line.description.expose()]) {
        assert!(!text.is_empty() && !text.chars().any(char::is_control) && text.chars().count() <= 200);
    }
}

fn is_a_sentence(why: &str, bytes: &[u8]) {
    assert!(why.ends_with('.') && !why.contains('\n'), "{why}");
    assert!(why.len() < 500, "{why}");
    // 64 characters in a row may be a secret.
    let mut words = bytes.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| word.len() >= 64);
    assert!(!words.any(|word| String::from_utf8_lossy(word).as_ref() == why || contains(why, word)), "{why}");
}

fn contains(why: &str, word: &[u8]) -> bool {
    why.as_bytes().windows(word.len()).any(|part| part == word)
}

fn a_value_survives_being_quoted(text: &str) {
    if text.len() > LONGEST {
        return;
    }
    let line = format!("\"{}\",plain", text.replace('"', "\"\""));
    let values: Vec<_> = csv::values(&line).collect();
    assert_eq!(values, [Ok(Cow::Borrowed(text)), Ok(Cow::Borrowed("plain"))]);
}
