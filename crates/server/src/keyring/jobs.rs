//! What is left of a rotation after its beginning. Each try goes on where something is left to do.

use std::sync::Arc;

use ::jobs::{Claimed, Outcome, Task, Terms};
use seal::{Fault, Generations, Vault};
use serde::{Deserialize, Serialize};
use store::{Db, Result, Tx, args};
use time_and_chance::{Chance, Duration, Time};

use super::{
    fields::{SEALED, Sealed},
    leave_nothing_of_it,
};
use crate::{
    app::Now,
    columns::PERSON_MAIL,
    ids::WorkspaceId,
    jobs::{Pace, goes_on},
    mail, workspaces,
};

/// Wrap anew what former roots wrap.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RewrapKeys {}

/// Seal a workspace's fields anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResealWorkspace {
    /// Which workspace's.
    pub workspace: WorkspaceId,
}

/// Hash mail addresses anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReindexMail {}

impl Task for RewrapKeys {
    const KIND: &'static str = "rewrap_keys";
}

impl Task for ResealWorkspace {
    const KIND: &'static str = "reseal_workspace";
}

impl Task for ReindexMail {
    const KIND: &'static str = "reindex_mail";
}

/// What rotating needs.
#[derive(Clone)]
pub struct Resealer {
    /// The database.
    pub db: Db,
    /// The keyring.
    pub vault: Vault,
    /// The dice.
    pub chance: Arc<dyn Chance>,
}

/// A node keeps a key for a minute, and a transaction lasts seconds: after this nobody seals with the former key any more.
const SETTLED: Duration = Duration::from_mins(5);
/// Longer than anybody takes from reading a field to opening it.
const LINGERS: Duration = Duration::from_mins(1);
/// How many fields are sealed anew in a transaction.
const AT_ONCE: usize = 500;

/// Wraps data keys anew.
pub async fn rewrap_keys(resealer: Resealer, jobs: Vec<Claimed<RewrapKeys>>) -> Vec<Outcome> {
    let mut pace = pace();
    let rewrapped =
        seal::rewrap(&resealer.vault, &resealer.db, &*resealer.chance, || pace.allows_a_step()).await;
    let outcome = match rewrapped {
        Ok((_, true)) => Outcome::Done,
        Ok((_, false)) => goes_on(),
        Err(fault) => Outcome::retry(fault.to_string()),
    };
    vec![outcome; jobs.len()]
}

/// Seals the fields of workspaces anew.
pub async fn reseal_workspaces(
    resealer: Resealer,
    when: Time,
    jobs: Vec<Claimed<ResealWorkspace>>,
) -> Vec<Outcome> {
    let (mut pace, mut outcomes) = (pace(), Vec::with_capacity(jobs.len()));
    for job in &jobs {
        let resealed = resealer.reseal(when, &job.task.workspace, &mut pace).await;
        outcomes.push(resealed.unwrap_or_else(|fault| Outcome::retry(fault.to_string())));
    }
    outcomes
}

/// Hashes mail addresses anew.
pub async fn reindex_mail(resealer: Resealer, when: Time, jobs: Vec<Claimed<ReindexMail>>) -> Vec<Outcome> {
    let done = resealer.reindex(when, &mut pace()).await;
    vec![done.unwrap_or_else(|fault| Outcome::retry(fault.to_string())); jobs.len()]
}

fn pace() -> Pace {
    Pace::of(Pace::length(Terms::default()))
}

/// Until when a rotation waits, if it does.
fn unsettled(keys: &Generations, when: Time) -> Option<Outcome> {
    let left = keys.since.plus(SETTLED).since(when);
    let why = || "a node may still use the former key".to_owned();
    (!left.is_zero()).then(|| Outcome::Retry { why: why(), after: Some(left) })
}

impl Resealer {
    async fn reseal(&self, when: Time, workspace: &WorkspaceId, pace: &mut Pace) -> Result<Outcome> {
        // Shredded, or done before.
        let Some(keys) = seal::generations(&self.db, workspace.as_str()).await? else {
            return Ok(Outcome::Done);
        };
        if let Some(waits) = unsettled(&keys, when) {
            return Ok(waits);
        }
        let mut resealed = 0;
        for former in &keys.former {
            for column in SEALED {
                let (some, is_end) = self.reseal_column(when, workspace, column, *former, pace).await?;
                resealed += some;
                if !is_end {
                    return Ok(goes_on());
                }
            }
        }
        if resealed > 0 {
            let why = "somebody may have read what the former key sealed, and not opened it yet".to_owned();
            return Ok(Outcome::Retry { why, after: Some(LINGERS) });
        }
        let mut tx = self.db.begin().await?;
        if self.is_something_left(&mut tx, workspace, &keys.former).await? {
            return Ok(Outcome::retry(
                "fields are left that were sealed with the former key, and do not open",
            ));
        }
        self.vault.destroy_former(&mut tx, workspace.as_str(), &keys.former).await?;
        tx.commit().await?;
        leave_nothing_of_it(&self.db).await;
        Ok(Outcome::Done)
    }

