use std::collections::BTreeMap;

use chain::Hash;
use serde_json::Value;
use serde_json::value::RawValue;
use store::{Db, Fault, Result, Row, args};
use time_and_chance::Time;
use token_format::Digest;

use super::Stream;
use crate::{
    app::App,
    audit::{
        format,
        list::Listed,
        stored::{opener, text},
    },
    config::StreamFormat,
};

/// How many entries a request carries at most.
pub(super) const MOST_ENTRIES: usize = 100;
/// How long a request is at most, but for what stands around the entries, and for a single entry that is longer.
const MOST_BYTES: usize = 500_000;

// From a moment that none is before, as that is how the index is entered.
const WAITING: &str = "
    SELECT chain, sequence, streamed, unstreamed_since FROM audit_chains
    WHERE unstreamed_since >= $1 AND (unstreamed_since > $1 OR chain > $2)
    ORDER BY unstreamed_since, chain LIMIT $3";
const ENTRIES: &str = "
    SELECT id, chain, sequence, at, actor_kind, actor_id, event, target, request_id, commitment, hash, details
    FROM audit_entries LEFT JOIN audit_details ON entry_id = id
    WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

/// Before every moment there is.
pub(super) const EVER: i64 = -1;

/// Entries that go out in one request.
#[derive(Default)]
pub(super) struct Batch {
    ids: String,
    entries: Vec<Box<RawValue>>,
    bytes: usize,
    newest: Option<Time>,
    is_held_up: bool,
    reached: BTreeMap<String, Reached>,
}

/// How far a chain will have been delivered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    pub sequence: i64,
    /// Since when it then waits, if it does: for the next entry, or else for one that was made since it was looked at.
    pub since: Time,
}

impl Batch {
    /// What has to go out next: from the chains that have waited longest, at most so many entries. Chains of which nothing could be read
    /// a moment ago wait behind the others.
    pub async fn next(app: &App, stream: &Stream, most: usize) -> Result<Self> {
        let when = app.clock.now();
        let mut batch = Self::default();
        let (mut since, mut chain) = (EVER, String::new());
        loop {
            let rows = app.db.rows(WAITING, args![since, &chain, limit(most)]).await?;
            let before = (since, chain.clone());
            for row in &rows {
                let waiting = Waiting::of_row(row);
                // What SQLite takes for more than every number, or for behind every text, comes again and again.
                if !row.is_typed() && (waiting.since, &waiting.chain) <= (since, &chain) {
                    batch.is_held_up = true;
                    continue;
                }
                (since, chain) = (waiting.since, waiting.chain.clone());
                if stream.behind.has(&chain, when) {
                    batch.is_held_up = true;
                } else if batch.take(app, stream, most, when, waiting).await? {
                    return Ok(batch);
                }
            }
            if rows.len() < most || (since, &chain) == (before.0, &before.1) {
                return Ok(batch);
            }
        }
    }

    /// Takes what fits of a chain's entries. Answers whether no more fits.
    async fn take(
        &mut self,
        app: &App,
        stream: &Stream,
        most: usize,
        when: Time,
        waiting: Waiting,
    ) -> Result<bool> {
        let Waiting { chain, sequence, streamed, .. } = waiting;
        // One more than there is room for tells since when the chain then waits.
        let room = most - self.entries.len();
        let entries = match entries(&app.db, app, &chain, streamed, room + 1).await {
            Ok(entries) => entries,
            Err(fault) if fault.is_passing() => return Err(fault),
            Err(fault) => {
                // Nothing of it is passed over, and it is not forgotten since when it waits: its age is what an alarm is set on. That it
                // waits behind the others, who need not wait for it, only this node knows.
                tracing::error!(
                    chain,
                    after = streamed,
                    %fault,
                    "entries of the audit cannot be read, and are not delivered"
                );
                stream.behind.put(chain, when);
                self.is_held_up = true;
                return Ok(false);
            }
        };
        if entries.is_empty() {
            // Somebody took them away. That is for the verification to say; the others are not to wait for it.
            tracing::error!(
                chain,
                after = streamed,
                "entries of the audit are missing, and cannot be delivered"
            );
            // A tail that was cut has taken back the note of the chain's length too.
            self.reached.insert(chain, Reached { sequence: sequence.max(streamed), since: when });
            return Ok(false);
        }
        for entry in entries {
            if entry.hash == Hash::NOTHING.to_string() {
                tracing::error!(
                    chain,
                    sequence = entry.sequence,
                    "an entry of the audit has no hash, and is delivered without one"
                );
            }
            let value = match stream.format {
                StreamFormat::Json => format::as_json(&chain, &entry),
                StreamFormat::Ocsf => format::as_ocsf(&chain, &entry),
            };
            if !self.push(most, &entry, &value) {
                if let Some(reached) = self.reached.get_mut(&chain) {
                    reached.since = entry.at;
                }
                return Ok(true);
            }
            self.reached.insert(chain.clone(), Reached { sequence: entry.sequence, since: when });
        }
        Ok(self.entries.len() >= most)
    }

    fn push(&mut self, most: usize, entry: &Listed, value: &Value) -> bool {
        let value = serde_json::value::to_raw_value(value).expect("an entry is plain data");
        let bytes = value.get().len() + 1;
        let is_first = self.entries.is_empty();
        if self.entries.len() >= most || (!is_first && self.bytes + bytes > MOST_BYTES) {
            return false;
        }
        self.ids.push_str(entry.id.as_str());
        self.bytes += bytes;
        self.newest = self.newest.max(Some(entry.at));
        self.entries.push(value);
        true
    }

    /// The entries, in the order in which they go out.
    pub fn entries(&self) -> &[Box<RawValue>] {
        &self.entries
    }

    /// Whether there is a chain of which nothing can be read at the moment.
    pub fn is_held_up(&self) -> bool {
        self.is_held_up
    }

    /// When the newest of them was made.
    pub fn newest(&self) -> Option<Time> {
        self.newest
    }

    /// How far each chain will have been delivered, by its name.
    pub fn reached(&self) -> &BTreeMap<String, Reached> {
        &self.reached
    }

    /// A name that follows from the entries and from nothing else.
    pub fn id(&self) -> String {
        format!("audb_{}", &Digest::of(&self.ids).hex()[..32])
    }
}

struct Waiting {
    chain: String,
    since: i64,
    sequence: i64,
    streamed: i64,
}

impl Waiting {
    /// What is not of its column's kind is found where its entries are looked for: there are none.
    fn of_row(row: &Row) -> Self {
        let number = |column| row.get(column).unwrap_or_default();
        Self {
            chain: text(row, "chain"),
            since: number("unstreamed_since"),
            sequence: number("sequence"),
            streamed: number("streamed"),
        }
    }
}

async fn entries(db: &Db, app: &App, chain: &str, after: i64, most: usize) -> Result<Vec<Listed>> {
    let rows = db.rows(ENTRIES, args![chain, after, limit(most)]).await?;
    let opener = opener(db, &app.vault, &rows).await?;
    let entries = rows.iter().map(|row| Listed::of_row(row, &opener)).collect::<Vec<_>>();
    let places = std::iter::once(after).chain(entries.iter().map(|entry| entry.sequence));
    // What is read as another number than SQLite compares would come again and again.
    if places.is_sorted_by(|one, next| one < next) {
        Ok(entries)
    } else {
        Err(Fault::Row(format!("{chain}: a place that is no number")))
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).expect("a request carries few")
}
