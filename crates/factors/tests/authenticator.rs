//! What an authenticator app is told, and which of its codes are good.

use factors::{AuthenticatorSecret, Step};
use proptest::prelude::*;
use time_and_chance::{Duration, SeededChance, Time};

/// RFC 6238, appendix B, the lines of SHA-1: seconds since 1970, and the code in eight digits.
const VECTORS: [(i64, &str); 6] = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
];

fn of_the_rfc() -> AuthenticatorSecret {
    AuthenticatorSecret::from_bytes(b"12345678901234567890").expect("20 bytes")
}

fn at(seconds: i64) -> Time {
    Time::from_micros(seconds * 1_000_000)
}

/// The code that a phone shows whose clock says this.
fn shown(secret: &AuthenticatorSecret, clock: Time) -> String {
    secret.code(Step::of(clock)).expect("a moment after 1970").expose().to_owned()
}

/// How many modules a side of the drawing has, and which of them are dark.
fn dark_modules(svg: &str) -> Option<(usize, Vec<(usize, usize)>)> {
    let between = |from: &str, to: &str| Some(svg.split_once(from)?.1.split_once(to)?.0.to_owned());
    let side = between("viewBox=\"0 0 ", " ")?.parse().ok()?;
    let mut dark = Vec::new();
    for run in between("fill=\"#000\" d=\"", "\"")?.split('M').skip(1) {
        let (x, rest) = run.split_once(' ')?;
        let (y, rest) = rest.split_once('h')?;
        let (width, _) = rest.split_once('v')?;
        let (x, y, width): (usize, usize, usize) = (x.parse().ok()?, y.parse().ok()?, width.parse().ok()?);
        dark.extend((x..x + width).map(|x| (x, y)));
    }
    Some((side, dark))
}

#[test]
fn the_codes_are_those_of_the_rfc() {
    for (seconds, code) in VECTORS {
        assert_eq!(shown(&of_the_rfc(), at(seconds)), code[2..], "{seconds}");
        let step = of_the_rfc().check(&code[2..], at(seconds), None);
        assert_eq!(step, Some(Step::of(at(seconds))), "{seconds}");
        assert_eq!(step.unwrap().number(), seconds / 30);
    }
}

#[test]
fn a_phone_whose_clock_is_off_by_a_minute_gets_in_at_any_second() {
    let secret = AuthenticatorSecret::new(&SeededChance::new(1));
    for second in 0..60 {
        let now = at(1_795_435_200 + second);
        for clock in [now.minus(Duration::from_mins(1)), now, now.plus(Duration::from_mins(1))] {
            let step = secret.check(&shown(&secret, clock), now, None);
            assert_eq!(step, Some(Step::of(clock)), "at {now}, on a phone that says {clock}");
        }
    }
}

#[test]
fn a_phone_whose_clock_is_off_by_three_steps_does_not_get_in() {
    let secret = AuthenticatorSecret::new(&SeededChance::new(1));
    let now = at(1_795_435_200);
    for clock in [now.minus(Duration::from_secs(61)), now.plus(Duration::from_secs(90))] {
        assert_eq!(secret.check(&shown(&secret, clock), now, None), None, "{clock}");
    }
}

#[test]
fn a_code_counts_once_and_takes_those_before_it_along() {
    let secret = AuthenticatorSecret::new(&SeededChance::new(1));
    let now = at(1_795_435_200);
    let before = shown(&secret, now.minus(Duration::from_secs(30)));
    let after = shown(&secret, now.plus(Duration::from_secs(30)));
    let last = secret.check(&shown(&secret, now), now, None);
    assert!(last.is_some());
    assert_eq!(secret.check(&shown(&secret, now), now, last), None, "the same once more");
    assert_eq!(secret.check(&before, now, last), None, "one from before");
    assert!(secret.check(&after, now, last) > last, "the next one");
}

#[test]
fn spaces_in_a_code_do_not_matter_and_anything_but_six_digits_is_refused() {
    let (seconds, code) = VECTORS[5];
    let now = at(seconds);
    for typed in ["353130", " 353 130 ", "353-130", "3 5 3 1 3 0\n", "353\u{a0}130"] {
        assert!(of_the_rfc().check(typed, now, None).is_some(), "{typed:?}");
    }
    for typed in ["", "35313", "3531300", code, "+353130", "353.130", "٣٥٣١٣٠", "353130x", "0x5636a"] {
        assert_eq!(of_the_rfc().check(typed, now, None), None, "{typed:?}");
    }
}

