use std::path::Path;

/// A mail that was sent.
#[derive(Debug, Clone)]
pub struct Eml {
    /// Whom it went to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// All of it, decoded as far as a test needs: soft line breaks and `=XX` undone.
    pub text: String,
}

/// The mails of a folder, in the order of their names, which begin with the time.
pub(crate) fn read(folder: &Path) -> Vec<Eml> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = files.map(|file| file.expect("a readable folder").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    paths.sort();
    paths.iter().map(|path| of_text(&std::fs::read_to_string(path).expect("a readable mail"))).collect()
}

fn of_text(raw: &str) -> Eml {
    // A long header goes on in lines that begin with a space.
    let unfolded = raw.replace("\r\n ", " ");
    let header = |name: &str| {
        let line = unfolded.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().to_owned()
    };
    Eml { to: header("To:"), subject: header("Subject:"), text: unquoted(raw) }
}

fn unquoted(raw: &str) -> String {
    let joined = raw.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'=' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
