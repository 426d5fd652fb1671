//! One walk over a text, from left to right, that meets every token in it.

use std::{fmt, ops::Range};

use crate::checksum;
use crate::{BODY_LEN, Hint, Parsed, Prefix, Prefixes, Version};

/// The longest escape that may stick to the front of a run: `u0022` of `\u0022`.
const LONGEST_ESCAPE: usize = 5;

/// A token that still lies in the text it was found in.
#[derive(Clone, Copy)]
pub struct Find<'a> {
    start: usize,
    end: usize,
    body: &'a str,
    version: Version,
    prefix: Option<&'a Prefix>,
}

impl<'a> Find<'a> {
    /// Where it lies in the text, in bytes: from the first character of its prefix, if it has one, to its last.
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Its 64 characters after the prefix. As secret as the token.
    pub const fn body(&self) -> &'a str {
        self.body
    }

    /// The shape it has.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The known prefix it begins with; none in version 1.
    pub const fn prefix(&self) -> Option<&'a Prefix> {
        self.prefix
    }

    /// The part of it that is safe to show.
    pub fn hint(&self) -> Hint {
        Hint::of(self.body)
    }

    /// Whether both are the same token, wherever they lie and however their underscore is written.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.prefix, self.body) == (other.prefix, other.body)
    }

    pub(crate) fn to_parsed(self) -> Parsed {
        Parsed::new(self.body, self.version, self.prefix)
    }
}

/// Shows where it lies, and nothing of the secret.
impl fmt::Debug for Find<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Find")
            .field("range", &self.range())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Every token in a text, where it lies, as often as it stands there. For who must leave none in it.
pub fn find_all<'a>(text: &'a str, prefixes: &'a Prefixes) -> impl Iterator<Item = Find<'a>> {
    Scan::new(text, prefixes)
}

/// Walks over the runs of ASCII letters and digits. A body is a run of its own, and the prefix is the run before it, so
/// no character is looked at more than a fixed number of times, whatever the text is.
pub(crate) struct Scan<'a> {
    text: &'a str,
    prefixes: &'a Prefixes,
    at: usize,
    before: Range<usize>,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str, prefixes: &'a Prefixes) -> Self {
        Self { text, prefixes, at: 0, before: 0..0 }
    }

    fn next_run(&mut self) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        let start = self.at + bytes[self.at..].iter().position(u8::is_ascii_alphanumeric)?;
        let length = bytes[start..].iter().position(|byte| !byte.is_ascii_alphanumeric());
        self.at = length.map_or(bytes.len(), |length| start + length);
        Some(start..self.at)
    }

    /// The token whose body is this run, or this run without the escape at its front.
    fn token_in(&self, run: &Range<usize>) -> Option<Find<'a>> {
        let escape = self.escape_at(run);
        let start =
            [0, escape].into_iter().map(|skip| run.start + skip).find(|start| run.end - start == BODY_LEN)?;
        let body = &self.text[start..run.end];
        let before = self.prefix_before(start);
        let version = match before {
            None => Version::V1,
            Some(_) if checksum::holds(body) => Version::V3,
            Some(_) => Version::V2,
        };
        let (start, prefix) = before.map_or((start, None), |(start, prefix)| (start, Some(prefix)));
        Some(Find { start, end: run.end, body, version, prefix })
    }

    /// The known prefix that a `_` or `%5F` parts from the body that begins at `start`, and where it begins itself.
    fn prefix_before(&self, start: usize) -> Option<(usize, &'a Prefix)> {
        let joint = &self.text[self.before.end..start];
        if joint != "_" && !joint.eq_ignore_ascii_case("%5f") {
            return None;
        }
        // At the very beginning the run before is empty, and no prefix is.
        let whole = [0, self.escape_at(&self.before)].into_iter().find_map(|skip| {
            let begin = self.before.start + skip;
            let word = &self.text[begin..self.before.end];
            self.prefixes.all().find(|prefix| prefix.as_str() == word).map(|prefix| (begin, prefix))
        });
        whole.or_else(|| self.prefix_at_the_end())
    }

    /// The longest known prefix that the run before ends with: an escape that nobody thought of may be glued to it, as to a
    /// token in a terminal's colours. Whether it is one of ours its digest says anyway.
    fn prefix_at_the_end(&self) -> Option<(usize, &'a Prefix)> {
        let word = &self.text[self.before.clone()];
        let ends = self.prefixes.all().filter(|prefix| word.ends_with(prefix.as_str()));
        let longest = ends.max_by_key(|prefix| prefix.as_str().len())?;
        Some((self.before.end - longest.as_str().len(), longest))
    }

    /// How many characters at the front of a run belong to an escape that begins before it.
    fn escape_at(&self, run: &Range<usize>) -> usize {
        let (before, word) = self.text.as_bytes().split_at(run.start);
        let word = &word[..run.len()];
        let hex = |from: usize, to: usize| {
            word.get(from..to).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        match (before.last(), word.first()) {
            (Some(b'%'), _) if hex(0, 2) => 2,
            (Some(b'\\'), Some(b'u')) if hex(1, LONGEST_ESCAPE) => LONGEST_ESCAPE,
            (Some(b'\\'), Some(b'n' | b'r' | b't')) => 1,
            _ => 0,
        }
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Find<'a>;

    fn next(&mut self) -> Option<Find<'a>> {
        while let Some(run) = self.next_run() {
            let could_be = (BODY_LEN..=BODY_LEN + LONGEST_ESCAPE).contains(&run.len());
            let found = if could_be { self.token_in(&run) } else { None };
            self.before = run;
            if found.is_some() {
                return found;
            }
        }
        None
    }
}
