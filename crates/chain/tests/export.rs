//! An export says what it said, or it is found.

use chain::{
    ExportReader, Finding, Hash, Head, Heads, Place, Unproven,
    fuzzing::{check, check_export, check_heads, export_of, key},
};
use proptest::prelude::*;

const DETAILS: [&str; 5] =
    ["{}", "{\"description\":\"deploy-bot\"}", "{\"after\":\"\\u0000 ä \\\"\"}", "", "\u{1F980}\n\r\t\u{1}"];

fn export() -> Vec<String> {
    export_of(&DETAILS)
}

fn found(lines: &[String]) -> Vec<Finding> {
    check(lines.join("\n").as_bytes()).findings
}

#[test]
fn what_is_exported_fits_together_with_and_without_a_last_line_end() {
    let text = export().join("\n");
    for text in [text.clone(), text + "\n"] {
        let report = check(text.as_bytes());
        assert_eq!((report.entries, report.findings), (5, vec![]));
    }
    assert_eq!(check(export_of(&[]).join("\n").as_bytes()).findings, []);
}

#[test]
fn each_byte_that_is_changed_left_out_or_put_in_is_found() {
    let text = export().join("\n").into_bytes();
    for at in 0..text.len() {
        let mut changed = text.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(!check(&changed).findings.is_empty(), "byte {at}");
        let mut shorter = text.clone();
        shorter.remove(at);
        assert!(!check(&shorter).findings.is_empty(), "without byte {at}");
        for byte in [b' ', b'\n', text[at]] {
            let mut longer = text.clone();
            longer.insert(at, byte);
            assert!(!check(&longer).findings.is_empty(), "with {byte} before byte {at}");
        }
    }
}

#[test]
fn each_line_that_is_left_out_doubled_or_moved_is_found() {
    let lines = export();
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(at);
        assert!(!found(&fewer).is_empty(), "without line {at}");
        for to in 0..lines.len() {
            let mut more = lines.clone();
            more.insert(to, lines[at].clone());
            assert!(!found(&more).is_empty(), "line {at} again at {to}");
            if at != to {
                let mut other = lines.clone();
                other.swap(at, to);
                assert!(!found(&other).is_empty(), "lines {at} and {to}");
            }
        }
    }
}

#[test]
fn what_was_done_is_called_by_its_name() {
    let lines = export();
    let chain = || "ws_one".to_owned();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat();
    assert_eq!(
        found(&without(3)),
        [Finding::Incomplete { lines: 6 }, Finding::Removed { chain: chain(), from: 2, to: 2 }]
    );
    assert_eq!(found(&without(6)), [Finding::Incomplete { lines: 6 }]);
    let cut = Finding::CutTail { chain: chain(), last: 3, expected: 4, head: Some(1) };
    assert_eq!(found(&lines[..5]), [Finding::Incomplete { lines: 5 }, cut]);

    let mut edited = lines.clone();
    edited[3] = edited[3].replace("token.created", "token.revoked");
    assert_eq!(found(&edited), [Finding::Edited { chain: chain(), sequence: 2 }]);
    let mut details = lines.clone();
    details[3] = details[3].replace("deploy-bot", "deploy-bat");
    assert_eq!(found(&details), [Finding::DetailsEdited { chain: chain(), sequence: 2 }]);
    let mut forged = lines;
    forged[1] = forged[1].replace("\"at\":1,", "\"at\":2,");
    assert_eq!(found(&forged), [Finding::HeadForged { head: 1 }]);
}

#[test]
fn that_an_export_has_no_head_but_its_own_is_told() {
    // Cut so that it ends with an entry that a head was once signed of, and says so: its own head covers nothing beyond.
    let lines = export_of(&DETAILS[..2]);
    let report = check(lines.join("\n").as_bytes());
    assert_eq!(report.findings, []);
    assert!(report.unproven.contains(&Unproven::OwnHead { head: 1 }), "{:?}", report.unproven);
    assert!(!report.unproven.contains(&Unproven::NoHeads));
    let headless = check(export_of(&DETAILS[..1]).join("\n").as_bytes());
    assert!(headless.unproven.contains(&Unproven::NoHeads), "{:?}", headless.unproven);

    let head = Head {
        number: 1,
        at: 1,
        previous: Hash::NOTHING,
        chains: vec![],
        shredded: vec![],
        next_key: None,
        restored: None,
    };
    let other = head.sign(&key());
    let second = Head { number: 2, previous: other.hash(), ..other.head.clone() }.sign(&key());
    let mut heads = Heads::trusting([key().public()]);
    heads.head(&second, Place::Outside);
    let mut reader = ExportReader::new(heads);
    for line in export_of(&DETAILS[..1]) {
        reader.line(&line);
    }
    let report = reader.finish();
    assert!(!report.unproven.iter().any(|open| matches!(open, Unproven::OwnHead { .. } | Unproven::NoHeads)));
}

