//! The root keys that a database knows: which one it was sealed with, and whether that is at hand.

use store::{Db, Row, Tx, args};
use time_and_chance::{Chance, Time};

use crate::{KeyService, Reader, Root, RootId, Source, SourceFault, Vault, file};

/// Why a keyring cannot be opened. Nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// The roots cannot be had.
    #[error(transparent)]
    Source(#[from] SourceFault),
    /// The key is gone, and the database is full of what it sealed.
    #[error(
        "{missing}, and this database was sealed with root key {known}. Put the key back where keyring.root says; without \
         it nobody reads what is sealed. Nothing was changed."
    )]
    Missing {
        /// What is missing.
        missing: SourceFault,
        /// The root that the database wants.
        known: RootId,
    },
    /// The key is another one.
    #[error(
        "keyring.root ({place}) holds root key {found}, and this database was sealed with {known}. Put the right key where \
         keyring.root says. Nothing was changed."
    )]
    Wrong {
        /// Where it was looked for.
        place: String,
        /// What was found.
        found: String,
        /// The root that the database wants.
        known: RootId,
    },
    /// A former root is missing, and still wraps something.
    #[error(
        "keyring.root ({place}) is without root key {former}, which was rotated away and still wraps data keys. Put it back, \
         after the present one, until `bailiwick keyring show` says that it wraps none. Nothing was changed."
    )]
    Former {
        /// Where it was looked for.
        place: String,
        /// The former root.
        former: RootId,
    },
    /// The key service.
    #[error("the root key cannot be had from the key service: {0}")]
    Service(crate::Fault),
    /// The database.
    #[error("the database cannot be used: {0}")]
    Database(#[from] store::Fault),
}

const KNOWN: &str =
    "SELECT id, number, wrapped FROM root_keys WHERE destroyed_at IS NULL ORDER BY number DESC";
const WRAPPING: &str = "
    SELECT id FROM root_keys WHERE EXISTS (SELECT 1 FROM data_keys WHERE root_id = root_keys.id)";
const FIRST: &str = "
    INSERT INTO root_keys (id, number, wrapped, created_at) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING";

const HOLD: &str = "SELECT id FROM root_keys ORDER BY number {lock}";

/// Holds the roots until the transaction ends: nobody else makes, takes or destroys one, nor writes the key file.
pub(crate) async fn hold(tx: &mut Tx) -> store::Result<()> {
    tx.rows(HOLD, Vec::new()).await.map(drop)
}

/// The root that new data keys are wrapped by, as the database knows it: another process may have rotated it.
pub(crate) async fn current(reader: &mut Reader<'_>) -> store::Result<RootId> {
    let current = known(reader).await?.into_iter().next().map(|known| known.id);
    current.ok_or_else(|| store::Fault::Row("there is no root key".to_owned()))
}

/// A root as the database knows it.
pub(crate) struct Known {
    pub id: RootId,
    wrapped: Option<Vec<u8>>,
}

/// The roots that a database was sealed with, newest first; none if nothing was sealed in it yet.
pub(crate) async fn known(reader: &mut Reader<'_>) -> store::Result<Vec<Known>> {
    let of_row = |row: &Row| Ok(Known { id: RootId::trusted(row.get("id")?), wrapped: row.get("wrapped")? });
    reader.rows(KNOWN, Vec::new()).await?.iter().map(of_row).collect()
}

/// The roots that are at hand, newest first: those of the source, or those that its service unwraps.
pub(crate) async fn at_hand(reader: &mut Reader<'_>, source: &Source) -> store::Result<Vec<Root>> {
    let known = known(reader).await?;
    let Source::Service(service) = source else {
        let mut roots = source.read().map_err(|fault| store::Fault::Away(fault.to_string()))?;
        current_first(&mut roots, known.first().map(|known| &known.id));
        return Ok(roots);
    };
    let wrapping = wrapping(reader).await?;
    Ok(unwrapped(&**service, known, &wrapping).await?)
}

/// The roots that some data key is wrapped by.
async fn wrapping(reader: &mut Reader<'_>) -> store::Result<Vec<RootId>> {
    let rows = reader.rows(WRAPPING, Vec::new()).await?;
    rows.iter().map(|row| Ok(RootId::trusted(row.get("id")?))).collect()
}

