//! Opening a keyring: looked at before anything is done to the database, and noted in it once there is a table for that.

use store::{Db, Tx, args};
use time_and_chance::{Chance, Time};

use crate::{
    Root, RootId, Source, SourceFault, Vault, file,
    roots::{self, Wrapped},
};

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

const FIRST: &str = "
    INSERT INTO root_keys (id, number, wrapped, created_at) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING";
const WRAPPED_BY: &str = "UPDATE root_keys SET wrapped_by = $2 WHERE id = $1";

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
        Tables::Earlier => roots::known_earlier(&mut db.into()).await?,
        Tables::Present => roots::known(&mut db.into()).await?,
    };
    let Some(current) = known.first().map(|known| known.id.clone()) else {
        return first(source, chance).await;
    };
    let wrapping = roots::wrapping(&mut db.into()).await?;
    let mut roots = match &source {
        Source::Service(service) => {
            roots::unwrapped(&**service, known, &wrapping).await.map_err(OpenFault::Service)?
        }
        source => {
            source.read().await.map_err(|missing| OpenFault::Missing { missing, known: current.clone() })?
        }
    };
    if !roots::current_first(&mut roots, Some(&current)) {
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
        Source::File(path) => match source.read().await {
            Err(SourceFault::NoFile(_)) => (file::make(path, Root::new(chance))?, None),
            read => (read?, None),
        },
        source => (source.read().await?, None),
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
            let current = roots::newest(&mut tx.into()).await?;
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
