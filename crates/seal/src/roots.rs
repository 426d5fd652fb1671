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

const KNOWN: &str = "
    SELECT id, number, wrapped, wrapped_by FROM root_keys WHERE destroyed_at IS NULL ORDER BY number DESC";
const KNOWN_EARLIER: &str = "
    SELECT id, number, wrapped, CAST(NULL AS TEXT) AS wrapped_by FROM root_keys
    WHERE destroyed_at IS NULL ORDER BY number DESC";
const WRAPPING: &str = "
    SELECT id FROM root_keys WHERE EXISTS (SELECT 1 FROM data_keys WHERE root_id = root_keys.id)";
const FIRST: &str = "
    INSERT INTO root_keys (id, number, wrapped, created_at) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING";
const WRAPPED_BY: &str = "UPDATE root_keys SET wrapped_by = $2 WHERE id = $1";
const NEWEST: &str = "SELECT id FROM root_keys WHERE destroyed_at IS NULL ORDER BY number DESC LIMIT 1";
const BY: &str = "SELECT wrapped_by FROM root_keys WHERE id = $1";

const HOLD: &str = "SELECT id FROM root_keys ORDER BY number {lock}";

/// Holds the roots until the transaction ends: nobody else makes, takes or destroys one, nor writes the key file.
pub(crate) async fn hold(tx: &mut Tx) -> store::Result<()> {
    tx.rows(HOLD, Vec::new()).await.map(drop)
}

/// The root that new data keys are wrapped by, as the database knows it: another process may have rotated it.
pub(crate) async fn current(reader: &mut Reader<'_>) -> store::Result<RootId> {
    newest(reader).await?.ok_or_else(|| store::Fault::Row("there is no root key".to_owned()))
}

async fn newest(reader: &mut Reader<'_>) -> store::Result<Option<RootId>> {
    let rows = reader.rows(NEWEST, Vec::new()).await?;
    rows.first().map(|row| Ok(RootId::trusted(row.get("id")?))).transpose()
}

/// The key of a key service that has wrapped this root, if one has and that was noted.
pub(crate) async fn wrapped_by(reader: &mut Reader<'_>, root: &RootId) -> store::Result<Option<String>> {
    let rows = reader.rows(BY, args![root.as_str()]).await?;
    rows.first().map_or(Ok(None), |row| row.get("wrapped_by"))
}

/// A root as the database knows it.
pub(crate) struct Known {
    pub id: RootId,
    wrapped: Option<Vec<u8>>,
    wrapped_by: Option<String>,
}

/// The roots that a database was sealed with, newest first; none if nothing was sealed in it yet.
pub(crate) async fn known(reader: &mut Reader<'_>) -> store::Result<Vec<Known>> {
    reader.rows(KNOWN, Vec::new()).await?.iter().map(of_row).collect()
}

fn of_row(row: &Row) -> store::Result<Known> {
    Ok(Known {
        id: RootId::trusted(row.get("id")?),
        wrapped: row.get("wrapped")?,
        wrapped_by: row.get("wrapped_by")?,
    })
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
            roots.push(service.unwrap(&wrapped, known.wrapped_by.as_deref()).await?);
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
    /// A root that the database knows, and not yet by which key of a service it is wrapped.
    unnoted: Option<(RootId, String)>,
}

/// A root that the database does not know yet.
struct New {
    root: RootId,
    wrapped: Option<Wrapped>,
}

/// A root as a key service has wrapped it, and with which of its keys.
pub(crate) struct Wrapped {
    bytes: Vec<u8>,
    by: String,
}

impl Wrapped {
    /// A root, wrapped with the service's newest key.
    pub async fn of(root: &Root, service: &dyn KeyService) -> Result<Self, crate::Fault> {
        Ok(Self { bytes: service.wrap(root).await?, by: service.key().to_owned() })
    }

    /// What the columns `wrapped` and `wrapped_by` hold of a root that may be wrapped.
    pub fn columns(wrapped: Option<Self>) -> (Option<Vec<u8>>, Option<String>) {
        wrapped.map(|wrapped| (wrapped.bytes, wrapped.by)).unzip()
    }
}

/// What a database has for a keyring before its schema is brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// No tables: nothing is sealed.
    None,
    /// Those of before it was noted which key of a service has wrapped a root.
    Earlier,
    /// Those of now.
    Present,
}

/// Looks whether the keyring opens what is sealed in this database. A key file is made only where nothing is sealed yet.
pub async fn prepare(
    db: &Db,
    tables: Tables,
    source: Source,
    chance: &dyn Chance,
) -> Result<Prepared, OpenFault> {
    let known = match tables {
        Tables::None => Vec::new(),
        Tables::Earlier => {
            let rows = db.rows(KNOWN_EARLIER, Vec::new()).await?;
            rows.iter().map(of_row).collect::<store::Result<_>>()?
        }
        Tables::Present => known(&mut db.into()).await?,
    };
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
    Ok(Prepared { vault: Vault::of(source, roots), new: None, unnoted: None })
}

async fn first(source: Source, chance: &dyn Chance) -> Result<Prepared, OpenFault> {
    let (roots, wrapped) = match &source {
        Source::Service(service) => {
            let root = Root::new(chance);
            let wrapped = Wrapped::of(&root, &**service).await.map_err(OpenFault::Service)?;
            (vec![root], Some(wrapped))
        }
        Source::File(path) => match source.read() {
            Err(SourceFault::NoFile(_)) => (file::make(path, Root::new(chance))?, None),
            read => (read?, None),
        },
        source => (source.read()?, None),
    };
    let new = roots.first().map(|root| New { root: root.id().clone(), wrapped });
    Ok(Prepared { vault: Vault::of(source, roots), new, unnoted: None })
}

impl Prepared {
    /// Notes in the database which root it is sealed with, as soon as there is a table for it. Of two nodes that begin at
    /// once with keys of their own, the second is told that it has the wrong one.
    pub async fn establish(&mut self, tx: &mut Tx, when: Time) -> Result<Vault, OpenFault> {
        if let Some(New { root, wrapped }) = self.new.take() {
            let (bytes, by) = Wrapped::columns(wrapped);
            tx.execute(FIRST, args![root.as_str(), bytes, when]).await?;
            self.unnoted = by.map(|by| (root.clone(), by));
            let current = newest(&mut tx.into()).await?;
            if let Some(current) = current.filter(|current| *current != root) {
                let place = format!("{:?}", self.vault.source());
                return Err(OpenFault::Wrong { place, found: root.as_str().to_owned(), known: current });
            }
        }
        Ok(self.vault.clone())
    }

    /// Notes which key of a key service has wrapped a root that is new, once the schema is up to date.
    pub async fn note_key(&mut self, tx: &mut Tx) -> Result<(), OpenFault> {
        if let Some((root, by)) = self.unnoted.take() {
            tx.execute(WRAPPED_BY, args![root.as_str(), by]).await?;
        }
        Ok(())
    }
}