/// Those that something needs, unwrapped: a call to a service each.
async fn unwrapped(
    service: &dyn KeyService,
    known: Vec<Known>,
    wrapping: &[RootId],
) -> Result<Vec<Root>, crate::Fault> {
    let mut roots = Vec::new();
    for (at, known) in known.into_iter().enumerate() {
        if let Some(wrapped) = known.wrapped.filter(|_| at == 0 || wrapping.contains(&known.id)) {
            roots.push(service.unwrap(&wrapped).await?);
        }
    }
    Ok(roots)
}

/// Puts the root first that new data keys are wrapped by, and answers whether it is there. One that lies before it was made
/// ready for the next rotation, and wraps nothing yet.
fn current_first(roots: &mut [Root], current: Option<&RootId>) -> bool {
    let Some(at) = roots.iter().position(|root| Some(root.id()) == current) else { return false };
    roots[..=at].rotate_right(1);
    true
}

/// A keyring that was looked at before anything is done to the database.
pub struct Prepared {
    vault: Vault,
    new: Option<New>,
}

/// A root that the database does not know yet.
struct New {
    root: RootId,
    wrapped: Option<Vec<u8>>,
}

/// Looks whether the keyring opens what is sealed in this database. A key file is made only where nothing is sealed yet.
/// `has_keys`: whether the schema has the keyring's tables.
pub async fn prepare(
    db: &Db,
    has_keys: bool,
    source: Source,
    chance: &dyn Chance,
) -> Result<Prepared, OpenFault> {
    let known = if has_keys { known(&mut db.into()).await? } else { Vec::new() };
    let Some(current) = known.first().map(|known| known.id.clone()) else {
        return first(source, chance).await;
    };
    let wrapping = wrapping(&mut db.into()).await?;
    let mut roots = match &source {
        Source::Service(service) => {
            unwrapped(&**service, known, &wrapping).await.map_err(OpenFault::Service)?
        }
        source => source.read().map_err(|missing| OpenFault::Missing { missing, known: current.clone() })?,
    };
    if !current_first(&mut roots, Some(&current)) {
        let found = match roots.as_slice() {
            [] => "none".to_owned(),
            roots => roots.iter().map(|root| root.id().as_str()).collect::<Vec<_>>().join(", "),
        };
        return Err(OpenFault::Wrong { place: format!("{source:?}"), found, known: current });
    }
    if let Some(former) = wrapping.into_iter().find(|id| !roots.iter().any(|root| root.id() == id)) {
        return Err(OpenFault::Former { place: format!("{source:?}"), former });
    }
    Ok(Prepared { vault: Vault::of(source, roots), new: None })
}

async fn first(source: Source, chance: &dyn Chance) -> Result<Prepared, OpenFault> {
    let (roots, wrapped) = match &source {
        Source::Service(service) => {
            let root = Root::new(chance);
            let wrapped = service.wrap(&root).await.map_err(OpenFault::Service)?;
            (vec![root], Some(wrapped))
        }
        Source::File(path) => match source.read() {
            Err(SourceFault::NoFile(_)) => (file::make(path, Root::new(chance))?, None),
            read => (read?, None),
        },
        source => (source.read()?, None),
    };
    let new = roots.first().map(|root| New { root: root.id().clone(), wrapped });
    Ok(Prepared { vault: Vault::of(source, roots), new })
}

impl Prepared {
    /// Notes in the database which root it is sealed with, as soon as there is a table for it. Of two nodes that begin at
    /// once with keys of their own, the second is told that it has the wrong one.
    pub async fn establish(&mut self, tx: &mut Tx, when: Time) -> Result<Vault, OpenFault> {
        if let Some(New { root, wrapped }) = self.new.take() {
            tx.execute(FIRST, args![root.as_str(), wrapped, when]).await?;
            let known = known(&mut tx.into()).await?;
            let current = known.first().map(|known| known.id.clone());
            if let Some(current) = current.filter(|current| *current != root) {
                let place = format!("{:?}", self.vault.source());
                return Err(OpenFault::Wrong { place, found: root.as_str().to_owned(), known: current });
            }
        }
        Ok(self.vault.clone())
    }
}
