use std::io::{self, BufRead, Read};

/// What is wrong with a list of breached passwords. No message holds anything of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Not a hash, with or without a count.
    #[error("line {0} is not a SHA-1 hash: 40 hexadecimal digits, with or without a colon and a count")]
    NotAHash(u64),
    /// Sorted lists are read in one go, with little memory.
    #[error("line {0} comes before the line above it: the list must be sorted by hash")]
    NotSorted(u64),
    /// Not a single line.
    #[error("the list is empty")]
    Empty,
}

/// Why a list's next line was not read.
#[derive(Debug)]
pub(super) enum Stop {
    Line(BadLine),
    Reading(io::Error),
}

/// The hashes of a list, as the downloader of Have I Been Pwned writes it: one a line, sorted, `HASH:COUNT`. Counts may be
/// missing, digits may be in lower case, and lines may end in CR LF.
pub(super) struct Hashes<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
    last: Option<[u8; 20]>,
}

/// A hash, a colon, the longest count and a line's end. What is longer is no line of such a list.
const LONGEST: u64 = 40 + 1 + 20 + 2;

impl<R: BufRead> Hashes<R> {
    pub fn of(reader: R) -> Self {
        Self { reader, line: Vec::new(), number: 0, last: None }
    }

    /// How many lines were read.
    pub fn lines(&self) -> u64 {
        self.number
    }

    /// The next hash that is not the one before again, or the list's end.
    pub fn next(&mut self) -> Result<Option<[u8; 20]>, Stop> {
        while self.read_line()? {
            let hash = hash(&self.line).ok_or(Stop::Line(BadLine::NotAHash(self.number)))?;
            match self.last {
                Some(last) if hash < last => return Err(Stop::Line(BadLine::NotSorted(self.number))),
                Some(last) if hash == last => {}
                _ => {
                    self.last = Some(hash);
                    return Ok(Some(hash));
                }
            }
        }
        if self.number == 0 { Err(Stop::Line(BadLine::Empty)) } else { Ok(None) }
    }

    fn read_line(&mut self) -> Result<bool, Stop> {
        const BOM: &[u8] = b"\xEF\xBB\xBF";
        let first = self.number == 0;
        let longest = LONGEST + if first { 3 } else { 0 };
        self.line.clear();
        let read = self.reader.by_ref().take(longest).read_until(b'\n', &mut self.line);
        if read.map_err(Stop::Reading)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if first && self.line.starts_with(BOM) {
            self.line.drain(..BOM.len());
        }
        Ok(true)
    }
}

fn hash(line: &[u8]) -> Option<[u8; 20]> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (digits, count) = line.split_at_checked(40)?;
    let plain = count.is_empty()
        || count
            .strip_prefix(b":")
            .is_some_and(|count| !count.is_empty() && count.iter().all(u8::is_ascii_digit));
    let mut hash = [0; 20];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    plain.then_some(hash)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Result<Vec<u8>, BadLine> {
        let mut hashes = Hashes::of(list.as_bytes());
        let mut ends = Vec::new();
        loop {
            match hashes.next() {
                Ok(Some(hash)) => ends.push(hash[19]),
                Ok(None) => return Ok(ends),
                Err(Stop::Line(bad)) => return Err(bad),
                Err(Stop::Reading(fault)) => panic!("{fault}"),
            }
        }
    }

    fn line(end: &str) -> String {
        format!("{end:0>40}")
    }

    #[test]
    fn lists_with_and_without_counts_are_read_whatever_ends_their_lines() {
        let (one, two) = (line("1"), line("ab"));
        for list in [
            format!("{one}:5\r\n{two}:18446744073709551615\r\n"),
            format!("{one}\n{}\n", two.to_uppercase()),
            format!("\u{feff}{one}:5\n{two}:0"),
            format!("\u{feff}{one}:18446744073709551615\r\n{two}"),
            format!("{one}:3\n{one}:4\n{two}\n{two}"),
        ] {
            assert_eq!(read(&list), Ok(vec![0x01, 0xAB]), "{list}");
        }
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        let (one, two) = (line("1"), line("2"));
        for (list, why) in [
            (String::new(), BadLine::Empty),
            (format!("{two}\n{one}\n"), BadLine::NotSorted(2)),
            (format!("{one}\n\n{two}\n"), BadLine::NotAHash(2)),
            (format!("{one}\n{}\n", &two[1..]), BadLine::NotAHash(2)),
            (format!("{one}\n0{two}\n"), BadLine::NotAHash(2)),
            (format!("{one}\n{two}:\n"), BadLine::NotAHash(2)),
            (format!("{one}\n{two}:1x\n"), BadLine::NotAHash(2)),
            (format!("{one}\n{two}: 1\n"), BadLine::NotAHash(2)),
            (format!("{one}\n{}g\n", &two[1..]), BadLine::NotAHash(2)),
            (format!("{one}\n\u{feff}{two}\n"), BadLine::NotAHash(2)),
            ("hunter2\n".to_owned(), BadLine::NotAHash(1)),
            ("0".repeat(1_000_000), BadLine::NotAHash(1)),
        ] {
            assert_eq!(read(&list), Err(why), "{list:.120}");
        }
    }
}
