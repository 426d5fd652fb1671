use std::fmt;

use zeroize::Zeroizing;

/// A text that opens something: a code, a link's secret, the address in a QR code. For the person it is for, and nobody else.
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is overwritten when it is dropped.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Every call of this is a place where it may get out.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText")
    }
}
