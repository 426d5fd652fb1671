//! The rules with which others find our tokens.
//!
//! A token of version 1 has nothing to be found by, so no scanner gets a rule for it. The others all get one rule per
//! prefix: the current one, each former one, and the operator's of each.
//!
//! The expressions keep to what RE2, Hyperscan and Vectorscan share: no look-around, no open-ended repetition, one
//! capturing group. What stands around a token is as in [`parse`](crate::parse): no letter or digit on either side,
//! except for the end of an escape (`%22`, `\n`, `\u0022`) before it. The suffix that gitleaks puts into its own
//! rules is narrower: it misses a token before `,`, `)`, `<` or `.`.

mod github;
mod gitlab;
mod gitleaks;
mod kingfisher;
mod regex;
mod trufflehog;

use std::fmt;
use std::str::FromStr;

use crate::{ALPHABET, BODY_LEN, CHECKSUM_LEN, Prefix, Prefixes, RANDOM_LEN, checksum};

/// Who a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scanner {
    /// The mail that enrols in GitHub's secret scanning partner program.
    Github,
    /// A rule file for GitLab's secret detection.
    Gitlab,
    /// A complete configuration of gitleaks, which betterleaks reads too.
    Gitleaks,
    /// A configuration of `TruffleHog` with custom detectors.
    Trufflehog,
    /// A rule file of Kingfisher, with the checksum checked.
    Kingfisher,
    /// POSIX extended regular expressions, one per line, for `grep -E -f`.
    Regex,
}

impl Scanner {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Github, Self::Gitlab, Self::Gitleaks, Self::Trufflehog, Self::Kingfisher, Self::Regex];

    /// The name in lower case, as on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Gitleaks => "gitleaks",
            Self::Trufflehog => "trufflehog",
            Self::Kingfisher => "kingfisher",
            Self::Regex => "regex",
        }
    }
}

impl fmt::Display for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scanner {
    type Err = UnknownScanner;

    fn from_str(name: &str) -> Result<Self, UnknownScanner> {
        Self::ALL.into_iter().find(|scanner| scanner.name() == name).ok_or(UnknownScanner)
    }
}

/// There is no pattern for a scanner of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownScanner;

impl fmt::Display for UnknownScanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Scanner::ALL.into_iter().map(Scanner::name).collect();
        write!(f, "there are patterns for {}", names.join(", "))
    }
}

impl std::error::Error for UnknownScanner {}

/// What this scanner wants to be given, as text in its own format.
pub fn pattern(for_: Scanner, prefixes: &Prefixes) -> String {
    let rules: Vec<Rule<'_>> =
        prefixes.all().enumerate().map(|(index, prefix)| Rule { prefix, former: index >= 2 }).collect();
    match for_ {
        Scanner::Github => github::enrolment(&rules),
        Scanner::Gitlab => gitlab::rules(&rules),
        Scanner::Gitleaks => gitleaks::config(&rules),
        Scanner::Trufflehog => trufflehog::config(&rules),
        Scanner::Kingfisher => kingfisher::rules(&rules),
        Scanner::Regex => regex::lines(&rules),
    }
}

/// Shannon entropy, in bits per character, that a token exceeds and a placeholder such as `xxxx…` does not. A test mints
/// 20,000 tokens and sees none below 4.5.
const LEAST_ENTROPY: &str = "4.0";

/// What may directly precede a token. `\b` does not see the end of `_`, `%22` and `\n`, so these are consumed.
const BEFORE: &str = r"(?:\b|_|%[0-9A-Fa-f]{2}|\\(?:[nrt]|u[0-9A-Fa-f]{4}))";

/// What may directly follow a token: anything but a letter or digit.
const AFTER: &str = r"(?:\b|_)";

/// A head, then a piece of text for each rule.
fn per_rule(head: &str, rules: &[Rule<'_>], piece: impl Fn(&Rule<'_>) -> String) -> String {
    rules.iter().fold(head.to_owned(), |text, rule| text + &piece(rule))
}

/// One prefix and how it is spoken of.
struct Rule<'a> {
    prefix: &'a Prefix,
    former: bool,
}

impl Rule<'_> {
    /// `acme-api-token`.
    fn id(&self) -> String {
        format!("{}-api-token", self.prefix)
    }

    /// `acme_api_token`.
    fn type_name(&self) -> String {
        format!("{}_api_token", self.prefix)
    }

    /// `acme_`: every token contains it, and it is in lower case as filters want it.
    fn keyword(&self) -> String {
        format!("{}_", self.prefix)
    }

    /// `API token (acme_…)`.
    fn title(&self) -> String {
        let whose = if self.prefix.is_operator() { "Operator's API token" } else { "API token" };
        let when = if self.former { ", former prefix" } else { "" };
        format!("{whose} ({}_…{when})", self.prefix)
    }

    /// The token alone, versions 2 and 3.
    fn token(&self) -> String {
        format!("{}_[0-9A-Za-z]{{{BODY_LEN}}}", self.prefix)
    }

    /// The token as the only capturing group, with its surroundings.
    fn guarded(&self) -> String {
        format!("{BEFORE}({}){AFTER}", self.token())
    }

    /// A token of the right shape and checksum that was never minted. It walks through the alphabet in steps of 23,
    /// because scanners drop what contains `0123…` or `abcd…`.
    fn example(&self) -> String {
        let random: String =
            (0..RANDOM_LEN).map(|index| char::from(ALPHABET[index * 23 % ALPHABET.len()])).collect();
        format!("{}_{random}{}", self.prefix, checksum(&random))
    }
}

/// As [`Rule::guarded`], of version 3 only, with its parts in named groups.
fn guarded_with_checksum(rule: &Rule<'_>) -> String {
    // The first checksum character is never above 4, because 2³² < 5 · 62⁵.
    let checksum = format!("[0-4][0-9A-Za-z]{{{}}}", CHECKSUM_LEN - 1);
    let random = format!("[0-9A-Za-z]{{{RANDOM_LEN}}}");
    format!("{BEFORE}(?P<TOKEN>{}_(?P<BODY>{random})(?P<CHECKSUM>{checksum})){AFTER}", rule.prefix)
}
