//! Lines of JSON of which each content has one spelling, so that no byte of them can be changed unnoticed.

use serde::{Deserialize, Serialize};

/// A line that is not of the form that it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the line is not of the form that it should have")]
pub struct NotALine;

pub(crate) fn write<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("it is plain data")
}

/// Reads a line, and refuses every spelling of it but ours.
pub(crate) fn read<'a, T: Serialize + Deserialize<'a>>(line: &'a str) -> Result<T, NotALine> {
    let value: T = serde_json::from_str(line).map_err(|_| NotALine)?;
    is_spelled(&value, line).then_some(value).ok_or(NotALine)
}

/// Whether this is how the value is written.
pub(crate) fn is_spelled<T: Serialize>(value: &T, line: &str) -> bool {
    let mut rest = Rest(line.as_bytes());
    serde_json::to_writer(&mut rest, value).is_ok() && rest.0.is_empty()
}

/// Takes only the bytes that it expects.
struct Rest<'a>(&'a [u8]);

impl std::io::Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
