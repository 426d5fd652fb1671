use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use time_and_chance::Chance;
use zeroize::Zeroizing;

use crate::{BadScheme, Password, Scheme, Stored, stored::OURS};

/// What the digest before bcrypt is keyed with. No secret: it makes this digest one that nobody else's table holds.
const LABEL: &[u8] = b"bailiwick/password/bcrypt/1";

/// Hashes a password, with a salt of 16 bytes from `chance`. It takes as long as a check: a quarter of a second with
/// [`Scheme::BCRYPT`], so not on a thread that others wait for.
///
/// bcrypt alone counts the first 72 bytes of a password. [`Scheme::Bcrypt`] gives it the base64 of the password's
/// HMAC-SHA-384, under a fixed key:
///
/// - A digest, so that every byte counts. 48 bytes are 64 characters, which bcrypt counts in full; those of SHA-512 would be
///   88.
/// - In base64, because a digest may have a zero byte, and bcrypt knows its password's end by one.
/// - Keyed, because whoever steals our hashes may have unsalted digests that others have lost. If ours was a bare SHA-384, each
///   of those could be tried as it is, and one that fits would only have to be cracked as the cheap digest ("password
///   shucking").
///
/// # Errors
///
/// A scheme that is not [`Scheme::checked`], or [`Scheme::ForeignBcrypt`], by which nothing new is hashed.
pub fn hash(scheme: Scheme, password: &Password, chance: &dyn Chance) -> Result<Stored, BadScheme> {
    let mut salt = [0; 16];
    let text = match scheme.checked()? {
        Scheme::ForeignBcrypt { .. } => return Err(BadScheme::OnlyImported),
        Scheme::Bcrypt { cost } => {
            chance.fill(&mut salt);
            let hashed =
                bcrypt::hash_with_salt(&*digest(password), cost, salt).expect("the cost was checked");
            format!("{OURS}{hashed}")
        }
        Scheme::Argon2id { memory_kib, passes, lanes } => {
            chance.fill(&mut salt);
            let params = argon2::Params::new(memory_kib, passes, lanes, None).expect("they were checked");
            let hashed: PasswordHash = Argon2::from(params)
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .expect("a password and 16 bytes of salt can be hashed");
            hashed.to_string()
        }
    };
    Ok(Stored::of(text, scheme))
}

/// Whether this is the password that was hashed, compared in constant time. It takes as long as [`hash`].
pub fn check(stored: &Stored, password: &Password) -> bool {
    let text = stored.as_str();
    let right = match stored.scheme() {
        Scheme::Bcrypt { .. } => {
            let bcrypt = text.strip_prefix(OURS).unwrap_or_default();
            bcrypt::verify(&*digest(password), bcrypt).ok()
        }
        Scheme::ForeignBcrypt { .. } => bcrypt::verify(password.expose(), text).ok(),
        Scheme::Argon2id { .. } => PasswordHash::new(text)
            .ok()
            .map(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()),
    };
    // Whatever is a `Stored` was read before. Should it not be, nobody is let in.
    right == Some(true)
}

