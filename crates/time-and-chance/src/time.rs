use std::{fmt, str::FromStr, time::SystemTime};

use jiff::{SignedDuration, civil::DateTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use std::time::Duration;

/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z. Stored as BIGINT, shown as RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// The last microsecond of the year 9999; RFC 3339 knows no later one.
const END: i64 = 253_402_300_799_999_999;

/// A text that is no RFC 3339 time.
#[derive(Debug, PartialEq, Eq)]
pub struct NotATime;

impl Time {
    /// The moment this many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, zero for what lies before it.
    pub fn millis(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }

    /// The same for the standard library: the epoch for what lies before it.
    pub fn system_time(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(self.0).unwrap_or(0))
    }

    /// This moment and a while; stays at the end of time rather than wrapping.
    #[must_use]
    pub fn plus(self, while_: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(while_.as_micros()).unwrap_or(i64::MAX)))
    }

    /// A while before this moment.
    #[must_use]
    pub fn minus(self, while_: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(while_.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    // Not as a `Timestamp`: those end a day and two hours before the year 9999 does, which is many products' "never".
    fn civil(self) -> DateTime {
        EPOCH.checked_add(SignedDuration::from_micros(self.0)).unwrap_or(DateTime::MAX)
    }

    /// For people: `23 November 2026, 14:02 UTC`.
    pub fn in_words(self) -> String {
        self.civil().strftime("%-d %B %Y, %H:%M UTC").to_string()
    }
}

/// RFC 3339 in UTC, such as `2026-11-23T14:02:00Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.civil())
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let (local, ahead) = split(text).ok_or(NotATime)?;
        let local: DateTime = local.parse().map_err(|_| NotATime)?;
        let micros = local.duration_since(EPOCH).saturating_sub(ahead).as_micros();
        i64::try_from(micros).map(|micros| Self(micros.min(END))).map_err(|_| NotATime)
    }
}

/// The local part of a text in the form of RFC 3339, section 5.6, and how far it is ahead of UTC. The library's own reader
/// takes more than that: other forms of ISO 8601, and names of time zones.
fn split(text: &str) -> Option<(&str, SignedDuration)> {
    const LOCAL: &[u8] = b"0000-00-00T00:00:00";
    let has_form = |text: &str, form: &[u8]| {
        text.len() == form.len()
            && text.bytes().zip(form).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                _ => byte == *form,
            })
    };
    let (seconds, rest) = text.split_at_checked(LOCAL.len())?;
    let fraction = rest.strip_prefix('.').map_or(Some(0), |rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then_some(digits + 1)
    })?;
    let (local, zone) = text.split_at(seconds.len() + fraction);
    if !has_form(seconds, LOCAL) {
        return None;
    }
    if matches!(zone, "Z" | "z") {
        return Some((local, SignedDuration::ZERO));
    }
    let (sign, ahead) = (zone.starts_with('-'), zone.strip_prefix(['+', '-'])?);
    if !has_form(ahead, b"00:00") {
        return None;
    }
    let (hours, minutes): (i64, i64) = (ahead[..2].parse().ok()?, ahead[3..].parse().ok()?);
    let ahead = SignedDuration::from_mins(hours * 60 + minutes);
    (hours < 24 && minutes < 60).then_some((local, if sign { -ahead } else { ahead }))
}

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time in the form of RFC 3339, such as 2026-11-23T14:02:00Z")
    }
}

impl std::error::Error for NotATime {}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_what_it_shows() {
        let when = Time::from_micros(1_795_442_520_123_456);
        assert_eq!(when.to_string().parse(), Ok(when));
        assert_eq!(Time::from_micros(0).to_string(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn the_standard_library_is_told_the_same_moment() {
        let since_the_epoch = |micros| {
            let at = Time::from_micros(micros).system_time();
            at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros()
        };
        for micros in [0, 1, 1_795_442_520_123_456, END] {
            assert_eq!(since_the_epoch(micros), u128::try_from(micros).unwrap());
        }
        assert_eq!([since_the_epoch(-1), since_the_epoch(i64::MIN)], [0, 0]);
    }

    #[test]
    fn the_year_9999_is_taken_to_its_end() {
        for (text, shown) in [
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999Z"),
            ("9999-12-31T23:59:59-08:00", "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(text.parse::<Time>().map(|at| at.to_string()), Ok(shown.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_rfc_3339_allows_is_read() {
        for text in [
            "2030-01-01T00:30:00Z",
            "2030-01-01 00:30:00z",
            "2030-01-01t00:30:00.000Z",
            "2030-01-01T02:00:00+01:30",
            "2029-12-31T16:30:00-08:00",
            "2030-01-01T00:30:00-00:00",
        ] {
            assert_eq!(text.parse::<Time>().map(Time::micros), Ok(1_893_457_800_000_000), "{text}");
        }
    }

    #[test]
    fn what_rfc_3339_does_not_allow_is_refused() {
        for text in [
            "",
            "2030-01-01",
            "20300101T000000Z",
            "2030-01-01 00:00Z",
            "2030-01-01T00:00:00",
            "2030-01-01T00:00:00.Z",
            "2030-01-01T00:00:00,5Z",
            "2030-01-01T00:00:00+01",
            "2030-01-01T00:00:00+0100",
            "2030-01-01T00:00:00+24:00",
            "2030-01-01T00:00:00+01:60",
            "2030-02-30T00:00:00Z",
            "2030-01-01T24:00:00Z",
            "2030-01-01T00:00:00-08:00[America/Los_Angeles]",
            "+002030-01-01T00:00:00Z",
            "2030-01-01T00:00:00\u{1d7d8}Z",
        ] {
            assert_eq!(text.parse::<Time>(), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn time_before_or_beyond_all_bounds_neither_wraps_nor_panics() {
        let end = Time::from_micros(i64::MAX);
        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert_eq!(Time::from_micros(0).since(end), Duration::ZERO);
        assert!(!end.to_string().is_empty());
    }
}
