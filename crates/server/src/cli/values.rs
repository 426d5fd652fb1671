//! How values on a command line are read and shown.

use std::{io::Read as _, str::FromStr};

use time_and_chance::{Duration, Id, Kind, Time};
use token_format::Secret;

use super::ended::Ended;
use crate::tokens::Role;

const DAY: u64 = 24 * 60 * 60;

/// Reads a length of time: a whole number and its unit, such as `90d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        "a length of time is a whole number with a unit: s, m (minutes), h, d or w, such as 90d".to_owned()
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(|| "that is longer than there is time".to_owned())
}

/// Reads how long a token lives: not nothing, and at most 100 years.
pub fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text)?;
    if lifetime.is_zero() || lifetime > Duration::from_secs(100 * 365 * DAY) {
        return Err("a token lives for at least a second and at most 36500d".to_owned());
    }
    Ok(lifetime)
}

/// Reads how long a former secret works on: at most 30 days.
pub fn overlap(text: &str) -> Result<Duration, String> {
    let overlap = duration(text)?;
    if overlap > Duration::from_secs(30 * DAY) {
        return Err("an overlap is at most 30d".to_owned());
    }
    Ok(overlap)
}

/// A moment in the past, given as such or as how long ago it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    At(Time),
    Ago(Duration),
}

impl Moment {
    /// When that is, seen from `now`.
    pub fn seen_from(self, now: Time) -> Time {
        match self {
            Self::At(time) => time,
            Self::Ago(ago) => now.minus(ago),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        let wrong =
            |_| "give a time such as 2026-11-23T14:02:00Z, or how long ago it was, such as 90d".to_owned();
        duration(text).map(Self::Ago).map_err(wrong)
    }
}

/// An id. A text that is none is the id of nothing, so it is refused in the same words as an id that nothing has.
pub fn id<K: Kind>(text: &str, what: &str) -> Result<Id<K>, Ended> {
    text.parse().map_err(|_| Ended::not_found(what))
}

/// Reads a token's role.
pub fn role(name: &str) -> Result<Role, String> {
    let known = [Role::Owner, Role::Member].into_iter().find(|role| role.name() == name);
    known.ok_or_else(|| "a role is owner or member".to_owned())
}

/// Longer than any token with what may surround it.
const MOST_SECRET_BYTES: u64 = 16 * 1024;

/// A token that was given, or is to be read from standard input. White space around it is nobody's secret.
pub fn secret(given: String) -> Result<Secret, Ended> {
    if given != "-" {
        return Ok(Secret::new(given));
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MOST_SECRET_BYTES).read_to_string(&mut text);
    read.map_err(|error| Ended::refused(format!("The token cannot be read from standard input: {error}.")))?;
    Ok(Secret::new(text.trim()))
}

/// A time to the second, for tables.
pub fn to_the_second(time: Time) -> String {
    const MICROS: i64 = 1_000_000;
    Time::from_micros(time.micros().div_euclid(MICROS) * MICROS).to_string()
}

/// The same for a time that may not be.
pub fn or(time: Option<Time>, otherwise: &str) -> String {
    time.map_or_else(|| otherwise.to_owned(), to_the_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_a_number_with_a_unit() {
        let seconds = |text| duration(text).map(|length| length.as_secs());
        assert_eq!(seconds("45s"), Ok(45));
        assert_eq!(seconds("30m"), Ok(1_800));
        assert_eq!(seconds("24h"), Ok(86_400));
        assert_eq!(seconds("90d"), Ok(7_776_000));
        assert_eq!(seconds("2w"), Ok(1_209_600));
        assert_eq!(seconds("0s"), Ok(0));
        for wrong in [
            "",
            "d",
            "90",
            "90 d",
            "-1d",
            "1.5h",
            "1y",
            "9d9",
            "99999999999999999999d",
            "9999999999999999w",
            "9é",
        ] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_lifetime_and_an_overlap_have_bounds() {
        assert!(lifetime("1s").is_ok() && lifetime("36500d").is_ok());
        assert!(lifetime("0d").is_err() && lifetime("36501d").is_err());
        assert!(overlap("0h").is_ok() && overlap("30d").is_ok());
        assert!(overlap("31d").is_err());
    }

    #[test]
    fn a_moment_is_a_time_or_how_long_ago_it_was() {
        let now = Time::from_micros(10_000_000_000);
        assert_eq!("1h".parse::<Moment>().unwrap().seen_from(now), Time::from_micros(6_400_000_000));
        let noon = "2026-11-23T12:00:00Z";
        assert_eq!(noon.parse::<Moment>().unwrap().seen_from(now).to_string(), noon);
        assert!("yesterday".parse::<Moment>().is_err());
    }

    #[test]
    fn a_time_in_a_table_has_no_fraction() {
        let time = Time::from_micros(1_795_442_520_123_456);
        assert_eq!(to_the_second(time), "2026-11-23T14:02:00Z");
        assert_eq!(or(None, "never"), "never");
    }
}
