use chain::{ChainHead, Hash, Head, SignedHead};
use store::{Db, Fault, Result, Row, args};
use time_and_chance::Time;

use super::{
    super::{
        stored::{hash_in, name_after, text},
        verify::says_deleted,
    },
    DeliverHeads,
    key::signing_key,
};
use crate::{
    app::{App, Now},
    ids::PersonId,
};

/// How many chains are read at once, and noted at once.
const AT_ONCE: usize = 1_000;

// On SQLite a text is greater than every number.
const NEWEST: &str = "
    SELECT number, line FROM audit_heads WHERE number > 0 AND number <= 9223372036854775807
    ORDER BY number DESC LIMIT 1";
// Also one that is noted as further than it is: whoever wrote that would keep it out of the heads.
const GROWN: &str = "
    SELECT c.chain, c.sequence, c.hash, w.deleted_at FROM audit_chains c
    LEFT JOIN audit_headed h ON h.chain = c.chain LEFT JOIN workspaces w ON w.id = c.chain
    WHERE c.chain > $1 AND c.sequence <> COALESCE(h.sequence, 0) ORDER BY c.chain LIMIT $2";
const UNNAMED: &str = "
    SELECT s.subject FROM shredded s LEFT JOIN audit_headed h ON h.chain = s.subject
    WHERE s.subject > $1 AND h.chain IS NULL ORDER BY s.subject LIMIT $2";
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
        let grown = Grown::find(&app.db, after).await?;
        let is_last = grown.chains.len() < MOST;
        after = grown.chains.last().map(|last| last.chain.clone()).unwrap_or_default();
        if made.is_some() && grown.chains.is_empty() {
            return Ok(made);
        }
        let Some(number) = make_one(app, newest, grown, restored.take()).await? else { return Ok(made) };
        made = Some(number);
        if is_last {
            return Ok(made);
        }
    }
}

async fn make_one(app: &App, newest: Newest, grown: Grown, restored: Option<u64>) -> Result<Option<u64>> {
    let now = app.now();
    let people = people(&app.db).await?;
    let of_chains = grown.chains.iter().map(|named| (named.chain.clone(), named.sequence));
    let named: Vec<(String, u64)> = of_chains.chain(people.iter().map(|id| (id.clone(), 0))).collect();
    let head = Head {
        number: newest.number + 1,
        at: now.when.micros(),
        previous: newest.hash,
        chains: grown.chains,
        shredded: [grown.deleted, people].concat(),
        next_key: None,
        restored,
    };
    let number = head.number;
    if !keep(app, now, head).await? {
        return Ok(None);
    }
    for some in named.chunks(AT_ONCE) {
        let mut tx = app.db.begin().await?;
        let row = |(name, sequence): &(String, u64)| Ok(args![name, signed(*sequence)?, signed(number)?]);
        tx.execute_each(HEADED, &[], some.iter().map(row).collect::<Result<_>>()?).await?;
        tx.commit().await?;
    }
    Ok(Some(number))
}

/// Signs a head and writes it down. Answers whether there was none with its number.
async fn keep(app: &App, now: Now<'_>, head: Head) -> Result<bool> {
    let mut tx = app.db.begin().await?;
    let head = head.sign(&signing_key(&mut tx, now).await?);
    let (number, line, hash) = (signed(head.head.number)?, head.to_line(), head.hash());
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
    hash: Hash,
}

impl Newest {
    pub async fn find(db: &Db) -> Result<Self> {
        let Some(row) = db.row(NEWEST, args![]).await? else {
            return Ok(Self { number: 0, hash: Hash::NOTHING });
        };
        let number: i64 = row.get("number")?;
        let head = SignedHead::parse(&text(&row, "line"));
        let head = head.map_err(|_| {
            Fault::Row(format!(
                "audit_heads: what stands as head {number} is none: a row was written by hand"
            ))
        })?;
        Ok(Self { number: number.unsigned_abs(), hash: head.hash() })
    }
}

/// What the next head says.
struct Grown {
    chains: Vec<ChainHead>,
    /// Those whose workspaces were deleted.
    deleted: Vec<String>,
}

impl Grown {
    /// The next chains by name that have grown since a head named them, [`MOST`] at most. It goes by the chains' names, and
    /// locks none: a chain costs less to look at once an hour than an index costs that would change with every entry.
    ///
    /// Whoever deletes a workspace lets its chain grow in the same transaction, so that the head which names that entry names the
    /// deletion, whatever any clock says. What the table `shredded` says is not signed: a restore destroys what a head names.
    async fn find(db: &Db, mut after: String) -> Result<Self> {
        let (mut chains, mut deleted): (Vec<ChainHead>, _) = (Vec::new(), Vec::new());
        let (mut no_names, mut unreadable) = (0, 0);
        while chains.len() < MOST {
            let (rows, before) = (db.rows(GROWN, args![&after, page()]).await?, after.clone());
            for row in &rows {
                let Some(name) = name_after(row, "chain", &after) else {
                    no_names += 1;
                    continue;
                };
                after.clone_from(&name);
                // Left out: a verification tells that heads go on without it.
                let Ok(chain) = named(name, row) else {
                    unreadable += 1;
                    continue;
                };
                let is_deleted = row.get::<Option<Time>>("deleted_at")?.is_some();
                if is_deleted && says_deleted(db, &chain.chain, chain.sequence).await? {
                    deleted.push(chain.chain.clone());
                }
                chains.push(chain);
            }
            // A page without a name comes again and again.
            if rows.len() < AT_ONCE || after == before {
                break;
            }
        }
        if no_names > 0 {
            tracing::error!(rows = no_names, "what stands as a chain's name is no text, and is in no head");
        }
        if unreadable > 0 {
            tracing::error!(rows = unreadable, "how far a chain has come cannot be read, and is in no head");
        }
        Ok(Self { chains, deleted })
    }
}

fn page() -> i64 {
    i64::try_from(AT_ONCE).expect("it is small")
}

fn named(chain: String, row: &Row) -> Result<ChainHead> {
    let sequence: i64 = row.get("sequence")?;
    Ok(ChainHead { chain, sequence: sequence.unsigned_abs(), hash: hash_in(row, "hash")? })
}

/// People whose keys were destroyed and whom no head has named, [`MOST`] at most. They have no chain that would grow; that a head
/// has named them is noted as of chains.
async fn people(db: &Db) -> Result<Vec<String>> {
    let (mut people, mut after) = (Vec::new(), String::new());
    while people.len() < MOST {
        let rows = db.rows(UNNAMED, args![&after, page()]).await?;
        let before = after.clone();
        for row in &rows {
            // What is no text is nobody's id.
            let Some(subject) = name_after(row, "subject", &after) else { continue };
            after.clone_from(&subject);
            people.extend(Some(subject).filter(|subject| subject.parse::<PersonId>().is_ok()));
        }
        if after == before {
            break;
        }
    }
    Ok(people)
}

/// As the database has numbers. Nobody has 2^63 entries, but a database may say so.
pub(in crate::audit) fn signed(number: u64) -> Result<i64> {
    i64::try_from(number)
        .map_err(|_| Fault::Row(format!("{number} is more than a number can be: a row was written by hand")))
}
