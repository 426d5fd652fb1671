use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    Details, Entry, Excerpt, Finding, Hash, Heads, Place, Recorded, Report, SALT_LEN, Verification,
    canonical::{self, NotALine},
    hash::{read_hex, write_hex},
};

/// The version of the form.
const VERSION: u64 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    bailiwick_audit_export: u64,
    #[serde(borrow)]
    chain: Cow<'a, str>,
    entries: u64,
    head: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine<'a> {
    sequence: u64,
    #[serde(borrow)]
    id: Cow<'a, str>,
    at: i64,
    #[serde(borrow)]
    actor_kind: Cow<'a, str>,
    #[serde(borrow)]
    actor_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    target: Option<Cow<'a, str>>,
    #[serde(borrow)]
    request_id: Option<Cow<'a, str>>,
    commitment: Hash,
    hash: Hash,
    salt: Option<Salt>,
    #[serde(borrow)]
    details: Option<Cow<'a, str>>,
}

/// In hexadecimal.
struct Salt([u8; SALT_LEN]);

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(write_hex(&self.0, &mut [0; 2 * SALT_LEN]))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = [0; SALT_LEN];
        read_hex(&Cow::<str>::deserialize(deserializer)?, &mut bytes).map_err(de::Error::custom)?;
        Ok(Self(bytes))
    }
}

/// The first line of an export: of which chain it is, how many entries follow, and the number of the head in the
/// second line ([`Excerpt::to_line`]), if there is one. JSON, without the line's end.
pub fn header_line(chain: &str, entries: u64, head: Option<u64>) -> String {
    canonical::write(&Header { bailiwick_audit_export: VERSION, chain: chain.into(), entries, head })
}

/// An entry's line in an export: JSON, without the line's end. Details that are no UTF-8 or cannot be read are left out as if gone:
/// whoever exports does not get that far with them, unless the workspace was deleted.
pub fn entry_line(recorded: &Recorded<'_>) -> String {
    let entry = &recorded.entry;
    let held = match recorded.details {
        Details::Held { salt, bytes } => salt.try_into().ok().map(Salt).zip(str::from_utf8(bytes).ok()),
        Details::Unreadable | Details::Gone => None,
    };
    let (salt, details) = held.unzip();
    canonical::write(&EntryLine {
        sequence: entry.sequence,
        id: entry.id.into(),
        at: entry.at,
        actor_kind: entry.actor_kind.into(),
        actor_id: entry.actor_id.map(Into::into),
        event: entry.event.into(),
        target: entry.target.map(Into::into),
        request_id: entry.request_id.map(Into::into),
        commitment: entry.commitment,
        hash: recorded.hash,
        salt,
        details: details.map(Into::into),
    })
}

/// Reads an export line by line and checks it, against the head that it brings and those that somebody has besides.
///
/// Only one spelling of each content is taken, so that whatever byte is changed is found.
#[derive(Debug)]
pub struct ExportReader {
    lines: u64,
    read: Read,
    broken: Vec<Finding>,
}

/// How far it was read.
#[derive(Debug)]
enum Read {
    Nothing(Heads),
    Header(Heads, Header<'static>),
    Entries { verification: Box<Verification>, chain: String, left: u64 },
    NoExport(Heads),
}

impl ExportReader {
    /// A reader that knows these heads. The one of the export must be signed by a key that they trust.
    pub fn new(heads: Heads) -> Self {
        Self { lines: 0, read: Read::Nothing(heads), broken: Vec::new() }
    }

    /// Reads the next line, without its end.
    pub fn line(&mut self, line: &str) {
        self.lines += 1;
        let read = std::mem::replace(&mut self.read, Read::NoExport(Heads::default()));
        self.read = match read {
            Read::Nothing(heads) => self.header(heads, line),
            Read::Header(heads, header) => self.head(heads, &header, line),
            Read::Entries { mut verification, chain, left } => {
                let read = left.checked_sub(1).filter(|_| entry(&mut verification, &chain, line).is_ok());
                if read.is_none() {
                    self.unreadable();
                }
                Read::Entries { verification, chain, left: left.saturating_sub(1) }
            }
            no @ Read::NoExport(_) => no,
        };
    }

    /// What came out. There are no more lines.
    pub fn finish(mut self) -> Report {
        let (report, incomplete) = match self.read {
            Read::Entries { verification, left, .. } => (verification.finish_some(), left > 0),
            Read::Nothing(heads) | Read::Header(heads, _) => {
                (Verification::against(heads).finish_some(), true)
            }
            Read::NoExport(heads) => (Verification::against(heads).finish_some(), false),
        };
        if incomplete {
            self.broken.push(Finding::Incomplete { lines: self.lines });
        }
        let findings = [self.broken, report.findings].concat();
        Report { findings, ..report }
    }

    fn header(&mut self, heads: Heads, line: &str) -> Read {
        match canonical::read::<Header>(line) {
            Ok(header) if header.bailiwick_audit_export == VERSION => {
                let header = Header { chain: header.chain.into_owned().into(), ..header };
                if header.head.is_some() { Read::Header(heads, header) } else { entries(heads, &header) }
            }
            _ => {
                self.unreadable();
                Read::NoExport(heads)
            }
        }
    }

    fn head(&mut self, mut heads: Heads, header: &Header<'_>, line: &str) -> Read {
        let is_named =
            |head: &Excerpt| header.head == Some(head.number()) && head.chain.chain == header.chain;
        match Excerpt::parse(line) {
            Ok(head) if is_named(&head) => heads.excerpt(&head, Place::Export),
            _ => self.unreadable(),
        }
        entries(heads, header)
    }

    fn unreadable(&mut self) {
        self.broken.push(Finding::Unreadable { line: self.lines });
    }
}

fn entries(heads: Heads, header: &Header<'_>) -> Read {
    let mut verification = Box::new(Verification::against(heads));
    verification.begin(&header.chain);
    Read::Entries { verification, chain: header.chain.clone().into_owned(), left: header.entries }
}

fn entry(verification: &mut Verification, chain: &str, line: &str) -> Result<(), NotALine> {
    let read: EntryLine = canonical::read(line)?;
    let details = match (&read.salt, &read.details) {
        (Some(Salt(salt)), Some(details)) => Details::Held { salt, bytes: details.as_bytes() },
        (None, None) => Details::Gone,
        _ => return Err(NotALine),
    };
    let entry = Entry {
        chain,
        sequence: read.sequence,
        id: &read.id,
        at: read.at,
        actor_kind: &read.actor_kind,
        actor_id: read.actor_id.as_deref(),
        event: &read.event,
        target: read.target.as_deref(),
        request_id: read.request_id.as_deref(),
        commitment: read.commitment,
    };
    verification.entry(&Recorded { entry, hash: read.hash, details });
    Ok(())
}
