//! Rotation: a new root wraps the data keys anew, a new data key seals a subject's fields anew, a new key of the index
//! hashes anew. This is the keyring's part of it; who owns the sealed tables does the rest.

use store::{Db, Result, Row, Tx, args};
use time_and_chance::{Chance, Duration, Time};

use crate::{
    Reader, Root, RootId, Source, SourceFault, Vault,
    keys::{INDEX, Wrapped},
    roots::known,
};

/// Why a root cannot be rotated. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RotateFault {
    /// The new root has to be put into the variable first.
    #[error(
        "the environment variable {0} holds no new key: put one before the present one, with a comma between them, on every \
         node, restart them, and try again (openssl rand -base64 32 makes one)"
    )]
    NoNewKey(String),
    /// The key file.
    #[error(transparent)]
    Source(#[from] SourceFault),
    /// The key service.
    #[error("the new root key cannot be wrapped: {0}")]
    Service(crate::Fault),
    /// The database.
    #[error(transparent)]
    Database(#[from] store::Fault),
}

/// A rotation of the root that has begun.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RootRotation {
    /// The root until now.
    pub from: String,
    /// The root from now on.
    pub to: String,
}

const HOLD: &str = "SELECT id FROM root_keys ORDER BY number {lock}";
const ADD: &str = "
    INSERT INTO root_keys (id, number, wrapped, created_at)
    SELECT $1, MAX(number) + 1, $2, CAST($3 AS BIGINT) FROM root_keys";
const RETIRE: &str = "
    UPDATE root_keys SET retired_at = COALESCE(retired_at, $2), destroy_after = COALESCE(destroy_after, $3)
    WHERE id <> $1 AND destroyed_at IS NULL";

/// Begins to rotate the root: a new one is at hand and known to the database, and every root before it is to be destroyed
/// after `destroy_old_after`, if that is said. [`rewrap`] does the rest.
pub async fn begin_root_rotation(
    vault: &Vault,
    tx: &mut Tx,
    when: Time,
    chance: &dyn Chance,
    destroy_old_after: Option<Duration>,
) -> std::result::Result<RootRotation, RotateFault> {
    tx.rows(HOLD, Vec::new()).await?;
    let known = known(&mut Reader::Tx(tx)).await?;
    let current = known.first().map(|known| known.id.clone());
    let current = current.ok_or_else(|| store::Fault::Row("there is no root key".to_owned()))?;
    let (roots, wrapped) = with_new_root(vault, chance, &current).await?;
    let new = roots.first().expect("it was just put there").id().clone();
    tx.execute(ADD, args![new.as_str(), wrapped, when]).await?;
    tx.execute(RETIRE, args![new.as_str(), when, destroy_old_after.map(|after| when.plus(after))]).await?;
    vault.set_roots(roots);
    Ok(RootRotation { from: current.as_str().to_owned(), to: new.as_str().to_owned() })
}

/// All roots, with one before the current that wraps nothing yet.
async fn with_new_root(
    vault: &Vault,
    chance: &dyn Chance,
    current: &RootId,
) -> std::result::Result<(Vec<Root>, Option<Vec<u8>>), RotateFault> {
    match vault.source() {
        Source::File(path) => {
            let mut roots = vault.source().read()?;
            // One that somebody has distributed to all nodes beforehand.
            let is_ready = roots.first().is_some_and(|root| root.id() != current);
            if !is_ready {
                roots.insert(0, Root::new(chance));
                Source::write_file(path, &roots)?;
            }
            Ok((roots, None))
        }
        Source::Env(name) => {
            let roots = vault.source().read()?;
            let is_ready = roots.first().is_some_and(|root| root.id() != current);
            if is_ready { Ok((roots, None)) } else { Err(RotateFault::NoNewKey(name.clone())) }
        }
        Source::Service(service) => {
            let root = Root::new(chance);
            let wrapped = service.wrap(&root).await.map_err(RotateFault::Service)?;
            let mut roots = vault.roots();
            roots.insert(0, root);
            Ok((roots, Some(wrapped)))
        }
        Source::Given(_) => {
            let mut roots = vault.roots();
            roots.insert(0, Root::new(chance));
            Ok((roots, None))
        }
    }
}

