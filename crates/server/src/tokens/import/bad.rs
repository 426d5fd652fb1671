use std::fmt::{self, Write as _};

use serde::Serialize;

/// A line that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// What is wrong, in a sentence. It never quotes the line, which may hold a secret where a digest should be.
    pub why: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}: {}", self.line, self.why)
    }
}

/// After so many nobody reads on: whatever is wrong with the file is clear.
pub const MOST_BAD: usize = 20;

/// The bad lines so far.
#[derive(Debug, Default)]
pub(super) struct BadLines(Vec<BadLine>);

impl BadLines {
    pub fn add(&mut self, line: u64, why: impl Into<String>) {
        self.0.push(BadLine { line, why: why.into() });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.0.len() >= MOST_BAD
    }

    /// The first of them, in the order of the file.
    pub fn take(self) -> Vec<BadLine> {
        let Self(mut lines) = self;
        lines.sort_by_key(|bad| bad.line);
        lines.truncate(MOST_BAD);
        lines
    }
}

/// A line of text for each, for a person.
pub(super) fn listed(lines: &[BadLine]) -> String {
    let mut text = lines.iter().fold(String::new(), |mut text, bad| {
        writeln!(text, "{bad}").expect("a String takes any text");
        text
    });
    if lines.len() >= MOST_BAD {
        text.push_str("The rest was not looked at.\n");
    }
    text
}
