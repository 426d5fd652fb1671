//! How entries get into their chains.

use std::collections::{BTreeMap, BTreeSet};

use chain::Hash;
use seal::Keys;
use store::{Arg, Result, Row, Tx, args};
use time_and_chance::{Chance, Time};

use super::{AuditId, details::Salted, stored::hash_in};
use crate::app::Now;

/// An entry that has no place yet.
pub(super) struct Draft<'a> {
    pub id: AuditId,
    pub chain: &'a str,
    pub at: Time,
    pub actor_kind: &'a str,
    pub actor_id: Option<&'a str>,
    pub event: &'a str,
    pub target: Option<&'a str>,
    pub request_id: Option<&'a str>,
    pub details: String,
}

/// Chains that are locked until the end of the transaction, and how far each has come.
pub(super) struct Chains {
    tips: BTreeMap<String, Tip>,
    /// What seals the details. A chain whose workspace was shredded has none, and keeps no details any more.
    keys: Keys,
}

#[derive(Clone, Copy)]
struct Tip {
    sequence: i64,
    hash: Hash,
    /// When the first was made that was appended since it was locked.
    since: Option<Time>,
}

const FIND: &str = "SELECT chain FROM audit_chains WHERE chain IN ({each $})";
const BEGIN: &str = "
    INSERT INTO audit_chains (chain, sequence, hash) VALUES {each ($, 0, $)}
    ON CONFLICT (chain) DO NOTHING";
const LOCK: &str =
    "SELECT chain, sequence, hash FROM audit_chains WHERE chain IN ({each $}) ORDER BY chain {lock}";
const ENTRY: &str = "
    INSERT INTO audit_entries (id, chain, sequence, at, actor_kind, actor_id, event, target, request_id, commitment, hash)
    VALUES {each ($, $, $, $, $, $, $, $, $, $, $)}";
const DETAILS: &str = "INSERT INTO audit_details (entry_id, details) VALUES {each ($, $)}";
// All of them are there, and are locked: it is how many are changed by one statement on either engine. That a chain waits for
// the stream is noted once; from then on nothing that an index holds is changed by it, which PostgreSQL does in place.
const WRITE_BACK: &str = "
    INSERT INTO audit_chains (chain, sequence, hash, unstreamed_since) VALUES {each ($, $, $, $)}
    ON CONFLICT (chain) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash,
        unstreamed_since = COALESCE(audit_chains.unstreamed_since, excluded.unstreamed_since)";
// Of the step of the schema that began the chains, which knows of no stream.
const WRITE_BACK_ADOPTED: &str = "
    INSERT INTO audit_chains (chain, sequence, hash) VALUES {each ($, $, $)}
    ON CONFLICT (chain) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash";

impl Chains {
    /// Locks these chains, and begins those that are not there yet.
    ///
    /// A new one is begun before any is locked: whoever held one already while it waited for another's beginning could
    /// be waited for by that other.
    pub async fn lock(tx: &mut Tx, now: Now<'_>, names: impl Iterator<Item = &str>) -> Result<Self> {
        let names: BTreeSet<&str> = names.collect();
        // A chain has the name of whoever's key seals it.
        let keys = now.keys(tx, names.iter().copied()).await?;
        // Alone there is no order to keep, and a chain is nearly always there.
        if names.len() > 1 {
            let found = tx.rows_of_each(FIND, &[], listed(&names)).await?;
            begin(tx, missing(&names, &found)?).await?;
        }
        let locked = tx.rows_of_each(LOCK, &[], listed(&names)).await?;
        let mut tips = tips_of(&locked)?;
        if let Some(name) = names.iter().find(|name| !tips.contains_key(**name)) {
            begin(tx, vec![name]).await?;
            tips = tips_of(&tx.rows_of_each(LOCK, &[], listed(&names)).await?)?;
        }
        Ok(Self { tips, keys })
    }