/// Makes a new root ready in the key file without using it, so that it can be brought to every node before it is. Answers
/// its name; the one that is ready, if there is one.
pub fn prepare_root(vault: &Vault, chance: &dyn Chance) -> std::result::Result<Option<String>, SourceFault> {
    let Source::File(path) = vault.source() else { return Ok(None) };
    let mut roots = vault.source().read()?;
    if roots.first().is_none_or(|root| *root.id() == *vault.root().id()) {
        roots.insert(0, Root::new(chance));
        Source::write_file(path, &roots)?;
    }
    Ok(roots.first().map(|root| root.id().as_str().to_owned()))
}

/// How many data keys are wrapped anew in a transaction.
const AT_ONCE: usize = 1_000;
// Whoever shreds one of these meanwhile waits for the commit, and then destroys it in its new form.
const PAGE: &str = "
    SELECT id, subject, generation, root_id, wrapped, created_at FROM data_keys
    WHERE id > $1 AND root_id <> $2 ORDER BY id LIMIT $3 {lock}";
const REWRAP: &str = "
    INSERT INTO data_keys (id, subject, generation, root_id, wrapped, created_at)
    VALUES {each ($, $, $, $, $, $)}
    ON CONFLICT (id) DO UPDATE SET root_id = excluded.root_id, wrapped = excluded.wrapped";

/// Wraps the data keys anew that older roots wrap, some at a time, while `goes_on` says so. Answers how many it did, and
/// whether that were all.
pub async fn rewrap(
    vault: &Vault,
    db: &Db,
    chance: &dyn Chance,
    mut goes_on: impl FnMut() -> bool,
) -> Result<(u64, bool)> {
    let (mut after, mut done) = (-1_i64, 0);
    while goes_on() {
        let mut tx = db.begin().await?;
        let root = vault.current_root(&mut Reader::Tx(&mut tx)).await?;
        let rows = tx
            .rows(PAGE, args![after, root.id().as_str(), i64::try_from(AT_ONCE).expect("it is small")])
            .await?;
        let mut rewrapped = Vec::with_capacity(rows.len());
        for row in &rows {
            let wrapped = Wrapped::of_row(row)?;
            let from = vault.root_of(&mut Reader::Tx(&mut tx), &wrapped.root).await?;
            after = wrapped.id;
            rewrapped.push(wrapped.rewrapped(&from, &root, chance)?.args());
        }
        let (count, is_last) = (rewrapped.len() as u64, rows.len() < AT_ONCE);
        tx.execute_each(REWRAP, &[], rewrapped).await?;
        tx.commit().await?;
        done += count;
        if is_last {
            return Ok((done, true));
        }
    }
    Ok((done, false))
}

const DUE: &str = "
    SELECT id FROM root_keys WHERE destroyed_at IS NULL AND retired_at <= $2 AND destroy_after <= $1";
/// A transaction that began before a rotation was committed is over by then: nothing is wrapped by the former root any more.
const SETTLED: Duration = Duration::from_mins(5);
const STILL_WRAPS: &str = "SELECT 1 AS one FROM data_keys WHERE root_id = $1 LIMIT 1";
const DESTROYED: &str = "
    UPDATE root_keys SET destroyed_at = $2, wrapped = NULL WHERE id = $1 AND destroyed_at IS NULL";

