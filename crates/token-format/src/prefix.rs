use std::fmt;

/// What a token begins with, without the underscore: `acme` in `acme_…`.
///
/// Two to sixteen characters, `[a-z][a-z0-9]{1,15}`. So it means itself in every regular expression and in every
/// configuration file, and it cannot be confused with the body, which an underscore parts from it.
///
/// It does not end in `op`, since `shop_…` would read as an operator's token of `sh`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Prefix {
    text: String,
    operator: bool,
}

/// What the operator's prefix has more than the plain one.
const OPERATOR: &str = "op";

impl Prefix {
    /// Takes a plain prefix; the operator's is derived from it with [`Prefix::operator`].
    pub fn new(text: &str) -> Result<Self, PrefixError> {
        let mut characters = text.bytes();
        let begins_well = characters.next().is_some_and(|first| first.is_ascii_lowercase());
        let goes_on_well = characters.all(|next| next.is_ascii_lowercase() || next.is_ascii_digit());
        if !begins_well || !goes_on_well || !(2..=16).contains(&text.len()) {
            return Err(PrefixError::Shape);
        }
        if text.ends_with(OPERATOR) {
            return Err(PrefixError::Ambiguous);
        }
        Ok(Self { text: text.to_owned(), operator: false })
    }

    /// The prefix of the operator's own tokens: `acmeop` for `acme`. Of an operator's prefix, itself.
    #[must_use]
    pub fn operator(&self) -> Self {
        if self.operator {
            return self.clone();
        }
        Self { text: format!("{}{OPERATOR}", self.text), operator: true }
    }

    /// Whether this was derived with [`Prefix::operator`].
    pub const fn is_operator(&self) -> bool {
        self.operator
    }

    /// The prefix without the underscore.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({})", self.text)
    }
}

/// Every prefix that one installation knows: the one it mints with, those it used to mint with, and the operator's
/// prefix of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// Current, its operator's, then each former one and its operator's.
    all: Vec<Prefix>,
}

impl Prefixes {
    /// Current and former prefixes, all of them plain ones.
    pub fn new(current: Prefix, former: Vec<Prefix>) -> Result<Self, PrefixError> {
        let mut all = Vec::with_capacity(2 + 2 * former.len());
        for prefix in std::iter::once(current).chain(former) {
            if prefix.operator {
                return Err(PrefixError::Ambiguous);
            }
            if all.contains(&prefix) {
                return Err(PrefixError::Twice);
            }
            let operator = prefix.operator();
            all.extend([prefix, operator]);
        }
        Ok(Self { all })
    }

    /// A prefix without a past.
    pub fn only(current: Prefix) -> Result<Self, PrefixError> {
        Self::new(current, Vec::new())
    }

    /// The prefix of tokens that are minted now.
    pub fn current(&self) -> &Prefix {
        &self.all[0]
    }

    /// Former prefixes without their operator's.
    pub fn former(&self) -> impl Iterator<Item = &Prefix> {
        self.all.iter().skip(2).filter(|prefix| !prefix.operator)
    }

    /// Every prefix: the current one, its operator's, then each former one and its operator's.
    pub fn all(&self) -> impl Iterator<Item = &Prefix> {
        self.all.iter()
    }
}

/// Why a prefix is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefixError {
    /// It is not `[a-z][a-z0-9]{1,15}`.
    Shape,
    /// It ends in `op`, as only an operator's prefix does.
    Ambiguous,
    /// It stands twice among the current and former prefixes.
    Twice,
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => {
                "a token prefix is 2 to 16 lower-case letters and digits, and begins with a letter"
            }
            Self::Ambiguous => {
                "a token prefix does not end in \"op\": that ending marks the operator's tokens"
            }
            Self::Twice => "a token prefix stands twice among the current and former ones",
        })
    }
}

impl std::error::Error for PrefixError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_lower_case_letters_and_digits() {
        for good in ["ab", "acme", "a1", "bwk", "abcdefghijklmnop".trim_end_matches("op"), "abcdefghijklmnox"]
        {
            assert_eq!(Prefix::new(good).expect(good).as_str(), good);
        }
        for bad in
            ["", "a", "Acme", "1ab", "ac-me", "ac_me", "ac.e", "acmé", "abcdefghijklmnoxy", "a$", "ab\n"]
        {
            assert_eq!(Prefix::new(bad), Err(PrefixError::Shape), "{bad:?}");
        }
    }

    #[test]
    fn a_prefix_that_reads_as_an_operators_is_refused() {
        assert_eq!(Prefix::new("shop"), Err(PrefixError::Ambiguous));
    }

    #[test]
    fn the_operators_prefix_is_derived_once() {
        let operator = Prefix::new("acme").unwrap().operator();
        assert_eq!(operator.as_str(), "acmeop");
        assert!(operator.is_operator());
        assert_eq!(operator.operator(), operator);
    }

    #[test]
    fn every_prefix_comes_with_its_operators() {
        let prefixes =
            Prefixes::new(Prefix::new("acme").unwrap(), vec![Prefix::new("old1").unwrap()]).unwrap();
        let all: Vec<_> = prefixes.all().map(Prefix::as_str).collect();
        assert_eq!(all, ["acme", "acmeop", "old1", "old1op"]);
        assert_eq!(prefixes.former().map(Prefix::as_str).collect::<Vec<_>>(), ["old1"]);
    }

    #[test]
    fn a_prefix_cannot_be_current_and_former() {
        let acme = Prefix::new("acme").unwrap();
        assert_eq!(Prefixes::new(acme.clone(), vec![acme.clone()]), Err(PrefixError::Twice));
        assert_eq!(Prefixes::only(acme.operator()), Err(PrefixError::Ambiguous));
    }
}
