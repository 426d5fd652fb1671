use std::collections::HashMap;

use super::Sha1;

/// What is no answer of the range API. Then it is not known whether a password was in a breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAnswer {
    /// Every range has hundreds of entries.
    #[error("the answer is empty")]
    Empty,
    /// More than [`RangeAnswer::MOST`] bytes.
    #[error("the answer has more than 512 KiB")]
    TooLong,
    /// A line that is not 35 hexadecimal digits, a colon and a count.
    #[error("line {0} of the answer is not 35 hexadecimal digits, a colon and a count")]
    Line(usize),
}

/// An answer of Have I Been Pwned's range API, version 3 (`GET /range/{prefix}`): who asks by five digits of a SHA-1 gets the
/// other 35 of each password that is known, and how often it was seen. With the header `Add-Padding: true` there are
/// made-up entries among them, with a count of 0.
///
/// An answer is taken as a whole or not at all: what a proxy or a sign-in page of a network says instead must not be read as
/// "not known".
#[derive(Debug)]
pub struct RangeAnswer {
    seen: HashMap<[u8; 35], u64>,
}

impl RangeAnswer {
    /// How many bytes an answer may have. They have had about 40 KiB for years.
    pub const MOST: usize = 512 * 1024;

    /// Reads the body of an answer.
    pub fn read(body: &[u8]) -> Result<Self, NotAnAnswer> {
        if body.len() > Self::MOST {
            return Err(NotAnAnswer::TooLong);
        }
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        if body.is_empty() {
            return Err(NotAnAnswer::Empty);
        }
        let mut seen = HashMap::new();
        for (index, line) in body.split(|&byte| byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let (suffix, count) = entry(line).ok_or(NotAnAnswer::Line(index + 1))?;
            if count > 0 {
                seen.insert(suffix, count);
            }
        }
        Ok(Self { seen })
    }

    /// How often the password was seen in breaches, if it is one of the range that was asked for; 0 when it is not known.
    pub fn seen(&self, sha1: &Sha1) -> u64 {
        let suffix: Option<[u8; 35]> = sha1.suffix().as_bytes().try_into().ok();
        suffix.and_then(|suffix| self.seen.get(&suffix)).copied().unwrap_or(0)
    }
}

fn entry(line: &[u8]) -> Option<([u8; 35], u64)> {
    let (suffix, count) = line.split_at_checked(35)?;
    let mut suffix: [u8; 35] = suffix.try_into().ok()?;
    suffix.make_ascii_uppercase();
    let digits = count.strip_prefix(b":").filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let count = std::str::from_utf8(digits).ok()?.parse().ok()?;
    suffix.iter().all(u8::is_ascii_hexdigit).then_some((suffix, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Password;

    /// Of the SHA-1 of `abc`.
    const ABC: &str = "E364706816ABA3E25717850C26C9CD0D89D";
    const OTHER: &str = "0018A45C4D1DEF81644B54AB7F969B88D65";

    fn seen(body: &str) -> Result<u64, NotAnAnswer> {
        RangeAnswer::read(body.as_bytes())
            .map(|answer| answer.seen(&Sha1::of(&Password::new("abc").unwrap())))
    }

    #[test]
    fn a_password_that_was_seen_is_found_with_its_count() {
        for body in [
            format!("{ABC}:42"),
            format!("{OTHER}:1\r\n{ABC}:42\r\n"),
            format!("{ABC}:42\n{OTHER}:0\n{ABC}:0\n"),
            format!("{}:042\n", ABC.to_lowercase()),
        ] {
            assert_eq!(seen(&body), Ok(42), "{body}");
        }
    }

    #[test]
    fn padding_and_other_passwords_are_no_hits() {
        assert_eq!(seen(&format!("{OTHER}:9\r\n{ABC}:0\r\n")), Ok(0));
        assert_eq!(seen(&format!("{OTHER}:9")), Ok(0));
    }

    #[test]
    fn what_is_no_answer_is_not_read_as_unknown() {
        for (body, why) in [
            (String::new(), NotAnAnswer::Empty),
            ("\n".to_owned(), NotAnAnswer::Empty),
            ("<html>Please sign in</html>".to_owned(), NotAnAnswer::Line(1)),
            (format!("{OTHER}:1\n\n{ABC}:1"), NotAnAnswer::Line(2)),
            (format!("{OTHER}:1\n{ABC}:"), NotAnAnswer::Line(2)),
            (format!("{OTHER}:1\n{ABC}"), NotAnAnswer::Line(2)),
            (format!("{ABC}:-1"), NotAnAnswer::Line(1)),
            (format!("{ABC}:99999999999999999999"), NotAnAnswer::Line(1)),
            (format!("0{ABC}:1"), NotAnAnswer::Line(1)),
            (format!("G{}:1", &ABC[1..]), NotAnAnswer::Line(1)),
            (format!("{ABC} :1"), NotAnAnswer::Line(1)),
            (format!("{ABC}:1\n").repeat(15_000), NotAnAnswer::TooLong),
        ] {
            assert_eq!(seen(&body), Err(why), "{body:.80}");
        }
    }
}
