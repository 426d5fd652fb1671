//! Files that are opened and read without being waited for for ever.
//!
//! Whoever opens a pipe waits until somebody is at its other end, and whoever reads from a network's file system that is away
//! waits until it is back. The first is refused ([`open`]); the second goes on in a thread of its own, and is given up
//! ([`within`]).

mod turn;

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

pub use turn::within;

/// Opens a file to read it. What is no regular file (a folder, a pipe, a device) is refused, and not waited for.
pub fn open(path: &Path) -> io::Result<File> {
    open_as(OpenOptions::new().read(true), path)
}

/// The same in another way than to read. The options' own flags for the system are replaced.
pub fn open_as(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // So that neither a pipe nor a device keeps us. Of a regular file it changes nothing.
    let file = options.custom_flags(libc::O_NONBLOCK).open(path).map_err(|error| {
        // A socket, or a pipe that is opened to write and that nobody reads.
        if error.raw_os_error() == Some(libc::ENXIO) { irregular() } else { error }
    })?;
    // Asked of the open file: another may stand under its name by now.
    if file.metadata()?.is_file() { Ok(file) } else { Err(irregular()) }
}

fn irregular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read as _, os::unix::net::UnixListener, process::Command};

    use super::*;

    #[test]
    fn a_regular_file_is_read_and_written_and_a_link_to_it_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        open_as(OpenOptions::new().append(true).create(true), &path).unwrap();
        fs::write(&path, "whole").unwrap();
        let mut text = String::new();
        open(&link).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "whole");
        assert_eq!(open(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_no_regular_file_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _listener = UnixListener::bind(&socket).unwrap();
        for path in [&pipe, &socket, folder.path(), Path::new("/dev/null")] {
            assert_eq!(open(path).unwrap_err().to_string(), "it is no regular file", "{}", path.display());
        }
        let to_write = open_as(OpenOptions::new().append(true), &pipe).unwrap_err();
        assert_eq!(to_write.to_string(), "it is no regular file");
    }
}
