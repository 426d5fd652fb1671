use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A mail that became a file, as far as it is told.
#[derive(Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
}

/// The mails in a folder; none if there is no folder yet.
pub fn in_folder(folder: &Path) -> BTreeSet<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect()
}

impl Letter {
    /// Reads a mail of ours: two parts, plain text first. Of other mails it makes what it can.
    pub fn of(raw: &str) -> Self {
        let raw = raw.replace("\r\n", "\n");
        let (head, body) = raw.split_once("\n\n").unwrap_or((&raw, ""));
        // A long header goes on in lines that begin with white space (RFC 5322 section 2.2.3).
        let head = head.replace("\n ", " ");
        let subject = head.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
        let (_, part) = body.split_once("\n\n").unwrap_or_default();
        let text = part.split("\n--").next().unwrap_or_default();
        Self { subject: subject.to_owned(), text: unquoted(text) }
    }
}

/// Undoes quoted-printable (RFC 2045 section 6.7): soft line ends, and `=XX` for a byte.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let joined = text.replace("=\n", "");
    let mut rest = joined.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex =
            (*first == b'=').then(|| tail.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_text_of_a_mail_is_read() {
        let raw = "From: a@b.example\r\nSubject: Token \"x\" was\r\n found\r\nMIME-Version: 1.0\r\n\r\n--m\r\n\
                   Content-Type: text/plain\r\n\r\nbwk_a=E2=80=A6 no longer =\r\nworks.\r\n1 + 1 =3D 2\r\n--m\r\n\r\n<p>";
        let letter = Letter::of(raw);
        assert_eq!(letter.subject, "Token \"x\" was found");
        assert_eq!(letter.text, "bwk_a… no longer works.\n1 + 1 = 2");
    }
}