    /// Appends entries to their chains, in this order.
    pub async fn append(
        &mut self,
        tx: &mut Tx,
        chance: &dyn Chance,
        drafts: impl Iterator<Item = Draft<'_>>,
    ) -> Result<()> {
        let (mut entries, mut details) = (Vec::new(), Vec::new());
        for draft in drafts {
            let (salted, commitment) = Salted::new(chance, &draft.details);
            entries.push(self.place(&draft, commitment)?);
            if let Ok(key) = self.keys.of(draft.chain) {
                details.push(args![&draft.id, salted.sealed(key, chance, draft.id.as_str(), draft.chain)]);
            }
        }
        tx.execute_later(ENTRY, &[], entries).await?;
        tx.execute_later(DETAILS, &[], details).await
    }

    /// Gives an entry its place, and answers its row.
    fn place(&mut self, draft: &Draft<'_>, commitment: Hash) -> Result<Vec<Arg>> {
        let gone = || store::Fault::Row(format!("the chain {} cannot be begun", draft.chain));
        let tip = self.tips.get_mut(draft.chain).ok_or_else(gone)?;
        tip.sequence = tip.sequence.checked_add(1).ok_or_else(|| {
            store::Fault::Row(format!(
                "the chain {} has the last number there is: a row was written by hand",
                draft.chain
            ))
        })?;
        tip.since.get_or_insert(draft.at);
        let entry = chain::Entry {
            chain: draft.chain,
            sequence: tip.sequence.unsigned_abs(),
            id: draft.id.as_str(),
            at: draft.at.micros(),
            actor_kind: draft.actor_kind,
            actor_id: draft.actor_id,
            event: draft.event,
            target: draft.target,
            request_id: draft.request_id,
            commitment,
        };
        tip.hash = entry.hash_after(&tip.hash);
        Ok(args![
            &draft.id,
            draft.chain,
            tip.sequence,
            draft.at,
            draft.actor_kind,
            draft.actor_id,
            draft.event,
            draft.target,
            draft.request_id,
            commitment.as_bytes(),
            tip.hash.as_bytes(),
        ])
    }

    /// Notes how far each has come, and that there is something to deliver.
    pub async fn write_back(self, tx: &mut Tx) -> Result<()> {
        let row = |(chain, tip): (&String, &Tip)| args![chain, tip.sequence, tip.hash.as_bytes(), tip.since];
        tx.execute_later(WRITE_BACK, &[], self.tips.iter().map(row).collect()).await
    }

    /// The same in the step of the schema that began the chains; a later step notes what is to be delivered.
    pub async fn write_back_adopted(self, tx: &mut Tx) -> Result<()> {
        let rows = self.tips.iter().map(|(chain, tip)| args![chain, tip.sequence, tip.hash.as_bytes()]);
        tx.execute_each(WRITE_BACK_ADOPTED, &[], rows.collect()).await.map(drop)
    }
}

fn tips_of(rows: &[Row]) -> Result<BTreeMap<String, Tip>> {
    let tips = rows.iter().map(|row| {
        let tip = Tip { sequence: row.get("sequence")?, hash: hash_in(row, "hash")?, since: None };
        Ok((row.get("chain")?, tip))
    });
    tips.collect()
}

fn listed(names: &BTreeSet<&str>) -> Vec<Vec<Arg>> {
    names.iter().map(|name| args![*name]).collect()
}

fn missing<'a>(names: &BTreeSet<&'a str>, found: &[Row]) -> Result<Vec<&'a str>> {
    let found = found.iter().map(|row| row.get("chain")).collect::<Result<BTreeSet<String>>>()?;
    Ok(names.iter().copied().filter(|name| !found.contains(*name)).collect())
}

async fn begin(tx: &mut Tx, names: Vec<&str>) -> Result<()> {
    let rows = names.into_iter().map(|name| args![name, Hash::NOTHING.as_bytes()]);
    tx.execute_each(BEGIN, &[], rows.collect()).await.map(drop)
}