    /// Looks once more, in the transaction that destroys the key.
    async fn is_something_left(&self, tx: &mut Tx, workspace: &WorkspaceId, keys: &[i64]) -> Result<bool> {
        for key in keys {
            for column in SEALED {
                let one = args![workspace, "", key.to_be_bytes().as_slice(), 1];
                if tx.row(column.page, one).await?.is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Answers how many fields it sealed anew, and whether it got to the end.
    async fn reseal_column(
        &self,
        when: Time,
        workspace: &WorkspaceId,
        column: &Sealed,
        former: i64,
        pace: &mut Pace,
    ) -> Result<(usize, bool)> {
        let now = Now { when, chance: &*self.chance, vault: &self.vault };
        let (mut after, mut done, most) = (String::new(), 0, i64::try_from(AT_ONCE).expect("it is small"));
        while pace.allows_a_step() {
            // What is changed after it was read stays as it was changed to.
            let page = args![workspace, &after, former.to_be_bytes().as_slice(), most];
            let rows = self.db.rows(column.page, page).await?;
            let opener = self.vault.opener_of(&self.db, &rows, &["sealed"]).await?;
            let mut tx = self.db.begin().await?;
            let keys = now.keys(&mut tx, [workspace.as_str()]).await?;
            for row in &rows {
                let id: String = row.get("id")?;
                let place = column.field.of(&id, workspace.as_str());
                match opener.column_bytes(row, "sealed", place) {
                    Ok(Some((sealed, text))) => {
                        let resealed = keys.of(workspace.as_str())?.seal_bytes(&*self.chance, place, &text);
                        tx.execute(column.put, args![&id, sealed, resealed]).await?;
                        done += 1;
                    }
                    Ok(None) => {}
                    Err(fault @ Fault::NoKey { .. }) => return Err(fault.into()),
                    // It was changed: that holds up the former key's destruction, and no other field.
                    Err(fault) => tracing::error!(%fault, "a field cannot be sealed anew"),
                }
                after = id;
            }
            tx.commit().await?;
            if rows.len() < AT_ONCE {
                return Ok((done, true));
            }
        }
        Ok((done, false))
    }

    async fn reindex(&self, when: Time, pace: &mut Pace) -> Result<Outcome> {
        let Some(keys) = seal::generations(&self.db, seal::INDEX).await? else { return Ok(Outcome::Done) };
        if let Some(waits) = unsettled(&keys, when) {
            return Ok(waits);
        }
        for former in &keys.former {
            let mut after = Some(String::new());
            while let Some(id) = after {
                if !pace.allows_a_step() {
                    return Ok(goes_on());
                }
                after = self.reindex_some(when, *former, &id).await?;
            }
        }
        self.end_reindexing().await
    }

    /// Hashes some of the people anew who were hashed with this key. Answers after whom to go on, if there are more.
    async fn reindex_some(&self, when: Time, former: i64, after: &str) -> Result<Option<String>> {
        let mut tx = self.db.begin().await?;
        let index = self.vault.index_held(&mut tx, when, &*self.chance).await?;
        let rows = workspaces::people_hashed_with(&mut tx, former, after, AT_ONCE).await?;
        let opener = self.vault.opener_of(&mut tx, &rows, &["mail"]).await?;
        for row in &rows {
            let id: String = row.get("id")?;
            let mail = match opener.text(row, "mail", PERSON_MAIL.of(&id, "")) {
                Ok(mail) => mail,
                Err(fault) => {
                    tracing::error!(%fault, "a person's address cannot be hashed anew");
                    continue;
                }
            };
            // What was an address when it was stored is one.
            let address = mail::address(mail.expose());
            let hash = index.of(address.as_ref().map_or(mail.expose(), mail::Address::folded));
            workspaces::reindex(&mut tx, &id, hash, index.key_id()).await?;
        }
        tx.commit().await?;
        rows.get(AT_ONCE - 1).map(|last| last.get("id")).transpose()
    }

    /// Looks once more while nobody can put anything into the index, and destroys its former key.
    async fn end_reindexing(&self) -> Result<Outcome> {
        let mut tx = self.db.begin().await?;
        let Some(keys) = self.vault.hold_index(&mut tx).await? else { return Ok(Outcome::Done) };
        for former in &keys.former {
            if !workspaces::people_hashed_with(&mut tx, *former, "", 1).await?.is_empty() {
                // They came meanwhile; or their address does not open, and the former key still finds them.
                return Ok(Outcome::retry("people are left whom only the former key finds"));
            }
        }
        self.vault.destroy_former(&mut tx, seal::INDEX, &keys.former).await?;
        tx.commit().await?;
        leave_nothing_of_it(&self.db).await;
        Ok(Outcome::Done)
    }
}
