use std::{
    fs::{File, Permissions},
    io::{self, BufRead, BufWriter, Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use tempfile::NamedTempFile;
use xorf::BinaryFuse16;

use super::{
    BadLine, key_of,
    list::{Hashes, Stop},
    shard::{HEAD, Head, Shard, VERSION},
};

/// How many keys a shard has. Small ones cost more bytes a key (2.6 for 4,000), large ones more memory while they are made, and
/// just below where the segments' length doubles (about 124,100 for 2,048, 413,000 for 4,096) they are densest.
const KEYS: usize = 124_000;

/// What was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Lines of the list.
    pub lines: u64,
    /// Hashes in the filter: as many, but for those that came twice.
    pub hashes: u64,
    /// Length of the file.
    pub bytes: u64,
}

/// Why a list was not imported. The file that was there before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// Something is wrong with the list.
    #[error(transparent)]
    Line(#[from] BadLine),
    /// It could not be read.
    #[error("the list cannot be read: {0}")]
    Reading(#[source] io::Error),
    /// The filter could not be written.
    #[error("the filter cannot be written: {0}")]
    Writing(#[source] io::Error),
    /// Chance is against it, with a probability that is nobody's concern.
    #[error("no filter can be made of the hashes before line {0}")]
    NoFilter(u64),
}

impl From<Stop> for ImportFault {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Line(bad) => Self::Line(bad),
            Stop::Reading(fault) => Self::Reading(fault),
        }
    }
}

/// Makes a filter of a list of breached passwords, in one go and with a few megabytes of memory. The list is sorted, with a
/// SHA-1 in hexadecimal digits a line, with or without a colon and a count, as the downloader of Have I Been Pwned writes it.
///
/// The filter is written beside the target and takes its place when it is whole and on the disk. It holds nothing but public
/// digests, so everybody on the machine may read it.
pub fn import(list: impl BufRead, target: &Path) -> Result<Imported, ImportFault> {
    import_by(KEYS, list, target)
}

pub(super) fn import_by(keys: usize, list: impl BufRead, target: &Path) -> Result<Imported, ImportFault> {
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let beside = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(ImportFault::Writing)?;
    let mut writer = Writer::begin(beside, keys).map_err(ImportFault::Writing)?;
    let mut hashes = Hashes::of(list);
    while let Some(hash) = hashes.next()? {
        writer.take(key_of(&hash), hashes.lines())?;
    }
    writer.close_shard(hashes.lines())?;
    let (hashes_in, bytes, beside) = writer.finish().map_err(ImportFault::Writing)?;
    let put = beside.persist(target).map_err(|fault| fault.error);
    put.and_then(|_| File::open(folder)?.sync_all()).map_err(ImportFault::Writing)?;
    Ok(Imported { lines: hashes.lines(), hashes: hashes_in, bytes })
}

struct Writer {
    file: BufWriter<NamedTempFile>,
    keys: Vec<u64>,
    a_shard: usize,
    at: u64,
    hashes: u64,
    shards: Vec<Shard>,
}

impl Writer {
    fn begin(file: NamedTempFile, a_shard: usize) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 20, file);
        // The head is written when everything else is: a file that was left half done is none.
        file.write_all(&[0; HEAD])?;
        let keys = Vec::with_capacity(a_shard);
        Ok(Self { file, keys, a_shard, at: HEAD as u64, hashes: 0, shards: Vec::new() })
    }

    fn take(&mut self, key: u64, line: u64) -> Result<(), ImportFault> {
        // Two hashes with the same 64 bits are one key, and it is in one shard.
        if self.keys.last() == Some(&key) {
            return Ok(());
        }
        if self.keys.len() == self.a_shard {
            self.close_shard(line)?;
        }
        self.keys.push(key);
        Ok(())
    }

    fn close_shard(&mut self, line: u64) -> Result<(), ImportFault> {
        let Some(&first) = self.keys.first() else { return Ok(()) };
        let filter = BinaryFuse16::try_from(&self.keys).map_err(|_| ImportFault::NoFilter(line))?;
        let (shard, bytes) = Shard::of(&filter, first, self.at);
        self.file.write_all(&bytes).map_err(ImportFault::Writing)?;
        self.at += bytes.len() as u64;
        self.hashes += self.keys.len() as u64;
        self.shards.push(shard);
        self.keys.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<(u64, u64, NamedTempFile)> {
        let index: Vec<u8> = self.shards.iter().flat_map(Shard::bytes).collect();
        self.file.write_all(&index)?;
        let length = self.at + index.len() as u64;
        let shards = u32::try_from(self.shards.len()).map_err(io::Error::other)?;
        let head = Head { version: VERSION, shards, hashes: self.hashes, index_at: self.at, length };
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&head.bytes(&index))?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok((self.hashes, length, file))
    }
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
