//! The choices among settings of how people sign in and what they see.

use std::str::FromStr;

use super::choices::named;

/// Makes a setting's choice of a few words.
macro_rules! choice {
    ($(#[doc = $doc:literal])* $name:ident { $( #[doc = $what:literal] $variant:ident = $word:literal, )+ }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $( #[doc = $what] $variant, )+ }

        impl $name {
            /// Every choice.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// As it stands in settings.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(name: &str) -> Result<Self, String> {
                named(Self::ALL, Self::name, name)
            }
        }
    };
}

choice! {
    /// Whether anybody may sign up.
    SignUp {
        /// Only whoever is invited or gets a link.
        Closed = "closed",
        /// Anybody, with a new workspace.
        Open = "open",
    }
}

choice! {
    /// How passwords are hashed.
    PasswordHash {
        /// With bcrypt, at the cost of the settings.
        Bcrypt = "bcrypt",
        /// With Argon2id, at OWASP's cost.
        Argon2id = "argon2id",
    }
}

choice! {
    /// Where new passwords are looked up.
    Breaches {
        /// At Have I Been Pwned's range API, and in the file when that does not answer.
        Online = "online",
        /// In the file alone.
        Offline = "offline",
    }
}

/// A colour: red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

impl FromStr for Color {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, rgb @ ..] =
            number.ok_or("must be # and six hexadecimal digits, such as #1f5aa8")?.to_be_bytes();
        Ok(Self(rgb))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_color_is_six_digits() {
        assert_eq!("#1F5aa8".parse(), Ok(Color([0x1f, 0x5a, 0xa8])));
        for bad in ["", "1f5aa8", "#1f5aa", "#1f5aa8f", "#gggggg", "red", "#+f5aa8"] {
            assert!(bad.parse::<Color>().is_err(), "{bad}");
        }
    }
}