/// Destroys the retired roots whose time has come and that wrap nothing any more, and answers their names. What was shredded
/// while they were in use cannot be read in a backup of then either, from now on. A root in a variable is forgotten by the
/// database; whoever sets the variable takes it out of there.
pub async fn destroy_retired_roots(
    vault: &Vault,
    db: &Db,
    when: Time,
    chance: &dyn Chance,
) -> Result<Vec<String>> {
    let (due, mut destroyed) = (db.rows(DUE, args![when, when.minus(SETTLED)]).await?, Vec::new());
    if !due.is_empty() {
        // A transaction that began before the rotation may have made a key under the old one after it.
        rewrap(vault, db, chance, || true).await?;
    }
    for row in due {
        let id: String = row.get("id")?;
        if db.row(STILL_WRAPS, args![&id]).await?.is_some() {
            continue;
        }
        if let Source::File(path) = vault.source() {
            let away = |fault: SourceFault| store::Fault::Away(fault.to_string());
            let mut roots = vault.source().read().map_err(away)?;
            roots.retain(|root| root.id().as_str() != id);
            Source::write_file(path, &roots).map_err(away)?;
        }
        let mut tx = db.begin().await?;
        tx.execute(DESTROYED, args![&id, when]).await?;
        tx.commit().await?;
        vault.forget_root(&id);
        destroyed.push(id);
    }
    Ok(destroyed)
}

/// The newest key of a subject, and those before it that still open something.
#[derive(Debug, Clone)]
pub struct Generations {
    /// The newest key's id.
    pub current: i64,
    /// Since when there is that.
    pub since: Time,
    /// The ids of the others.
    pub former: Vec<i64>,
}

const GENERATIONS: &str = "
    SELECT id, created_at FROM data_keys WHERE subject = $1 ORDER BY generation DESC";
const HOLD_SUBJECT: &str = "
    SELECT id, subject, generation, root_id, wrapped, created_at FROM data_keys
    WHERE subject = $1 ORDER BY generation DESC {lock}";
const RETIRE_KEY: &str = "UPDATE data_keys SET retired_at = $2 WHERE subject = $1 AND retired_at IS NULL";
const NEW_KEY: &str = "
    INSERT INTO data_keys (id, subject, generation, root_id, wrapped, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
const DESTROY_FORMER: &str = "DELETE FROM data_keys WHERE subject = $1 AND id <> $2";

/// The keys of a subject; nothing if it has none.
pub async fn generations<'r>(reader: impl Into<Reader<'r>>, subject: &str) -> Result<Option<Generations>> {
    generations_of(&reader.into().rows(GENERATIONS, args![subject]).await?)
}

fn generations_of(rows: &[Row]) -> Result<Option<Generations>> {
    let Some((newest, former)) = rows.split_first() else { return Ok(None) };
    Ok(Some(Generations {
        current: newest.get("id")?,
        since: newest.get("created_at")?,
        former: former.iter().map(|row| row.get("id")).collect::<Result<_>>()?,
    }))
}

impl Vault {
    /// Gives a subject a new data key, which seals from now on; the one before opens what it has sealed. Answers whether
    /// it did: not for one that has no key, nor while an earlier rotation is still under way.
    pub async fn new_generation(
        &self,
        tx: &mut Tx,
        when: Time,
        chance: &dyn Chance,
        subject: &str,
    ) -> Result<bool> {
        let rows = tx.rows(HOLD_SUBJECT, args![subject]).await?;
        let [only] = rows.as_slice() else { return Ok(false) };
        let generation = Wrapped::of_row(only)?.generation + 1;
        let root = self.current_root(&mut Reader::Tx(tx)).await?;
        let new = Wrapped::new(&root, chance, when, subject, generation);
        tx.execute(RETIRE_KEY, args![subject, when]).await?;
        tx.execute(NEW_KEY, new.args()).await?;
        self.forget(subject);
        Ok(true)
    }

    /// Destroys the former keys of a subject. Nothing must be left that they sealed.
    pub async fn destroy_former(&self, tx: &mut Tx, subject: &str, current: i64) -> Result<()> {
        tx.execute(DESTROY_FORMER, args![subject, current]).await?;
        self.forget(subject);
        Ok(())
    }

    /// Holds the index, so that nobody puts anything into it until the transaction ends; then who still uses its former keys
    /// can be counted. Answers its keys.
    pub async fn hold_index(&self, tx: &mut Tx) -> Result<Option<Generations>> {
        generations_of(&tx.rows(HOLD_SUBJECT, args![INDEX]).await?)
    }
}
