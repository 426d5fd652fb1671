//! One step: a batch of tokens in a transaction of its own, with its audit.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use store::{Arg, Db, Result, Tx, args};

use super::entries::Entry;
use crate::{
    app::Now,
    audit,
    columns::TOKEN_DESCRIPTION,
    events::Event,
    ids::{TokenId, WorkspaceId},
    permissions::Authority,
};

/// How often a step is begun whose external ids are taken. By the second time whoever took them has committed.
const TRIES: usize = 5;

/// A batch that is ready to be stored, but for what is sealed of it.
pub(super) struct Step<'a> {
    now: Now<'a>,
    entries: Vec<(TokenId, Entry)>,
    rows: Vec<Vec<Arg>>,
}

// Only the digest may be there already. PostgreSQL looks into every index that a conflict may come from before it
// inserts, and two of the three are expensive; an external id that another token has got since the file was checked
// ends the step with a fault.
const INSERT: &str = "
    INSERT INTO tokens (id, workspace_id, digest, scheme, version, prefix, hint, role, creator_id, external_id,
                        created_at, expires_at, last_used_at, revoked_at, revoked_why, description)
    VALUES {each ($, $, $, $, $, $, $, $, $, $, $, $, $, $, $, $)}
    ON CONFLICT (digest) DO NOTHING";
const ANY_FORMER: &str = "SELECT 1 AS one FROM former_secrets LIMIT 1";
const FORMER: &str = "SELECT digest FROM former_secrets WHERE digest IN ({each $})";
const NEW: &str = "SELECT id FROM tokens WHERE id IN ({each $})";

impl<'a> Step<'a> {
    /// Gets a batch ready. Ids are given in the order of the file, so that tokens are listed in it; rows are in the order
    /// of digests, so that two imports of the same tokens wait for one another and never for each other.
    pub fn of(batch: Vec<Entry>, now: Now<'a>) -> Self {
        let mut entries: Vec<_> = TokenId::several(now.when, now.chance).zip(batch).collect();
        entries.sort_by(|(_, one), (_, other)| one.line.digest.cmp(&other.line.digest));
        let rows = entries.iter().map(|(id, entry)| row(id, entry, now)).collect();
        Self { now, entries, rows }
    }

    /// How many lines it is of.
    pub fn lines(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Stores what isn't there yet, and answers how many tokens that were.
    pub async fn store(mut self, db: &Db, by: &Authority) -> Result<u64> {
        let (mut rows, mut tries) = (std::mem::take(&mut self.rows), 1);
        loop {
            match self.try_to_store(db, by, rows).await {
                Ok(Some(new)) => return Ok(new),
                Ok(None) => {}
                // Another import has just stored the same token, and PostgreSQL saw its external id before its digest.
                Err(fault) if fault.is_taken() && tries < TRIES => tries += 1,
                Err(fault) => return Err(fault),
            }
            rows = self.entries.iter().map(|(id, entry)| row(id, entry, self.now)).collect();
        }
    }

    /// A token that was imported before and rotated since has the line's digest as a former secret, which must not become
    /// good again. It may be rotated at this very moment, so they are looked at before and after; if there are more after,
    /// nothing was done.
    async fn try_to_store(&self, db: &Db, by: &Authority, mut rows: Vec<Vec<Arg>>) -> Result<Option<u64>> {
        let mut tx = db.begin().await?;
        let retired = self.retired(&mut tx).await?;
        if !retired.is_empty() {
            let mut entries = self.entries.iter();
            rows.retain(|_| entries.next().is_some_and(|(_, entry)| !retired.contains(&entry.line.digest)));
        }
        self.seal_descriptions(&mut tx, &retired, &mut rows).await?;
        let inserted = tx.execute_each(INSERT, &[], rows).await?;
        if self.retired(&mut tx).await?.len() > retired.len() {
            return Ok(None);
        }
        if inserted > 0 {
            self.record(&mut tx, by, inserted).await?;
            tx.commit().await?;
        }
        Ok(Some(inserted))
    }

    /// What is still missing in the rows: it is sealed with keys that this transaction may have to make.
    async fn seal_descriptions(
        &self,
        tx: &mut Tx,
        retired: &HashSet<Vec<u8>>,
        rows: &mut [Vec<Arg>],
    ) -> Result<()> {
        let stored = self.entries.iter().filter(|(_, entry)| !retired.contains(&entry.line.digest));
        let keys = self.now.keys(tx, self.entries.iter().map(|(_, entry)| entry.workspace.as_str())).await?;
        for (row, (id, entry)) in rows.iter_mut().zip(stored) {
            let workspace = entry.workspace.as_str();
            let place = TOKEN_DESCRIPTION.of(id.as_str(), workspace);
            row.push(keys.of(workspace)?.seal(self.now.chance, place, &entry.line.description).into());
        }
        Ok(())
    }

    async fn retired(&self, tx: &mut Tx) -> Result<HashSet<Vec<u8>>> {
        if tx.row(ANY_FORMER, Vec::new()).await?.is_none() {
            return Ok(HashSet::new());
        }
        let digests = self.entries.iter().map(|(_, entry)| args![&entry.line.digest[..]]).collect();
        tx.rows_of_each(FORMER, &[], digests).await?.iter().map(|row| row.get("digest")).collect()
    }

    async fn record(&self, tx: &mut Tx, by: &Authority, inserted: u64) -> Result<()> {
        let ids = self.entries.iter().map(|(id, _)| id);
        let new: HashSet<TokenId> = if inserted == self.entries.len() as u64 {
            ids.cloned().collect()
        } else {
            let rows = tx.rows_of_each(NEW, &[], ids.map(|id| args![id]).collect()).await?;
            rows.iter().map(|row| row.get("id")).collect::<Result<_>>()?
        };
        let mut counts: BTreeMap<&WorkspaceId, u64> = BTreeMap::new();
        for (_, entry) in self.entries.iter().filter(|(id, _)| new.contains(id)) {
            *counts.entry(&entry.workspace).or_default() += 1;
        }
        let entries = counts.into_iter().map(|(workspace, count)| audit::Entry {
            workspace: Some(workspace),
            actor: by.actor(),
            event: Event::TokensImported,
            target: workspace.as_str(),
            details: json!({"count": count}),
        });
        audit::record(tx, self.now, &entries.collect::<Vec<_>>()).await
    }
}

fn row(id: &TokenId, entry: &Entry, now: Now<'_>) -> Vec<Arg> {
    let Entry { line, workspace, creator, .. } = entry;
    args![
        id,
        workspace,
        &line.digest[..],
        line.scheme.to_string(),
        line.version,
        line.prefix.as_ref(),
        line.hint.as_ref(),
        line.role.name(),
        creator.as_ref(),
        line.external_id.as_ref(),
        line.created_at.unwrap_or(now.when),
        line.expires_at,
        line.last_used_at,
        line.revoked_at,
        line.revoked_at.map(|_| "revoked"),
    ]
}
