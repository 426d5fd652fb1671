//! A file to which heads are appended, a line each.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Appends a line and brings it to the disk. What is there is never changed, so the file may be one that can only be appended
/// to. A line that an earlier try left half written is written on. What is no regular file is refused.
pub(super) fn append(path: &Path, line: &str) -> io::Result<()> {
    let missing = |line: &[u8]| -> io::Result<Vec<u8>> {
        match files::open(path) {
            Ok(file) => still_missing(file, line),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(line.to_vec()),
            Err(error) => Err(error),
        }
    };
    let missing = missing(format!("{line}\n").as_bytes())?;
    let mut file = files::open_as(OpenOptions::new().append(true).create(true).mode(0o640), path)?;
    file.write_all(&missing)?;
    file.sync_all()?;
    // A file that is new is there for good once its folder says so.
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

/// What has to be written so that the file ends with this line.
fn still_missing(mut file: File, line: &[u8]) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    let tail = length.min(line.len() as u64 + 1);
    file.seek(SeekFrom::Start(length - tail))?;
    let mut end = Vec::new();
    file.take(tail).read_to_end(&mut end)?;
    let begins_a_line = |at: usize| if at == 0 { tail == length } else { end.get(at - 1) == Some(&b'\n') };
    // It is there as a whole already, or in part.
    let begun = (0..=end.len()).find(|at| begins_a_line(*at) && line.starts_with(&end[*at..]));
    Ok(match begun {
        Some(at) => line[end.len() - at..].to_vec(),
        // Something else stands there without an end.
        None => [b"\n", line].concat(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(content: &str, line: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        std::fs::write(&path, content).unwrap();
        append(&path, line).unwrap();
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn lines_are_appended_to_a_file_that_is_made_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        for line in ["one", "two", "three"] {
            append(&path, line).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
    }

    #[test]
    fn a_line_that_was_half_written_is_written_on() {
        for half in ["", "t", "tw", "two"] {
            assert_eq!(after(&format!("one\n{half}"), "two"), "one\ntwo\n");
            assert_eq!(after(half, "two"), "two\n");
        }
    }

    #[test]
    fn a_line_that_is_there_is_not_written_again() {
        assert_eq!(after("one\ntwo\n", "two"), "one\ntwo\n");
        assert_eq!(after("two\n", "two"), "two\n");
        assert_eq!(after("two\ntwo\n", "two"), "two\ntwo\n");
    }

    #[test]
    fn what_somebody_else_left_stays_and_is_no_part_of_a_line() {
        assert_eq!(after("one\nthr", "two"), "one\nthr\ntwo\n");
        assert_eq!(after("a longer one", "two"), "a longer one\ntwo\n");
        assert_eq!(after("xtwo", "two"), "xtwo\ntwo\n");
    }
}