#[test]
fn what_was_recorded_after_a_head_is_no_finding_whatever_heads_are_at_hand() {
    let hour = 3_600_000_000;
    let began = 1_795_435_200_000_000;
    let head = |number: u64, previous| {
        let at = began + i64::try_from(number).expect("it is small") * hour;
        Head { number, at, previous, chains: vec![], shredded: vec![], next_key: None, restored: None }
            .sign(&key())
    };
    let mut row = vec![head(1, Hash::NOTHING)];
    for number in 2..=5 {
        row.push(head(number, row[row.len() - 1].hash()));
    }
    let read = |heads: &[chain::SignedHead]| {
        let mut known = Heads::trusting([key().public()]);
        for head in heads {
            known.head(head, Place::Outside);
        }
        let mut reader = ExportReader::new(known);
        // Entries without a head of the export's own.
        for line in export_of(&DETAILS[..1]) {
            reader.line(&line);
        }
        reader.finish()
    };
    // Heads 3 to 5: the entry may be named by one of those before, which nobody has here.
    let report = read(&row[2..]);
    assert_eq!(report.findings, []);
    let open = Unproven::NotYetHeaded { chain: "ws_one".to_owned(), from: 1 };
    assert!(report.unproven.contains(&open), "{:?}", report.unproven);
    let left_out = Finding::LeftOut { chain: "ws_one".to_owned(), from: 1, head: 5 };
    assert_eq!(read(&row).findings, [left_out], "with all of them it is plain that none names it");
    // Its own head covers all but the last entry, which was recorded after it.
    let own = check(export().join("\n").as_bytes());
    assert_eq!(own.findings, []);
    assert!(own.unproven.contains(&Unproven::NotYetHeaded { chain: "ws_one".to_owned(), from: 5 }));
}

#[test]
fn an_export_of_which_the_last_lines_are_missing_is_found_however_many_they_are() {
    let lines = export();
    for kept in 0..lines.len() {
        let found = found(&lines[..kept]);
        let told =
            |finding: &Finding| matches!(finding, Finding::Incomplete { .. } | Finding::Unreadable { .. });
        assert!(found.iter().any(told), "{kept} lines: {found:?}");
    }
    // Where the header was made to fit, heads know what is missing.
    let mut fitting = lines[..5].to_vec();
    fitting[0] = fitting[0].replace("\"entries\":5", "\"entries\":3");
    let cut = Finding::CutTail { chain: "ws_one".to_owned(), last: 3, expected: 4, head: Some(1) };
    assert_eq!(found(&fitting), [cut]);
}

#[test]
fn an_export_of_another_key_is_not_believed() {
    let text = export().join("\n");
    let mut reader =
        chain::ExportReader::new(chain::Heads::trusting([chain::SigningKey::from_seed(&[8; 32]).public()]));
    text.split('\n').for_each(|line| reader.line(line));
    let another = Finding::HeadOfAnotherKey { head: 1, key: key().public() };
    assert_eq!(reader.finish().findings, [another]);
}

proptest! {
    #[test]
    fn any_details_come_out_as_they_went_in(details in prop::collection::vec(".{0,60}", 1..20)) {
        let details: Vec<&str> = details.iter().map(String::as_str).collect();
        prop_assert_eq!(found(&export_of(&details)), []);
    }

    #[test]
    fn any_one_edit_is_found(details in prop::collection::vec(".{0,30}", 1..8), at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..4), left_out in 0_usize..4) {
        let details: Vec<&str> = details.iter().map(String::as_str).collect();
        let text = export_of(&details).join("\n").into_bytes();
        let at = at.index(text.len());
        let end = (at + left_out).min(text.len());
        let edited = [&text[..at], &bytes, &text[end..]].concat();
        // A line's end at the end is no edit.
        let same = edited.strip_suffix(b"\n").unwrap_or(&edited) == text;
        prop_assert_eq!(check(&edited).findings.is_empty(), same);
    }

    #[test]
    fn no_bytes_at_all_break_a_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_export(&bytes);
        check_heads(&bytes);
    }
}
