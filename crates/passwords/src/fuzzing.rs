//! The properties that fuzzers and plain tests hold the parsers to.

use crate::{
    Password, Scheme, Stored,
    breaches::{RangeAnswer, Sha1},
};

/// Any bytes as an answer of the range API: read as a whole or not at all, and a password is in it just as its own lines say.
pub fn check_range_answer(bytes: &[u8]) {
    let sha1 = Sha1::of(&Password::new("abc").expect("it is short"));
    let of_lines = bytes.split(|&byte| byte == b'\n').filter_map(|line| {
        let line = std::str::from_utf8(line).ok()?;
        let (suffix, count) = line.strip_suffix('\r').unwrap_or(line).split_once(':')?;
        suffix.eq_ignore_ascii_case(sha1.suffix()).then(|| count.parse::<u64>().unwrap_or(0))
    });
    let counts: Vec<u64> = of_lines.collect();
    match RangeAnswer::read(bytes) {
        Ok(answer) if counts.iter().all(|&count| count == 0) => assert_eq!(answer.seen(&sha1), 0),
        Ok(answer) => assert!(counts.contains(&answer.seen(&sha1)) && answer.seen(&sha1) > 0),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
    // One more line at the end is found, unless there was no answer before it.
    if !bytes.is_empty() && bytes.len() < RangeAnswer::MOST / 2 {
        let longer =
            [bytes.strip_suffix(b"\n").unwrap_or(bytes), b"\n", sha1.suffix().as_bytes(), b":7\r\n"].concat();
        let before = RangeAnswer::read(bytes).is_ok();
        assert_eq!(RangeAnswer::read(&longer).ok().map(|answer| answer.seen(&sha1)), before.then_some(7));
    }
}

/// Any text as a stored hash: its scheme is one that may be checked, and it reads back as itself. Any text as a scheme likewise.
pub fn check_stored(text: &str) {
    match text.parse::<Stored>() {
        Ok(stored) => {
            assert_eq!(stored.scheme().checked(), Ok(stored.scheme()));
            assert_eq!(stored.as_str().parse(), Ok(stored.clone()));
            assert_eq!(stored.scheme().to_string().parse(), Ok(stored.scheme()));
        }
        Err(why) => assert!(!why.to_string().is_empty()),
    }
    if let Ok(imported) = Stored::import(text) {
        assert!(matches!(imported.scheme(), Scheme::ForeignBcrypt { .. }));
    }
    if let Ok(scheme) = text.parse::<Scheme>() {
        assert_eq!((scheme.to_string().as_str(), scheme.checked()), (text, Ok(scheme)));
    }
}
