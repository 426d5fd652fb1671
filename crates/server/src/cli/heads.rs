//! Files of lines that others keep: heads, and exports.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::Path,
};

use chain::{Heads, Place, PublicKey, SignedHead};

use super::ended::Ended;

/// Reads heads that were delivered, a line each, and answers who says to have signed them.
pub fn read(path: &Path, heads: &mut Heads) -> Result<Vec<PublicKey>, Ended> {
    let mut signers = Vec::new();
    for line in lines_of(path)? {
        let line = line.map_err(unreadable(path))?;
        if line.is_empty() {
            continue;
        }
        heads.line(&line, Place::Outside);
        note(&mut signers, SignedHead::parse(&line).ok().map(|head| head.key));
    }
    Ok(signers)
}

/// Notes who has signed something, once.
pub fn note(signers: &mut Vec<PublicKey>, key: Option<PublicKey>) {
    signers.extend(key.filter(|key| !signers.contains(key)));
}

/// Lines as they are: what is no UTF-8 is for whoever reads them to find.
pub fn lines_of(path: &Path) -> Result<impl Iterator<Item = io::Result<String>> + use<>, Ended> {
    let file = File::open(path).map_err(unreadable(path))?;
    let lines = BufReader::with_capacity(1 << 20, file).split(b'\n');
    Ok(lines.map(|line| line.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())))
}

/// Says that a file cannot be read.
pub fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Ended + use<> {
    let path = path.display().to_string();
    move |error| Ended::refused(format!("{path} cannot be read: {error}"))
}
