use std::{io, sync::Arc};

use tokio::sync::mpsc;

use super::{
    ImportFault,
    bad::BadLines,
    names::Names,
    reader::{self, Numbered},
    rules::{Line, Rules},
    source::Spool,
};
use crate::{
    app::App,
    ids::{PersonId, WorkspaceId},
};

/// A line that is good, with whom it names.
pub(super) struct Entry {
    pub number: u64,
    pub line: Line,
    pub workspace: WorkspaceId,
    pub creator: Option<PersonId>,
}

/// One reading of a file, from its beginning to its end.
pub(super) struct Entries<'a> {
    app: &'a App,
    batches: mpsc::Receiver<io::Result<Vec<Numbered>>>,
    names: Names,
}

impl<'a> Entries<'a> {
    pub fn of(app: &'a App, spool: &Spool, rules: &Arc<Rules>) -> io::Result<Self> {
        Ok(Self { app, batches: reader::read(spool, rules)?, names: Names::default() })
    }

    /// The good lines of the next batch; the others go to `bad`. None at the end of the file.
    pub async fn next(&mut self, bad: &mut BadLines) -> Result<Option<Vec<Entry>>, ImportFault> {
        // The reader says when it is at the end, so that one that died isn't taken for one that is.
        let died = || io::Error::other("it was not read to its end");
        let batch = self.batches.recv().await.ok_or_else(died)??;
        if batch.is_empty() {
            return Ok(None);
        }
        let mut good = Vec::with_capacity(batch.len());
        for (number, line) in batch {
            match line {
                Ok(line) => good.push((number, line)),
                Err(why) => bad.add(number, why),
            }
        }
        self.names.learn(self.app, &good).await?;
        Ok(Some(good.into_iter().filter_map(|(number, line)| self.entry(number, line, bad)).collect()))
    }

    fn entry(&self, number: u64, line: Line, bad: &mut BadLines) -> Option<Entry> {
        let Some(workspace) = self.names.workspace(&line.workspace) else {
            bad.add(number, "There is no such \"workspace\".");
            return None;
        };
        let creator = line.creator.as_ref().map(|name| self.names.person(name));
        if creator == Some(None) {
            bad.add(number, "There is no such person as \"creator\" names.");
            return None;
        }
        Some(Entry { number, line, workspace, creator: creator.flatten() })
    }
}
