use seal::Private;

/// A text that cannot be taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadText(pub String);

/// One line that a person reads: as sent at most `most` characters, none of them a control character (a line break would
/// forge a line of a mail or a log, and PostgreSQL stores no NUL); then trimmed, and not empty.
pub fn line(field: &str, text: &str, most: usize) -> Result<String, BadText> {
    if text.trim().is_empty() {
        return Err(BadText(format!("\"{field}\" must not be empty.")));
    }
    if text.chars().count() > most {
        return Err(BadText(format!("\"{field}\" may have at most {most} characters.")));
    }
    if text.chars().any(char::is_control) {
        return Err(BadText(format!("\"{field}\" must be one line, without control characters.")));
    }
    Ok(text.trim().to_owned())
}

/// The same of something that is not everybody's business.
pub fn private_line(field: &str, text: &Private, most: usize) -> Result<Private, BadText> {
    line(field, text.expose(), most).map(Private::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_is_one_line() {
        assert_eq!(line("name", "  Acme ", 10), Ok("Acme".to_owned()));
        for bad in ["", "  ", "a\nb", "a\0b", "elevenchars"] {
            assert!(line("name", bad, 10).is_err(), "{bad:?}");
        }
    }
}
