use serde_json::Value;
use store::{Result, Tx};

use super::{
    Actor, AuditId,
    append::{Chains, Draft},
    chain_of, details,
};
use crate::{
    app::Now,
    events::Event,
    ids::WorkspaceId,
    web::{self, Origin},
};

/// One thing that happened.
pub struct Entry<'a> {
    /// The workspace it happened in; none for the house itself.
    pub workspace: Option<&'a WorkspaceId>,
    /// Who did it.
    pub actor: &'a Actor,
    /// What happened.
    pub event: Event,
    /// To what: an id.
    pub target: &'a str,
    /// What else there is to know: ids, names, before and after.
    pub details: Value,
}

/// Entries are made ready some at a time, as a report may have very many.
const AT_ONCE: usize = 2_000;

/// Writes entries down, with the change that they tell of. From here on until the commit, whoever records something in the
/// same chains waits.
pub async fn record(tx: &mut Tx, now: Now<'_>, entries: &[Entry<'_>]) -> Result<()> {
    let origin = web::origin();
    let from = origin.as_deref();
    write(tx, now, entries, |entry| (entry, from)).await
}

/// Where an entry's request came from, if there was one.
pub type From<'a> = Option<&'a Origin>;

/// The same for entries of several requests, which are over or answered elsewhere: each with where its own came from.
pub async fn record_from(tx: &mut Tx, now: Now<'_>, entries: &[(Entry<'_>, From<'_>)]) -> Result<()> {
    write(tx, now, entries, |(entry, from)| (entry, *from)).await
}

async fn write<'e, T>(
    tx: &mut Tx,
    now: Now<'_>,
    entries: &'e [T],
    parts: impl Fn(&'e T) -> (&'e Entry<'e>, From<'e>),
) -> Result<()> {
    let mut chains = lock_chains(tx, now, entries.iter().map(|one| parts(one).0)).await?;
    let mut ids = AuditId::several(now.when, now.chance);
    for some in entries.chunks(AT_ONCE) {
        let drafts = some.iter().zip(ids.by_ref()).map(|(one, id)| {
            let (entry, from) = parts(one);
            entry.draft(id, now, from)
        });
        chains.append(tx, now.chance, drafts).await?;
    }
    chains.write_back(tx).await
}

/// All of them at once: if they were locked bit by bit, they would be locked in no order.
async fn lock_chains<'e>(
    tx: &mut Tx,
    now: Now<'_>,
    entries: impl Iterator<Item = &'e Entry<'e>>,
) -> Result<Chains> {
    Chains::lock(tx, now, entries.map(|entry| chain_of(entry.workspace))).await
}

impl Entry<'_> {
    fn draft<'d>(&'d self, id: AuditId, now: Now<'_>, from: From<'d>) -> Draft<'d> {
        Draft {
            id,
            chain: chain_of(self.workspace),
            at: now.when,
            actor_kind: self.actor.kind(),
            actor_id: self.actor.id(),
            event: self.event.name(),
            target: Some(self.target),
            request_id: from.map(|from| from.request_id.as_str()),
            details: details::with_origin(&self.details, from),
        }
    }
}
