use std::fmt;

use zeroize::Zeroizing;

use crate::TooLong;

/// A password as it was received: not trimmed, not normalised, not cut. Any text may be one, with zero bytes in it too.
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is overwritten when it is dropped. Two are not compared with
/// `==`:
///
/// ```compile_fail
/// let one = passwords::Password::new("one").unwrap();
/// assert!(one == one);
/// ```
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// How many bytes it may have. More costs time for nothing: it was not typed.
    pub const MOST: usize = 1024;

    /// The text as a password, if it is not too long. It is overwritten in either case.
    pub fn new(text: impl Into<String>) -> Result<Self, TooLong> {
        let text = Zeroizing::new(text.into());
        if text.len() > Self::MOST { Err(TooLong) } else { Ok(Self(text)) }
    }

    /// What it is, for a place where that may be seen.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Password::new("correct horse")), "Ok(Password)");
    }

    #[test]
    fn it_has_at_most_1024_bytes_and_they_are_as_they_came() {
        for text in ["", " both ends ", "\0", "é", "e\u{301}", &"x".repeat(1024), &"🐎".repeat(256)] {
            assert_eq!(Password::new(text).unwrap().expose(), text);
        }
        for text in ["x".repeat(1025), "🐎".repeat(256) + "x"] {
            assert_eq!(Password::new(text).unwrap_err(), TooLong);
        }
    }
}
