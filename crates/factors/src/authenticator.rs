use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time_and_chance::{Chance, Time};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::{SecretText, qr, typed};

/// How many time steps a phone's clock may be off, either way.
///
/// RFC 6238, section 5.2, recommends one at most. A clock that is off by a minute is two steps away, always, and whoever has
/// such a phone shall still get in. So this deviates: five codes are good at any moment instead of three, and one is for two
/// and a half minutes. What makes up for it is that each counts once, and that attempts are limited.
pub const WINDOW: i64 = 2;

const SECONDS: u64 = 30;
const DIGITS: u8 = 6;
/// What needs no escape in an address (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A time step of RFC 6238: how many times 30 seconds have passed since 1970. The last one that counted is kept, so that no
/// code counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(i64);

impl Step {
    /// The step that a moment is in.
    pub fn of(when: Time) -> Self {
        Self(when.micros().div_euclid(SECONDS.cast_signed() * 1_000_000))
    }

    /// The step of this number, as it was stored.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Its number, to be stored.
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// What an authenticator app and the server share: 20 bytes, with which both make the same six digits every 30 seconds
/// (RFC 6238 with HMAC-SHA-1, which is what all apps understand).
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is overwritten when it is dropped.
pub struct AuthenticatorSecret(Zeroizing<[u8; Self::LEN]>);

impl AuthenticatorSecret {
    /// Its length in bytes: what RFC 4226, section 4, recommends.
    pub const LEN: usize = 20;

    /// A new one.
    pub fn new(chance: &dyn Chance) -> Self {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        chance.fill(&mut *bytes);
        Self(bytes)
    }

    /// The one that was sealed; nothing if these are not 20 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The bytes, to be sealed.
    pub fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Base32 in groups of four, for whoever types it into the app: `ABCD EFGH …`, 32 letters and digits.
    pub fn to_type(&self) -> SecretText {
        let text = Zeroizing::new(self.base32());
        let mut grouped = String::with_capacity(text.len() + text.len() / 4);
        for (at, character) in text.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(character);
        }
        SecretText::new(grouped)
    }

    /// The `otpauth://` address that a QR code tells an app, with the vendor's name and the person's account. Algorithm,
    /// digits and period are those that every app takes for granted. A colon keeps the two apart, so one in a name becomes a
    /// space.
    pub fn address(&self, issuer: &str, account: &str) -> SecretText {
        let escaped = |text: &str| utf8_percent_encode(&text.replace(':', " "), ESCAPED).to_string();
        let (issuer, account) = (escaped(issuer), escaped(account));
        let secret = Zeroizing::new(self.base32());
        SecretText::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}",
            secret.as_str()
        ))
    }

    /// The address as QR code: an SVG to be put into a page, black on white in any theme, with a title that is read out.
    /// Nothing if the names are too long for one; then there is still [`to_type`](Self::to_type).
    pub fn qr_code(&self, issuer: &str, account: &str, title: &str) -> Option<SecretText> {
        qr::svg(self.address(issuer, account).expose(), title)
    }

    /// The six digits of a time step; nothing before 1970.
    pub fn code(&self, step: Step) -> Option<SecretText> {
        let seconds = u64::try_from(step.0).ok()?.checked_mul(SECONDS)?;
        Some(SecretText::new(self.totp().generate(seconds).to_string()))
    }

    /// The time step that a typed code is of, if it is good now and the step comes after `last`, the last one that counted.
    ///
    /// Spaces and hyphens in it do not matter; anything but six digits is refused. All steps within [`WINDOW`] are compared,
    /// each in constant time. Whoever calls this keeps the step in the same statement that checks that it is still later
    /// than the one kept: of two that come at once, one counts.
    pub fn check(&self, code: &str, when: Time, last: Option<Step>) -> Option<Step> {
        let typed = typed::characters::<{ DIGITS as usize }>(code, typed::digit)?;
        let now = Step::of(when).0;
        let mut found = None;
        // The latest of those that fit: should two steps have the same code, it is used up for both.
        for step in (now - WINDOW..=now + WINDOW).map(Step) {
            let Some(right) = self.code(step) else { continue };
            if verify_slices_are_equal(right.expose().as_bytes(), &*typed).is_ok() {
                found = Some(step);
            }
        }
        found.filter(|step| last.is_none_or(|last| *step > last))
    }

    fn totp(&self) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(SECONDS)
            .with_secret(*self.0)
            .build_noncompliant()
    }

    fn base32(&self) -> String {
        Secret::from(*self.0).to_base32()
    }
}

/// Whether a typed text is a code of an authenticator app, right or not: six digits, however they are kept apart.
pub fn is_authenticator_code(text: &str) -> bool {
    typed::characters::<{ DIGITS as usize }>(text, typed::digit).is_some()
}

impl fmt::Debug for AuthenticatorSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticatorSecret")
    }
}
