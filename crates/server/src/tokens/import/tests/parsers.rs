use std::borrow::Cow;

use proptest::prelude::*;

use crate::tokens::import::{csv, fuzzing::check_import_line};

proptest! {
    #[test]
    fn any_bytes_are_good_lines_or_told_of(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_import_line(&bytes);
    }

    #[test]
    fn what_looks_like_a_line_is_good_or_told_of(
        text in r#"(\{?("?(digest|role|version|created_at|prefix|acme|true|null|2|[0-9a-f]{64}|[ -~é]{0,4})"?[,:\n\r ]?){0,12}\}?)"#,
    ) {
        check_import_line(text.as_bytes());
    }

    #[test]
    fn values_are_read_as_another_reader_of_csv_does(line in r#"[a-c", ]{0,20}"#) {
        let ours: Result<Vec<_>, _> = csv::values(&line).collect();
        let mut theirs = ::csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        // We are stricter about quotes, and they skip an empty line.
        if let (Ok(ours), Some(theirs)) = (ours, theirs.records().next()) {
            let theirs = theirs.unwrap();
            prop_assert_eq!(ours, theirs.iter().map(Cow::Borrowed).collect::<Vec<_>>());
        }
    }
}