#[test]
fn before_1970_and_at_the_end_of_time_no_code_is_good_and_nothing_breaks() {
    for when in [i64::MIN, -1, i64::MAX] {
        assert_eq!(of_the_rfc().check("000000", Time::from_micros(when), None), None);
    }
    assert!(of_the_rfc().check(&shown(&of_the_rfc(), at(0)), at(0), None).is_some());
    assert!(of_the_rfc().code(Step::from_number(i64::MAX)).is_none());
}

#[test]
fn what_is_typed_into_an_app_is_base32_in_groups_of_four() {
    // RFC 4648 over "12345678901234567890".
    assert_eq!(of_the_rfc().to_type().expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
}

#[test]
fn the_address_says_who_and_where_with_everything_escaped() {
    assert_eq!(
        of_the_rfc().address("Acme: Tools & Söhne", "ana+test@example.com").expose(),
        "otpauth://totp/Acme%20%20Tools%20%26%20S%C3%B6hne:ana%2Btest%40example.com\
         ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%20Tools%20%26%20S%C3%B6hne"
    );
}

#[test]
fn a_phone_reads_the_address_off_the_qr_code() {
    let secret = of_the_rfc();
    let qr = secret.qr_code("Acme", "ana@example.com", "QR code <for> Acme & you").unwrap();
    let (side, dark) = dark_modules(qr.expose()).unwrap();
    assert!(
        dark.iter().all(|&(x, y)| (4..side - 4).contains(&x) && (4..side - 4).contains(&y)),
        "its margin"
    );
    let scale = 4;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side * scale, side * scale, |x, y| {
        if dark.contains(&(x / scale, y / scale)) { 0 } else { 255 }
    });
    let (_, read) = picture.detect_grids().remove(0).decode().unwrap();
    assert_eq!(read, secret.address("Acme", "ana@example.com").expose());
}

#[test]
fn the_qr_code_is_black_on_white_and_has_a_role_and_a_title() {
    let qr = of_the_rfc().qr_code("Acme", "ana@example.com", "QR code <for> Acme & you").unwrap();
    assert!(qr.expose().starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox="));
    assert!(qr.expose().contains("<title>QR code &lt;for&gt; Acme &amp; you</title>"));
    assert!(qr.expose().contains("fill=\"#fff\"") && qr.expose().contains("fill=\"#000\""));
    assert!(!qr.expose().contains("currentColor") && !qr.expose().contains("style"));
}

#[test]
fn names_too_long_for_a_qr_code_leave_the_text() {
    assert!(of_the_rfc().qr_code("Acme", &"ä".repeat(254), "").is_some(), "as long as an address may be");
    assert!(of_the_rfc().qr_code("Acme", &"ä".repeat(1_000), "").is_none());
}

#[test]
fn debug_shows_nothing_of_an_authenticator() {
    let secret = of_the_rfc();
    assert_eq!(format!("{secret:?} {:?}", secret.to_type()), "AuthenticatorSecret SecretText");
}

#[test]
fn a_secret_comes_back_from_its_bytes_and_from_no_other_length() {
    let secret = AuthenticatorSecret::new(&SeededChance::new(1));
    assert_ne!(secret.expose(), AuthenticatorSecret::new(&SeededChance::new(2)).expose());
    assert_eq!(AuthenticatorSecret::from_bytes(secret.expose()).unwrap().expose(), secret.expose());
    assert!(AuthenticatorSecret::from_bytes(&[0; 19]).is_none());
}

proptest! {
    #[test]
    fn a_step_that_is_found_is_near_and_later_than_the_last_and_its_code_is_the_one_typed(
        seed: u64, seconds in 0..10_000_000_000_i64, off in -5..=5_i64, back in proptest::option::of(-5..=5_i64)
    ) {
        let secret = AuthenticatorSecret::new(&SeededChance::new(seed));
        let (now, last) = (Step::of(at(seconds)).number(), back.map(|back| Step::of(at(seconds)).number() - back));
        prop_assume!(now + off >= 0);
        let code = secret.code(Step::from_number(now + off)).unwrap();
        let found = secret.check(code.expose(), at(seconds), last.map(Step::from_number)).map(Step::number);
        let good = off.abs() <= 2 && last.is_none_or(|last| now + off > last);
        prop_assert_eq!(found, good.then_some(now + off));
    }

    #[test]
    fn any_text_as_a_code_is_refused_or_is_one(text in "\\PC{0,12}|[0-9 -]{4,9}") {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if of_the_rfc().check(&text, at(59), None).is_some() {
            prop_assert_eq!(digits.len(), 6);
        }
    }
}
