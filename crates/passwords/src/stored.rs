use std::{fmt, str::FromStr};

use argon2::password_hash::phc::PasswordHash;
use base64::{
    Engine,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};

use crate::{BadStored, Scheme};

/// Before a bcrypt hash of ours: what bcrypt was given is a keyed digest of the password.
pub(crate) const OURS: &str = "$hmac-sha384";

/// A hash as it is stored: one text, from which its [`Scheme`] can be read. Whatever is one can be checked in a bounded time.
///
/// Its `Debug` shows the scheme alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    text: String,
    scheme: Scheme,
}

impl Stored {
    /// A bcrypt hash of another system, as it stands in its table: `$2a$`, `$2b$` or `$2y$`, of a cost from 4 to 16. What else
    /// it may be is refused, with a sentence that says why.
    pub fn import(text: &str) -> Result<Self, BadStored> {
        Ok(Self { scheme: Scheme::ForeignBcrypt { cost: cost(text)? }.checked()?, text: canonical(text)? })
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How it was hashed.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether it is hashed as it would be now. If not, it is hashed anew when the password is at hand.
    pub fn is_as(&self, wanted: Scheme) -> bool {
        self.scheme == wanted
    }

    pub(crate) fn of(text: String, scheme: Scheme) -> Self {
        Self { text, scheme }
    }
}

/// From a column: ours of either kind, or one that was imported.
impl FromStr for Stored {
    type Err = BadStored;

    fn from_str(text: &str) -> Result<Self, BadStored> {
        if let Some(bcrypt) = text.strip_prefix(OURS) {
            let scheme = Scheme::Bcrypt { cost: cost(bcrypt)? }.checked()?;
            let text = format!("{OURS}{}", canonical(bcrypt)?);
            return Ok(Self { text, scheme });
        }
        if text.starts_with("$argon2id$") {
            return Ok(Self { scheme: argon2id(text)?.checked()?, text: text.to_owned() });
        }
        Self::import(text)
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stored({})", self.scheme)
    }
}

fn cost(bcrypt: &str) -> Result<u32, BadStored> {
    match bcrypt.get(..4) {
        Some("$2a$" | "$2b$" | "$2y$") => {}
        Some("$2x$") => return Err(BadStored::Faulty),
        _ => return Err(BadStored::Unknown),
    }
    let digits = bcrypt.get(4..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(BadStored::Bcrypt)
}

/// 22 characters of salt and 31 of hash hold a few bits more than the 16 and 23 bytes that count. Some programs have left
/// something in them, which others pass over; here they become zero, so that the library takes them.
fn canonical(bcrypt: &str) -> Result<String, BadStored> {
    const BITS_LEFT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::BCRYPT,
        GeneralPurposeConfig::new()
            .with_encode_padding(false)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    );
    if bcrypt.len() != 60 || !bcrypt.is_ascii() || !bcrypt[6..].starts_with('$') {
        return Err(BadStored::Bcrypt);
    }
    let again = |part: &str| match BITS_LEFT.decode(part) {
        Ok(bytes) => Ok(BITS_LEFT.encode(bytes)),
        Err(_) => Err(BadStored::Bcrypt),
    };
    Ok(format!("{}{}{}", &bcrypt[..7], again(&bcrypt[7..29])?, again(&bcrypt[29..])?))
}

fn argon2id(text: &str) -> Result<Scheme, BadStored> {
    let read = || {
        let phc = PasswordHash::new(text).ok()?;
        let params = argon2::Params::try_from(&phc).ok()?;
        let whole = phc.version == Some(argon2::Version::V0x13.into())
            && phc.salt.as_ref().is_some_and(|salt| salt.len() >= 8)
            && phc.hash.as_ref().is_some_and(|hash| hash.len() >= 16)
            && params.keyid().is_empty()
            && params.data().is_empty();
        let (memory_kib, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
        whole.then_some(Scheme::Argon2id { memory_kib, passes, lanes })
    };
    read().ok_or(BadStored::Argon2id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BadScheme;

    const FOREIGN: &str = "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.";

    #[test]
    fn the_scheme_is_read_from_the_text() {
        let argon =
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
        for (text, scheme) in [
            (FOREIGN, "foreign-bcrypt:6"),
            (&format!("{OURS}{FOREIGN}"), "bcrypt:6"),
            (argon, "argon2id:64:1:1"),
        ] {
            let stored: Stored = text.parse().unwrap();
            assert_eq!((stored.as_str(), stored.scheme().to_string()), (text, scheme.to_owned()));
            assert_eq!(format!("{stored:?}"), format!("Stored({scheme})"));
            assert!(stored.is_as(stored.scheme()) && !stored.is_as(Scheme::BCRYPT));
        }
    }

    #[test]
    fn only_what_another_bcrypt_has_made_is_imported() {
        assert_eq!(Stored::import(FOREIGN).unwrap().as_str(), FOREIGN);
        for (text, why) in [
            (String::new(), BadStored::Unknown),
            (format!("{OURS}{FOREIGN}"), BadStored::Unknown),
            (format!(" {FOREIGN}"), BadStored::Unknown),
            (FOREIGN.replace("$2a$", "$1$"), BadStored::Unknown),
            (FOREIGN.replace("$2a$", "$2x$"), BadStored::Faulty),
            (format!("{FOREIGN}\n"), BadStored::Bcrypt),
            (FOREIGN[..59].to_owned(), BadStored::Bcrypt),
            (FOREIGN.replace("$06$", "$6$"), BadStored::Bcrypt),
            (FOREIGN.replace("$06$", "$+6$"), BadStored::Bcrypt),
            (FOREIGN.replace("$06$", "$06-"), BadStored::Bcrypt),
            (FOREIGN.replace("DCq7", "DC=7"), BadStored::Bcrypt),
            (FOREIGN.replace("DCq7", "DC€"), BadStored::Bcrypt),
            (FOREIGN.replace("$06$", "$03$"), BadScheme::Cost.into()),
            (FOREIGN.replace("$06$", "$17$"), BadScheme::Cost.into()),
            (FOREIGN.replace("$06$", "$31$"), BadScheme::Cost.into()),
        ] {
            assert_eq!(Stored::import(&text), Err(why), "{text}");
        }
    }

    #[test]
    fn bits_that_do_not_count_are_passed_over() {
        let odd = FOREIGN.replace("cll.TV4", "cll/TV4");
        assert_eq!(Stored::import(&odd).unwrap().as_str(), FOREIGN);
    }

    #[test]
    fn of_argon2_only_what_takes_a_bounded_time_is_taken() {
        let whole =
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
        for (from, to, why) in [
            ("v=19", "v=16", BadStored::Argon2id),
            ("v=19$", "", BadStored::Argon2id),
            ("m=64", "m=64,keyid=abcd", BadStored::Argon2id),
            ("m=64", "x=64", BadStored::Argon2id),
            ("MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI", "MTIzNDU2", BadStored::Argon2id),
            ("$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI", "", BadStored::Argon2id),
            ("argon2id", "argon2i", BadStored::Unknown),
            ("m=64", "m=4294967295", BadScheme::Argon2id.into()),
            ("t=1", "t=4294967295", BadScheme::Argon2id.into()),
        ] {
            assert_eq!(whole.replace(from, to).parse::<Stored>(), Err(why), "{from} as {to}");
        }
    }
}
