use chain::{ChainHead, Hash, Head};
use store::{Db, Result, Row, args};
use time_and_chance::{Duration, Time};

use super::{super::stored::hash_in, DeliverHeads, key::signing_key};
use crate::app::{App, Now};

/// How many chains are read at once, and noted at once.
const AT_ONCE: usize = 1_000;
/// Whoever shreds says when that was before the commit. What is committed only after a head was made, and says that it was before,
/// is in the next one: each looks back this far. No transaction lasts that long.
const LOOKS_BACK: Duration = Duration::from_mins(10);

const NEWEST: &str = "SELECT number, at, hash FROM audit_heads WHERE number > 0 ORDER BY number DESC LIMIT 1";
// Also one that is noted as further than it is: whoever wrote that would keep it out of the heads.
const GROWN: &str = "
    SELECT c.chain, c.sequence, c.hash FROM audit_chains c LEFT JOIN audit_headed h ON h.chain = c.chain
    WHERE c.chain > $1 AND c.sequence <> COALESCE(h.sequence, 0) ORDER BY c.chain LIMIT $2";
const SHREDDED: &str = "SELECT subject FROM shredded WHERE at >= $1";
pub(super) const HEAD: &str = "
    INSERT INTO audit_heads (number, at, line, hash) VALUES ($1, $2, $3, $4) ON CONFLICT (number) DO NOTHING";
const HEADED: &str = "
    INSERT INTO audit_headed (chain, sequence, head) VALUES {each ($, $, $)}
    ON CONFLICT (chain) DO UPDATE SET sequence = excluded.sequence, head = excluded.head
    WHERE excluded.head > audit_headed.head";

/// How many chains one head names at most: it is a line of about a megabyte then. Where more have grown there are several heads.
const MOST: usize = chain::MOST_NAMED;

/// Makes the next head, and asks for its delivery; and further ones, as long as there are more chains to name. Answers the last
/// one's number; nothing if another node has just made one.
pub async fn make_heads(app: &App) -> Result<Option<u64>> {
    make_after(app, None).await
}

/// The same in a database that was restored: the first head says of which head the restored database knew last.
pub(super) async fn make_after(app: &App, mut restored: Option<u64>) -> Result<Option<u64>> {
    let (mut made, mut after) = (None, String::new());
    loop {
        // Before the chains: whoever makes a head meanwhile takes its number away, and what was read here is older than that.
        let newest = Newest::find(&app.db).await?;
        let chains = grown(&app.db, &after).await?;
        let is_last = chains.len() < MOST;
        after = chains.last().map(|last| last.chain.clone()).unwrap_or_default();
        if made.is_some() && chains.is_empty() {
            return Ok(made);
        }
        let Some(number) = make_one(app, newest, chains, restored.take()).await? else { return Ok(made) };
        made = Some(number);
        if is_last {
            return Ok(made);
        }
    }
}

async fn make_one(
    app: &App,
    newest: Newest,
    chains: Vec<ChainHead>,
    restored: Option<u64>,
) -> Result<Option<u64>> {
    let now = app.now();
    let shredded = shredded(&app.db, newest.at.map(|at| at.minus(LOOKS_BACK))).await?;
    let head = Head {
        number: newest.number + 1,
        at: now.when.micros(),
        previous: newest.hash,
        chains,
        shredded,
        next_key: None,
        restored,
    };
    let (number, chains) = (head.number, head.chains.clone());
    if !keep(app, now, head).await? {
        return Ok(None);
    }
    for some in chains.chunks(AT_ONCE) {
        let mut tx = app.db.begin().await?;
        let rows = some.iter().map(|named| args![&named.chain, signed(named.sequence), signed(number)]);
        tx.execute_each(HEADED, &[], rows.collect()).await?;
        tx.commit().await?;
    }
    Ok(Some(number))
}

/// Signs a head and writes it down. Answers whether there was none with its number.
async fn keep(app: &App, now: Now<'_>, head: Head) -> Result<bool> {
    let mut tx = app.db.begin().await?;
    let head = head.sign(&signing_key(&mut tx, now).await?);
    let (number, line, hash) = (signed(head.head.number), head.to_line(), head.hash());
    if tx.execute(HEAD, args![number, now.when, line, hash.as_bytes()]).await? == 0 {
        // A key that was made for it goes with it.
        return Ok(false);
    }
    if app.settings.audit.has_destinations() {
        jobs::enqueue(&mut tx, now.vault, now.when, now.chance, &[DeliverHeads {}]).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// The head that the next one follows.
pub(super) struct Newest {
    pub number: u64,
    at: Option<Time>,
    hash: Hash,
}

impl Newest {
    pub async fn find(db: &Db) -> Result<Self> {
        let Some(row) = db.row(NEWEST, args![]).await? else {
            return Ok(Self { number: 0, at: None, hash: Hash::NOTHING });
        };
        let number: i64 = row.get("number")?;
        Ok(Self { number: number.unsigned_abs(), at: Some(row.get("at")?), hash: hash_in(&row, "hash")? })
    }
}

/// The next chains by name that have grown since a head named them, [`MOST`] at most. It goes by the chains' names, and
/// locks none: a chain costs less to look at once an hour than an index costs that would change with every entry.
async fn grown(db: &Db, after: &str) -> Result<Vec<ChainHead>> {
    let mut grown: Vec<ChainHead> = Vec::new();
    while grown.len() < MOST {
        let after = grown.last().map_or(after, |last| last.chain.as_str());
        let page = i64::try_from(AT_ONCE).expect("it is small");
        let rows = db.rows(GROWN, args![after, page]).await?;
        for row in &rows {
            grown.push(named(row)?);
        }
        if rows.len() < AT_ONCE {
            break;
        }
    }
    Ok(grown)
}

fn named(row: &Row) -> Result<ChainHead> {
    let sequence: i64 = row.get("sequence")?;
    Ok(ChainHead { chain: row.get("chain")?, sequence: sequence.unsigned_abs(), hash: hash_in(row, "hash")? })
}

async fn shredded(db: &Db, since: Option<Time>) -> Result<Vec<String>> {
    let since = since.unwrap_or(Time::from_micros(i64::MIN));
    let rows = db.rows(SHREDDED, args![since]).await?;
    rows.iter().map(|row| row.get("subject")).collect()
}

/// As the database has numbers.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).expect("nobody has 2^63 entries")
}
