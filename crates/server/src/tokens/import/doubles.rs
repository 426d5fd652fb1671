//! What stands twice in a file. One number a line is kept, and the few whose numbers are equal are looked at exactly in
//! another reading: a million digests would take more memory than the whole import may.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::Arc,
};

use super::{
    ImportFault,
    bad::BadLines,
    entries::{Entries, Entry},
    rules::Rules,
    source::Spool,
};
use crate::{app::App, ids::WorkspaceId};

/// What no two lines may share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Digest(Vec<u8>),
    ExternalId(WorkspaceId, String),
}

impl Key {
    fn all_of(entry: &Entry) -> impl Iterator<Item = Self> {
        let external_id = entry.line.external_id.clone();
        let external_id = external_id.map(|id| Self::ExternalId(entry.workspace.clone(), id));
        std::iter::once(Self::Digest(entry.line.digest.clone())).chain(external_id)
    }
}

/// How many suspects are looked at. They are hardly ever innocent, so the file is refused anyway.
const MOST_SUSPECTS: usize = 1000;

/// The number of each key so far.
#[derive(Default)]
pub(super) struct Doubles(Vec<u64>);

impl Doubles {
    pub fn note(&mut self, entry: &Entry) {
        self.0.extend(Key::all_of(entry).map(|key| number(&key)));
    }

    /// Reads the file once more if anything may stand in it twice, and names the lines that repeat another.
    pub async fn settle(
        self,
        app: &App,
        spool: &Spool,
        rules: &Arc<Rules>,
        bad: &mut BadLines,
    ) -> Result<(), ImportFault> {
        let suspects = self.suspects();
        if suspects.is_empty() {
            return Ok(());
        }
        let (mut entries, mut first) = (Entries::of(app, spool, rules)?, HashMap::new());
        // What is bad by itself is known by now.
        while let Some(batch) = entries.next(&mut BadLines::default()).await? {
            for entry in &batch {
                for key in Key::all_of(entry).filter(|key| suspects.contains(&number(key))) {
                    if let Some(line) = first.get(&key) {
                        bad.add(entry.number, said(&key, *line));
                    } else {
                        first.insert(key, entry.number);
                    }
                }
            }
            if bad.is_full() {
                break;
            }
        }
        Ok(())
    }

    fn suspects(self) -> HashSet<u64> {
        let Self(mut numbers) = self;
        numbers.sort_unstable();
        let twice = numbers.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let mut suspects = HashSet::new();
        for number in twice {
            suspects.insert(number);
            if suspects.len() == MOST_SUSPECTS {
                break;
            }
        }
        suspects
    }
}

fn number(key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

fn said(key: &Key, line: u64) -> String {
    match key {
        Key::Digest(_) => format!("The same \"digest\" stands on line {line}."),
        Key::ExternalId(..) => format!("Line {line} has the same \"external_id\" in the same workspace."),
    }
}
