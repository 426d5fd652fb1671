use std::collections::{HashMap, HashSet};

use store::{Db, Result, args};
use time_and_chance::{Id, Kind};

use super::rules::{Line, Name};
use crate::{
    app::App,
    ids::{PersonId, WorkspaceId},
};

/// The workspaces and people that lines name, looked up many at once and remembered for a while.
#[derive(Default)]
pub(super) struct Names {
    workspaces: HashMap<Name, Option<WorkspaceId>>,
    people: HashMap<Name, Option<PersonId>>,
}

/// How many names are remembered of a kind: some megabytes. A file of more is looked up again now and then.
const REMEMBERED: usize = 20_000;

// The operator's own workspace holds operator keys and nothing else.
const WORKSPACES_BY_ID: &str = "
    SELECT id AS name, id FROM workspaces WHERE id IN ({each $}) AND deleted_at IS NULL AND kind = 'customer'";
const WORKSPACES_BY_EXTERNAL_ID: &str = "
    SELECT external_id AS name, id FROM workspaces
    WHERE external_id IN ({each $}) AND deleted_at IS NULL AND kind = 'customer'";
// Members or not: a token whose creator has left is what `orphans` tells of.
const PEOPLE_BY_ID: &str = "SELECT id AS name, id FROM people WHERE id IN ({each $})";
const PEOPLE_BY_EXTERNAL_ID: &str =
    "SELECT external_id AS name, id FROM people WHERE external_id IN ({each $})";
const PEOPLE_BY_MAIL: &str = "SELECT mail_index, id FROM people WHERE mail_index IN ({each $})";

/// A way to name things: which names are of that kind, and the statement that answers `name` and `id` for a list.
type Lookup = (fn(String) -> Name, &'static str);

const WORKSPACES: &[Lookup] = &[(Name::Id, WORKSPACES_BY_ID), (Name::External, WORKSPACES_BY_EXTERNAL_ID)];
const PEOPLE: &[Lookup] = &[(Name::Id, PEOPLE_BY_ID), (Name::External, PEOPLE_BY_EXTERNAL_ID)];

impl Names {
    /// Looks up what these lines name and wasn't looked up before.
    pub async fn learn(&mut self, app: &App, lines: &[(u64, Line)]) -> Result<()> {
        let workspaces = lines.iter().map(|(_, line)| &line.workspace);
        let people = lines.iter().filter_map(|(_, line)| line.creator.as_ref());
        learn(&app.db, WORKSPACES, &mut self.workspaces, workspaces).await?;
        self.learn_by_mail(app, people.clone()).await?;
        learn(&app.db, PEOPLE, &mut self.people, people).await
    }

    /// Mail addresses are sealed, and found by their keyed hashes.
    async fn learn_by_mail<'a>(&mut self, app: &App, named: impl Iterator<Item = &'a Name>) -> Result<()> {
        let by_mail = named.filter(|name| matches!(name, Name::Mail(_)));
        let new: HashSet<&Name> = by_mail.filter(|name| !self.people.contains_key(*name)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let Some(index) = app.vault.index(&app.db).await? else { return Ok(()) };
        let mut hashes: HashMap<Vec<u8>, &Name> = HashMap::new();
        for name in new {
            hashes.insert(index.of(name.text()), name);
            hashes.extend(index.former(name.text()).map(|former| (former, name)));
        }
        let list = hashes.keys().map(|hash| args![hash.as_slice()]).collect();
        for row in app.db.rows_of_each(PEOPLE_BY_MAIL, &[], list).await? {
            if let Some(name) = hashes.get(&row.get::<Vec<u8>>("mail_index")?) {
                self.people.insert((*name).clone(), Some(row.get("id")?));
            }
        }
        Ok(())
    }

    /// The workspace of that name, once learned.
    pub fn workspace(&self, name: &Name) -> Option<WorkspaceId> {
        self.workspaces.get(name).cloned().flatten()
    }

    /// The person of that name, once learned.
    pub fn person(&self, name: &Name) -> Option<PersonId> {
        self.people.get(name).cloned().flatten()
    }
}

async fn learn<K: Kind>(
    db: &Db,
    lookups: &[Lookup],
    known: &mut HashMap<Name, Option<Id<K>>>,
    named: impl Iterator<Item = &Name>,
) -> Result<()> {
    if known.len() > REMEMBERED {
        known.clear();
    }
    let new: HashSet<&Name> = named.filter(|name| !known.contains_key(*name)).collect();
    for (name, statement) in lookups {
        let texts =
            new.iter().filter(|new| name(new.text().to_owned()) == ***new).map(|new| args![new.text()]);
        for row in db.rows_of_each(statement, &[], texts.collect()).await? {
            known.insert(name(row.get("name")?), Some(row.get("id")?));
        }
    }
    // What was not found is remembered too.
    for name in new {
        known.entry(name.clone()).or_insert(None);
    }
    Ok(())
}
