use std::{
    fs::File,
    io::{self, Read as _, Seek as _},
    path::PathBuf,
};

use super::{BadLine, ImportFault};

/// Where the lines come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// A file that can be read from its beginning again. What cannot, such as a pipe, was copied into one.
#[derive(Debug)]
pub(super) struct Spool(File);

const GZIP: [u8; 2] = [0x1f, 0x8b];

impl Spool {
    pub async fn of(source: Source) -> Result<Self, ImportFault> {
        let opened = tokio::task::spawn_blocking(move || open(source)).await.map_err(io::Error::other)??;
        if begins_with(&opened, GZIP)? {
            let why = "The file is compressed with gzip, which is not read here: give the output of gunzip -c instead.";
            return Err(ImportFault::Refused(vec![BadLine { line: 1, why: why.to_owned() }]));
        }
        Ok(Self(opened))
    }

    /// The file at its beginning. There is one place in it, so only one may read at a time.
    pub fn reopened(&self) -> io::Result<File> {
        let mut file = self.0.try_clone()?;
        file.rewind()?;
        Ok(file)
    }
}

fn open(source: Source) -> io::Result<File> {
    match source {
        Source::Stdin => copied(&mut io::stdin().lock()),
        Source::Path(path) => {
            let mut file = File::open(path)?;
            if file.metadata()?.is_file() { Ok(file) } else { copied(&mut file) }
        }
    }
}

fn copied(from: &mut impl io::Read) -> io::Result<File> {
    let mut copy = tempfile::tempfile()?;
    io::copy(from, &mut copy)?;
    Ok(copy)
}

fn begins_with(file: &File, mark: [u8; 2]) -> io::Result<bool> {
    let (mut file, mut begin) = (file, Vec::new());
    file.rewind()?;
    file.take(2).read_to_end(&mut begin)?;
    Ok(begin == mark)
}
