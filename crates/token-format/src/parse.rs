use std::fmt;

use crate::scan::{Find, Scan};
use crate::{Parsed, Prefixes, Version};

/// How many tokens [`candidates`] returns at most.
pub const MOST_CANDIDATES: usize = 8;

/// Reads a text that is a token and nothing else: no white space, no quotes, no scheme.
///
/// For credentials that are presented. Text around a token would mean that somebody's program sends it wrongly, and
/// tolerance there would let one token have many spellings.
pub fn exact(text: &str, prefixes: &Prefixes) -> Result<Parsed, Malformed> {
    let found = Scan::new(text, prefixes).next().ok_or_else(|| Malformed::of(text))?.to_parsed();
    if found.secret().expose() == text { Ok(found) } else { Err(Malformed::Surrounded) }
}

/// Finds the token in a text that may carry more: [what may surround it](crate#what-may-surround-a-token).
///
/// Of several the first one with a right checksum, else the first with a known prefix, else the first 64 letters and
/// digits. Takes time in proportion to the length of the text, and copies nothing but the token.
pub fn parse(text: &str, prefixes: &Prefixes) -> Result<Parsed, Malformed> {
    let mut best: Option<Find<'_>> = None;
    for find in Scan::new(text, prefixes) {
        if best.is_none_or(|best| find.version() > best.version()) {
            best = Some(find);
        }
        if find.version() == Version::V3 {
            break;
        }
    }
    best.map(Find::to_parsed).ok_or_else(|| Malformed::of(text))
}

/// Every token in a text, the likeliest first, each once, and at most [`MOST_CANDIDATES`].
///
/// In the order of [`parse`], whose answer is the first of these. For a report: each is looked up by its digest, so
/// that a token is found even when the text holds look-alikes, such as the SHA-256 of something in hexadecimal.
pub fn candidates(text: &str, prefixes: &Prefixes) -> Vec<Parsed> {
    let (mut checked, mut unchecked, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for find in Scan::new(text, prefixes) {
        let kept: &mut Vec<Find<'_>> = match find.version() {
            Version::V3 => &mut checked,
            Version::V2 => &mut unchecked,
            Version::V1 => &mut bare,
        };
        if kept.len() < MOST_CANDIDATES && !kept.iter().any(|kept| kept.is_same(&find)) {
            kept.push(find);
        }
        if checked.len() == MOST_CANDIDATES {
            break;
        }
    }
    [checked, unchecked, bare].into_iter().flatten().take(MOST_CANDIDATES).map(Find::to_parsed).collect()
}

/// Why a text is no token. It never quotes the text, which may be a secret all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// There is nothing but white space.
    Empty,
    /// There is no token anywhere in it.
    NoToken,
    /// There is a token, but something stands around it; only [`exact`] minds.
    Surrounded,
}

impl Malformed {
    fn of(text: &str) -> Self {
        if text.trim().is_empty() { Self::Empty } else { Self::NoToken }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "there is no text",
            Self::NoToken => "there is no token in the text",
            Self::Surrounded => "there is other text around the token",
        })
    }
}

impl std::error::Error for Malformed {}
