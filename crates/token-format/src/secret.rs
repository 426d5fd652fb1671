use std::fmt;

use zeroize::Zeroizing;

/// The full text of a token. Shown once to the person it is for, kept by nobody.
///
/// It has no `Display`, its `Debug` prints nothing of the text, it cannot be compared or cloned by accident, and its
/// memory is overwritten when it is dropped. Compare by [`Digest`](crate::Digest).
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text as a secret; whether it is a token is for [`exact`](crate::exact) to say.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Every call of this is a place where a token may get out.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_nothing_of_a_secret() {
        assert_eq!(format!("{:?}", Secret::new("acme_hush")), "Secret(…)");
        assert_eq!(format!("{:#?}", Some(Secret::new("x"))), "Some(\n    Secret(…),\n)");
    }
}
