use std::{fmt, str::FromStr};

use crate::BadScheme;

/// How a password is hashed. Its name, such as `bcrypt:12`, is what a setting and a column say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// bcrypt that counts the whole password: see [`crate::hash`].
    Bcrypt {
        /// The logarithm of the number of rounds, from 4 to 16.
        cost: u32,
    },
    /// bcrypt as others have made it, which counts the first 72 bytes. Only for what was imported.
    ForeignBcrypt {
        /// The logarithm of the number of rounds, from 4 to 16.
        cost: u32,
    },
    /// Argon2id, version 19 (RFC 9106).
    Argon2id {
        /// Memory, in KiB.
        memory_kib: u32,
        /// How often the memory is gone through.
        passes: u32,
        /// How many parts of the memory could be filled at once. Here they are filled one after the other.
        lanes: u32,
    },
}

impl Scheme {
    /// bcrypt with a cost of 12: about a quarter of a second.
    pub const BCRYPT: Self = Self::Bcrypt { cost: 12 };
    /// Argon2id with 19 MiB and two passes, from OWASP's cheat sheet on password storage. Of its settings, which it holds
    /// equally strong, this one rather than 46 MiB and one pass: as many checks run at once as cores are given to them, and
    /// memory is what a small machine has least of.
    pub const ARGON2ID: Self = Self::Argon2id { memory_kib: 19_456, passes: 2, lanes: 1 };

    /// The same, if its numbers are neither too cheap nor would take for ever.
    pub fn checked(self) -> Result<Self, BadScheme> {
        match self {
            Self::Bcrypt { cost } | Self::ForeignBcrypt { cost } if !(4..=16).contains(&cost) => {
                Err(BadScheme::Cost)
            }
            Self::Argon2id { memory_kib, passes, lanes } => {
                let fits = (1..=16).contains(&lanes)
                    && (1..=16).contains(&passes)
                    && (8 * lanes..=1 << 20).contains(&memory_kib);
                if fits { Ok(self) } else { Err(BadScheme::Argon2id) }
            }
            Self::Bcrypt { .. } | Self::ForeignBcrypt { .. } => Ok(self),
        }
    }

    /// About how long a check takes, in nanoseconds of an ordinary core, so that the dearest of several can be told. Of two
    /// bcrypts the ratio is exact, and of two Argon2ids nearly; between them it depends on the machine.
    pub fn work(self) -> u64 {
        match self {
            Self::Bcrypt { cost } | Self::ForeignBcrypt { cost } => ROUND.saturating_mul(1 << cost.min(40)),
            Self::Argon2id { memory_kib, passes, .. } => {
                (KIB * u64::from(memory_kib)).saturating_mul(u64::from(passes))
            }
        }
    }
}

/// A round of bcrypt, in nanoseconds.
pub(crate) const ROUND: u64 = 52_000;
/// Filling a KiB of Argon2id's memory, in nanoseconds.
pub(crate) const KIB: u64 = 650;

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bcrypt { cost } => write!(f, "bcrypt:{cost}"),
            Self::ForeignBcrypt { cost } => write!(f, "foreign-bcrypt:{cost}"),
            Self::Argon2id { memory_kib, passes, lanes } => {
                write!(f, "argon2id:{memory_kib}:{passes}:{lanes}")
            }
        }
    }
}

impl FromStr for Scheme {
    type Err = BadScheme;

    fn from_str(text: &str) -> Result<Self, BadScheme> {
        let (name, numbers) = text.split_once(':').ok_or(BadScheme::Unknown)?;
        let numbers: Vec<u32> =
            numbers.split(':').map(number).collect::<Option<_>>().ok_or(BadScheme::Unknown)?;
        let scheme = match (name, &numbers[..]) {
            ("bcrypt", &[cost]) => Self::Bcrypt { cost },
            ("foreign-bcrypt", &[cost]) => Self::ForeignBcrypt { cost },
            ("argon2id", &[memory_kib, passes, lanes]) => Self::Argon2id { memory_kib, passes, lanes },
            _ => return Err(BadScheme::Unknown),
        };
        scheme.checked()
    }
}

/// One way to write each number, so that names can be compared.
fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_reads_back_what_it_shows() {
        for text in
            ["bcrypt:4", "bcrypt:12", "foreign-bcrypt:16", "argon2id:19456:2:1", "argon2id:1048576:16:16"]
        {
            assert_eq!(text.parse::<Scheme>().unwrap().to_string(), text);
        }
        assert_eq!(Scheme::BCRYPT.to_string(), "bcrypt:12");
        assert_eq!("argon2id:19456:2:1".parse(), Ok(Scheme::ARGON2ID));
    }

    #[test]
    fn what_is_no_scheme_is_refused_with_what_would_be() {
        for (text, why) in [
            ("", BadScheme::Unknown),
            ("bcrypt", BadScheme::Unknown),
            ("bcrypt:", BadScheme::Unknown),
            ("bcrypt:012", BadScheme::Unknown),
            ("bcrypt:+12", BadScheme::Unknown),
            ("bcrypt:12:1", BadScheme::Unknown),
            ("md5:1", BadScheme::Unknown),
            ("argon2id:19456:2", BadScheme::Unknown),
            ("bcrypt:99999999999", BadScheme::Unknown),
            ("bcrypt:3", BadScheme::Cost),
            ("foreign-bcrypt:17", BadScheme::Cost),
            ("argon2id:4:1:1", BadScheme::Argon2id),
            ("argon2id:64:1:16", BadScheme::Argon2id),
            ("argon2id:64:1:17", BadScheme::Argon2id),
            ("argon2id:4294967295:1:1", BadScheme::Argon2id),
            ("argon2id:64:17:1", BadScheme::Argon2id),
        ] {
            assert_eq!(text.parse::<Scheme>(), Err(why), "{text}");
        }
    }

    #[test]
    fn one_more_of_cost_is_twice_the_work_whoever_hashed() {
        let (one, next) = (Scheme::Bcrypt { cost: 10 }, Scheme::ForeignBcrypt { cost: 11 });
        assert_eq!(2 * one.work(), next.work());
        let argon = |memory_kib, passes| Scheme::Argon2id { memory_kib, passes, lanes: 1 }.work();
        assert_eq!(argon(64, 2), argon(128, 1));
        assert!(Scheme::BCRYPT.work() > Scheme::ARGON2ID.work());
        assert_eq!(Scheme::Bcrypt { cost: u32::MAX }.work(), ROUND << 40);
    }
}