fn digest(password: &Password) -> Zeroizing<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA384, LABEL);
    let tag = hmac::sign(&key, password.expose().as_bytes());
    Zeroizing::new(BASE64_STANDARD_NO_PAD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time_and_chance::SeededChance;

    use super::*;

    const BCRYPT: Scheme = Scheme::Bcrypt { cost: 4 };
    const ARGON2ID: Scheme = Scheme::Argon2id { memory_kib: 16, passes: 1, lanes: 1 };

    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    fn opens(stored: &str, text: &str) -> bool {
        check(&stored.parse().unwrap(), &password(text))
    }

    #[test]
    fn a_hash_of_ours_is_the_same_in_every_version() {
        let hashed = |scheme| hash(scheme, &password("correct horse"), &SeededChance::new(1)).unwrap();
        assert_eq!(
            hashed(BCRYPT).as_str(),
            "$hmac-sha384$2b$04$RJtWwjGTsLDfpqE/nyrnRu0QBath219JTCI1LdrZKjpVvp25av2f."
        );
        assert_eq!(
            hashed(ARGON2ID).as_str(),
            "$argon2id$v=19$m=16,t=1,p=1$TLvYylIVuNFhrsGBp0tpTw$saJUZjkQ3Z2S+LcOUFafCGSYxlxVn5Zeysp7j1dbkuk"
        );
        for stored in [hashed(BCRYPT), hashed(ARGON2ID)] {
            assert_eq!(stored.as_str().parse(), Ok(stored.clone()));
            assert!(check(&stored, &password("correct horse")));
        }
    }

    #[test]
    fn every_byte_of_a_password_counts() {
        let long = "x".repeat(100);
        let other = |at: usize| format!("{}y{}", &long[..at], &long[at + 1..]);
        let texts = [
            long.clone(),
            other(72),
            other(99),
            "nul\0one".to_owned(),
            "nul\0two".to_owned(),
            "nul".to_owned(),
            "nul\0".to_owned(),
            "\0".to_owned(),
            String::new(),
            " space ".to_owned(),
            "space".to_owned(),
            "é".to_owned(),
            "e\u{301}".to_owned(),
            "🐎🔋".to_owned(),
            "z".repeat(1024),
            "z".repeat(1023),
        ];
        for scheme in [BCRYPT, ARGON2ID] {
            for (own, text) in texts.iter().enumerate() {
                let stored = hash(scheme, &password(text), &SeededChance::new(1)).unwrap();
                let opened: Vec<_> =
                    (0..texts.len()).filter(|&at| check(&stored, &password(&texts[at]))).collect();
                assert_eq!(opened, [own], "{scheme}");
            }
        }
    }

    /// From the tests of `jBCrypt` and of `crypt_blowfish`.
    #[test]
    fn hashes_of_others_open_with_their_passwords() {
        for (stored, text) in [
            ("$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.", ""),
            ("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"),
            ("$2b$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"),
            ("$2y$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"),
            ("$2a$08$aTsUwsyowQuzRrDqFflhgekJ8d9/7Z3GV3UcgvzQW3J5zMyrTvlz.", "abcdefghijklmnopqrstuvwxyz"),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
        ] {
            assert!(opens(stored, text), "{stored}");
            assert!(!opens(stored, &format!("{text}x")), "{stored}");
        }
    }

    #[test]
    fn a_hash_of_others_counts_72_bytes_as_it_did_with_them() {
        let hashed = bcrypt::hash_with_salt("x".repeat(100), 4, [7; 16]).unwrap().to_string();
        for (text, right) in [("x".repeat(72), true), ("x".repeat(1024), true), ("x".repeat(71), false)] {
            assert_eq!(opens(&hashed, &text), right);
        }
    }

    #[test]
    fn nothing_new_is_hashed_as_others_did_or_by_numbers_that_were_not_checked() {
        for (scheme, why) in [
            (Scheme::ForeignBcrypt { cost: 4 }, BadScheme::OnlyImported),
            (Scheme::Bcrypt { cost: 3 }, BadScheme::Cost),
            (Scheme::Bcrypt { cost: 31 }, BadScheme::Cost),
            (Scheme::Argon2id { memory_kib: u32::MAX, passes: 1, lanes: 1 }, BadScheme::Argon2id),
        ] {
            assert_eq!(hash(scheme, &password("any"), &SeededChance::new(1)), Err(why));
        }
    }

    #[test]
    fn bcrypt_is_given_64_characters_whatever_the_password() {
        for text in [String::new(), "x".repeat(1024)] {
            let digest = digest(&password(&text));
            assert!(digest.len() == 64 && !digest.contains('\0'));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_password_opens_what_was_hashed_of_it_and_no_other_does(
            text in any::<String>(), other in any::<String>(), seed in any::<u64>(), argon in any::<bool>(),
        ) {
            let scheme = if argon { ARGON2ID } else { BCRYPT };
            let stored = hash(scheme, &password(&text), &SeededChance::new(seed)).unwrap();
            prop_assert!(check(&stored, &password(&text)));
            prop_assert_eq!(check(&stored, &password(&other)), text == other);
        }

        #[test]
        fn one_changed_character_of_a_stored_hash_opens_nothing(
            at in 0_usize..200, to in "[./A-Za-z0-9$,=]", argon in any::<bool>(),
        ) {
            let scheme = if argon { ARGON2ID } else { BCRYPT };
            let stored = hash(scheme, &password("correct horse"), &SeededChance::new(1)).unwrap();
            let mut text = stored.as_str().to_owned();
            let at = at % text.len();
            text.replace_range(at..=at, &to);
            if let Ok(changed) = text.parse::<Stored>() && changed.scheme().work() < 1 << 30 {
                let same = changed == stored || text.replace("$2a$", "$2b$").replace("$2y$", "$2b$") == stored.as_str();
                prop_assert_eq!(check(&changed, &password("correct horse")), same);
            }
        }
    }
}
