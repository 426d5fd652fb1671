//! The first reading: everything is checked, and nothing stored.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use store::{Db, args};

use super::{
    ImportFault,
    bad::BadLines,
    doubles::Doubles,
    entries::{Entries, Entry},
    rules::Rules,
    source::Spool,
};
use crate::{app::App, tokens::Scheme};

/// What a good file brings that changes how tokens are looked up, and how much.
#[derive(Default)]
pub(super) struct Brings {
    /// How digests were made, other than ours.
    pub schemes: HashSet<Scheme>,
    /// The prefixes of tokens without a checksum.
    pub unchecked_prefixes: BTreeSet<String>,
    /// How many workspaces it speaks of.
    pub workspaces: u64,
}

/// Reads the whole file. Answers what it brings, or its bad lines.
pub(super) async fn check(app: &App, spool: &Spool, rules: &Arc<Rules>) -> Result<Brings, ImportFault> {
    let (mut entries, mut bad) = (Entries::of(app, spool, rules)?, BadLines::default());
    let (mut brings, mut workspaces, mut doubles) = (Brings::default(), HashSet::new(), Doubles::default());
    while let Some(batch) = entries.next(&mut bad).await? {
        for entry in &batch {
            doubles.note(entry);
            brings.note(entry);
            workspaces.insert(number_of_workspace(entry));
        }
        find_taken(&app.db, &batch, &mut bad).await?;
        if bad.is_full() {
            return Err(ImportFault::Refused(bad.take()));
        }
    }
    doubles.settle(app, spool, rules, &mut bad).await?;
    if !bad.is_empty() {
        return Err(ImportFault::Refused(bad.take()));
    }
    brings.workspaces = workspaces.len() as u64;
    Ok(brings)
}

/// For counting them in little memory.
fn number_of_workspace(entry: &Entry) -> u64 {
    let mut hasher = DefaultHasher::new();
    entry.workspace.hash(&mut hasher);
    hasher.finish()
}

impl Brings {
    fn note(&mut self, entry: &Entry) {
        let line = &entry.line;
        if line.scheme != Scheme::OURS {
            self.schemes.insert(line.scheme);
        }
        if let (2, Some(prefix)) = (line.version, &line.prefix)
            && !self.unchecked_prefixes.contains(prefix)
        {
            self.unchecked_prefixes.insert(prefix.clone());
        }
    }
}

const TAKEN: &str = "
    SELECT workspace_id, external_id, digest FROM tokens
    WHERE external_id IS NOT NULL AND replaced_at IS NULL AND (workspace_id, external_id) IN (VALUES {each ($, $)})";
const FORMER: &str = "SELECT digest FROM former_secrets WHERE digest IN ({each $})";

/// Names the lines whose external id another token of the workspace has.
async fn find_taken(db: &Db, entries: &[Entry], bad: &mut BadLines) -> store::Result<()> {
    let named = entries.iter().filter_map(|entry| Some((entry, entry.line.external_id.as_ref()?)));
    let rows =
        db.rows_of_each(TAKEN, &[], named.clone().map(|(entry, id)| args![&entry.workspace, id]).collect());
    let mut holders: HashMap<(String, String), Vec<u8>> = HashMap::new();
    for row in rows.await? {
        holders.insert((row.get("workspace_id")?, row.get("external_id")?), row.get("digest")?);
    }
    let others = named.filter(|(entry, id)| {
        let holder = holders.get(&(entry.workspace.as_str().to_owned(), (*id).clone()));
        holder.is_some_and(|digest| *digest != entry.line.digest)
    });
    let others: Vec<&Entry> = others.map(|(entry, _)| entry).collect();
    // A token that was imported before and rotated since still has its external id, and the line its former secret.
    let former = others.iter().map(|entry| args![&entry.line.digest[..]]).collect();
    let former = db.rows_of_each(FORMER, &[], former).await?;
    let former = former.iter().map(|row| row.get("digest")).collect::<store::Result<HashSet<Vec<u8>>>>()?;
    for entry in others.into_iter().filter(|entry| !former.contains(&entry.line.digest)) {
        bad.add(entry.number, "Another token of the workspace has this \"external_id\".");
    }
    Ok(())
}
