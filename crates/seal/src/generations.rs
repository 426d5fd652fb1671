//! The keys of one subject: a newer one retires an older one, which goes once nothing is left that it sealed.

use store::{Result, Tx, args};
use time_and_chance::{Chance, Time};

use crate::{
    Reader, Vault,
    keys::{INDEX, Wrapped},
};

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
const HOLD: &str = "SELECT id FROM data_keys WHERE subject = $1 ORDER BY id {lock}";
const HELD: &str = "SELECT generation FROM data_keys WHERE subject = $1";
const RETIRE_KEY: &str = "UPDATE data_keys SET retired_at = $2 WHERE subject = $1 AND retired_at IS NULL";
const NEW_KEY: &str = "
    INSERT INTO data_keys (id, subject, generation, root_id, wrapped, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
const DESTROY_FORMER: &str = "DELETE FROM data_keys WHERE subject = $1 AND id IN ({each $})";

/// The keys of a subject; nothing if it has none.
pub async fn generations<'r>(reader: impl Into<Reader<'r>>, subject: &str) -> Result<Option<Generations>> {
    let rows = reader.into().rows(GENERATIONS, args![subject]).await?;
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
        // Held first, then read: a statement that waited for another rotation does not see what this has made.
        tx.rows(HOLD, args![subject]).await?;
        let rows = tx.rows(HELD, args![subject]).await?;
        let [only] = rows.as_slice() else { return Ok(false) };
        let generation = only.get::<i64>("generation")? + 1;
        let root = self.current_root(&mut Reader::Tx(tx)).await?;
        let new = Wrapped::new(&root, chance, when, subject, generation);
        tx.execute(RETIRE_KEY, args![subject, when]).await?;
        tx.execute(NEW_KEY, new.args()).await?;
        self.forget(subject);
        Ok(true)
    }

    /// Destroys these former keys of a subject, and none that is newer than whoever looked knows. Nothing must be left that they
    /// sealed.
    pub async fn destroy_former(&self, tx: &mut Tx, subject: &str, former: &[i64]) -> Result<()> {
        let former = former.iter().map(|key| args![*key]).collect();
        tx.execute_each(DESTROY_FORMER, &[subject.into()], former).await?;
        tx.wants_empty_log().await?;
        self.forget(subject);
        Ok(())
    }

    /// Holds the index, so that nobody puts anything into it until the transaction ends; then who still uses its former keys
    /// can be counted. Answers its keys.
    pub async fn hold_index(&self, tx: &mut Tx) -> Result<Option<Generations>> {
        tx.rows(HOLD, args![INDEX]).await?;
        generations(tx, INDEX).await
    }
}
