use passwords::{Scheme, Stored};
use seal::Private;
use serde::Serialize;
use serde_json::json;
use store::{Tx, args};
use utoipa::ToSchema;

use super::set::sealed;
use crate::{
    app::{App, Now},
    events::Event,
    ids::{self, PersonId},
    permissions::Authority,
    web::{Problem, Stop, again},
    workspaces,
};

/// A hash that another system has made, and whose it is.
pub struct Foreign {
    /// A person's id, mail address, or id in the product.
    pub person: Private,
    /// The hash.
    pub hash: Private,
}

/// What became of one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Imported {
    /// The person, if there is one.
    #[schema(value_type = Option<ids::Person>, required)]
    pub person_id: Option<PersonId>,
    /// `imported`; `kept`: the person has a password already, and keeps it; `unknown`: there is no such person.
    #[schema(example = "imported")]
    pub outcome: &'static str,
}

/// Why nothing is imported.
#[derive(Debug)]
pub enum Refusal {
    /// The one at this place, counted from 0, is no hash that can be taken over.
    BadHash(usize, String),
}

impl From<Refusal> for Problem {
    fn from(Refusal::BadHash(place, why): Refusal) -> Self {
        Self::invalid(format!("\"hash\" of item {place} cannot be taken over: {why}. Nothing was imported."))
    }
}

const DEAREST: Scheme = Scheme::ForeignBcrypt { cost: 14 };

/// Takes over hashes of another system, for people who have no password yet: nobody sets a password for somebody else. Each is made
/// anew when its owner first signs in.
pub async fn import(app: &App, by: &Authority, items: &[Foreign]) -> Result<Vec<Imported>, Stop<Refusal>> {
    let mut hashes = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let hash = Stored::import(item.hash.expose());
        // A check of a dearer one keeps a core busy for seconds, and nobody may cost less.
        if hash.as_ref().is_ok_and(|hash| hash.scheme().work() > DEAREST.work()) {
            return Err(Stop::Refused(Refusal::BadHash(place, "its cost is above 14".to_owned())));
        }
        hashes.push(hash.map_err(|why| Stop::Refused(Refusal::BadHash(place, why.to_string())))?);
    }
    again(|| import_checked(app, by, items, &hashes)).await
}

async fn import_checked(
    app: &App,
    by: &Authority,
    items: &[Foreign],
    hashes: &[Stored],
) -> Result<Vec<Imported>, Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let mut people = Vec::with_capacity(items.len());
    for (item, hash) in items.iter().zip(hashes) {
        people.push((workspaces::person_named(&mut tx, now, &item.person).await?, hash));
    }
    let mut imported = Vec::with_capacity(items.len());
    for (person_id, hash) in people {
        let outcome = match &person_id {
            None => "unknown",
            Some(person) if put(&mut tx, now, person, hash).await? => {
                let details = json!({"by": "import", "scheme": hash.scheme().to_string()});
                workspaces::note_by(&mut tx, now, by.actor(), person, Event::PasswordChanged, details)
                    .await?;
                "imported"
            }
            Some(_) => "kept",
        };
        imported.push(Imported { person_id, outcome });
    }
    tx.commit().await?;
    Ok(imported)
}

const IMPORT: &str = "
    INSERT INTO passwords (person_id, hash, scheme, set_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person_id) DO NOTHING";

async fn put(tx: &mut Tx, now: Now<'_>, person: &PersonId, hash: &Stored) -> store::Result<bool> {
    let sealed = sealed(tx, now, person, hash).await?;
    let arguments = args![person, sealed, hash.scheme().to_string(), now.when];
    Ok(tx.execute(IMPORT, arguments).await? == 1)
}
