use std::fmt;

use time_and_chance::Chance;
use zeroize::Zeroizing;

use crate::{Digest, SecretText, typed};

const DIGITS: usize = 8;
const CODES: u32 = 100_000_000;
/// The largest multiple of [`CODES`] that a `u32` holds: a number below it is any code with the same chance.
const FAIR: u32 = u32::MAX - u32::MAX % CODES;

/// A code that is mailed and typed: eight decimal digits, shown as `1234 5678`.
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is overwritten when it is dropped.
pub struct MailCode(Zeroizing<[u8; DIGITS]>);

impl MailCode {
    /// A new one; each of the 10^8 is as likely as the next.
    pub fn new(chance: &dyn Chance) -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; 4]);
            chance.fill(&mut *bytes);
            let number = u32::from_le_bytes(*bytes);
            if number < FAIR {
                return Self::of_number(number % CODES);
            }
        }
    }

    fn of_number(mut number: u32) -> Self {
        let mut digits = Zeroizing::new([b'0'; DIGITS]);
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(number % 10).expect("a digit");
            number /= 10;
        }
        Self(digits)
    }

    /// What somebody typed as code; spaces and hyphens do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        typed::characters(text, typed::digit).map(Self)
    }

    /// As it stands in the mail: `1234 5678`.
    pub fn shown(&self) -> SecretText {
        let digit = |digit: &u8| char::from(*digit);
        let (one, other) = self.0.split_at(DIGITS / 2);
        SecretText::new(one.iter().map(digit).chain([' ']).chain(other.iter().map(digit)).collect())
    }

    /// What is stored of it: HMAC-SHA-256 under `key`, over `context` and the code.
    ///
    /// Of eight digits a digest alone hides nothing: 10^8 are tried in a second, and a public context only makes that a
    /// second for each row. So the key must be one that the database does not hold. What serves best is the secret of the
    /// attempt that the code was asked for in, of which the browser has the cookie and the database a digest: then the
    /// code can be checked only where it was asked for (ASVS 6.6.2), and whoever reads the database learns nothing of it.
    /// The context, such as the attempt's id, keeps codes under one key apart.
    pub fn digest(&self, key: &[u8; 32], context: &str) -> Digest {
        Digest::keyed(key, &[b"mailed code", context.as_bytes(), &*self.0])
    }
}

impl fmt::Debug for MailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailCode")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Chance that gives these numbers, one after the other.
    struct Numbers(Mutex<Vec<u32>>);

    impl Chance for Numbers {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0.lock().unwrap().remove(0).to_le_bytes());
        }
    }

    #[test]
    fn a_number_that_would_make_some_codes_likelier_is_thrown_again() {
        assert_eq!(FAIR, 42 * CODES);
        let chance = Numbers(Mutex::new(vec![u32::MAX, FAIR, FAIR - 1, 7]));
        assert_eq!(MailCode::new(&chance).shown().expose(), "9999 9999");
        assert_eq!(MailCode::new(&chance).shown().expose(), "0000 0007");
    }
}
