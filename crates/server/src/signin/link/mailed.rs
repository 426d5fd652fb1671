//! A link to set a password, as far as it takes to know whether there is anybody to mail it to. That is looked up by a job, so that the
//! answer to whoever asks comes after the same work for every address.

use std::sync::Arc;

use factors::LinkSecret;
use jobs::{Claimed, Outcome, Task};
use seal::{Private, Vault};
use serde::{Deserialize, Serialize};
use store::{Db, Result, Tx, args};
use time_and_chance::{Chance, Time};

use super::{About, Kind, insert};
use crate::{
    app::Now,
    columns::LINK_DETAILS,
    ids::LinkId,
    mail::{self, Address},
    signin::letters,
    workspaces::{self, Person},
};

/// Mail a link to set a password, if there is somebody to mail it to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailReset {
    /// The link, of which it is not known yet whose it is.
    pub link: LinkId,
}

impl Task for MailReset {
    const KIND: &'static str = "mail_reset";
}

/// What it takes to mail links.
#[derive(Clone)]
pub struct Postbox {
    /// The database.
    pub db: Db,
    /// The keyring.
    pub vault: Vault,
    /// The dice.
    pub chance: Arc<dyn Chance>,
    /// The product's name.
    pub vendor: String,
    /// The address under which people reach the console.
    pub public_url: String,
}

/// Notes that somebody has asked for a link to this address.
pub(super) async fn note(tx: &mut Tx, now: Now<'_>, address: &Address) -> Result<()> {
    let details: Private = address.as_typed().into();
    let about = About { details: Some(details), ..About::default() };
    // Nobody has this secret: the one that is mailed is made by the job.
    let (link, _) = insert(tx, now, Kind::Reset, about).await?;
    jobs::enqueue(tx, now.vault, now.when, now.chance, &[MailReset { link }]).await
}

/// Mails the links that were asked for, to whoever is there.
pub async fn mail_resets(postbox: Postbox, when: Time, jobs: Vec<Claimed<MailReset>>) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        outcomes.push(match postbox.mail(when, &job.task.link).await {
            Ok(()) => Outcome::Done,
            Err(fault) => Outcome::retry(fault.to_string()),
        });
    }
    outcomes
}

const ASKED: &str = "
    SELECT id, details FROM links WHERE id = $1 AND kind = 'reset' AND person_id IS NULL AND details IS NOT NULL {lock}";
const FORGET: &str = "DELETE FROM links WHERE id = $1";
const NEWER: &str = "SELECT 1 AS one FROM links WHERE person_id = $1 AND kind = 'reset' AND id > $2 LIMIT 1";
const IS_THEIRS: &str = "UPDATE links SET person_id = $2, digest = $3, details = NULL WHERE id = $1";

impl Postbox {
    async fn mail(&self, when: Time, id: &LinkId) -> Result<()> {
        let now = Now { when, chance: &*self.chance, vault: &self.vault };
        let mut tx = self.db.begin().await?;
        let rows = tx.rows(ASKED, args![id]).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let opener = now.vault.opener_of(&mut tx, &rows, &["details"]).await?;
        let address = opener.text(row, "details", LINK_DETAILS.of(id.as_str(), ""))?;
        let person = match mail::address(address.expose()) {
            Ok(address) => workspaces::person_with_in(&mut tx, now, &address).await?,
            Err(_) => None,
        };
        match person {
            Some(person) if tx.row(NEWER, args![&person.id, id]).await?.is_none() => {
                self.send(&mut tx, now, id, &person).await?;
            }
            _ => drop(tx.execute(FORGET, args![id]).await?),
        }
        tx.commit().await
    }

    async fn send(&self, tx: &mut Tx, now: Now<'_>, id: &LinkId, person: &Person) -> Result<()> {
        super::withdraw(tx, now, &person.id, Kind::Reset).await?;
        let secret = LinkSecret::new(now.chance);
        tx.execute(IS_THEIRS, args![id, &person.id, &secret.digest().as_bytes()[..]]).await?;
        let letter = letters::reset(&self.vendor, &self.public_url, &secret);
        letters::send(tx, now, person, id.as_str(), letter).await
    }
}
