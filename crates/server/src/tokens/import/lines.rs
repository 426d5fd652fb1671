use std::io::{self, BufRead, Read as _};

/// The longest line, in bytes. A longer one is no line of ours, and is not kept in memory to find that out.
pub(super) const LONGEST: usize = 64 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The lines of a file, numbered from 1, without their ends (LF or CRLF) and without the byte order mark of the first.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), number: 0 }
    }

    /// The next line, or what is wrong with it.
    pub fn next(&mut self) -> io::Result<Option<(u64, Result<&str, String>)>> {
        self.buffer.clear();
        // Two more than the longest, for its end.
        let most = LONGEST as u64 + 2;
        if self.input.by_ref().take(most).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let ended = self.buffer.ends_with(b"\n");
        if !ended {
            self.input.skip_until(b'\n')?;
        }
        let line = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if self.number == 1 { line.strip_prefix(BOM).unwrap_or(line) } else { line };
        if line.len() > LONGEST {
            return Ok(Some((self.number, Err(format!("The line is longer than {LONGEST} bytes.")))));
        }
        let text = std::str::from_utf8(line).map_err(|_| "The line is not UTF-8.".to_owned());
        Ok(Some((self.number, text)))
    }
}
