use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use store::{Row, Tx, args};
use time_and_chance::{Chance, Duration, Time};

use crate::{
    Fault, Keys, Opener, Reader, Root, RootId, Sealed, Source,
    cache::Cache,
    keys::{DataKey, HOUSE, Wrapped, destroy},
    roots,
};

/// The keyring at work: it gives data keys to seal and to open with. Clones are the same one.
#[derive(Clone)]
pub struct Vault(Arc<Inside>);

/// Why a data key does not open.
#[derive(Debug, thiserror::Error)]
enum Closed {
    /// Its row is none of a key.
    #[error(transparent)]
    Row(store::Fault),
    /// Its root is not at hand.
    #[error(transparent)]
    Root(Fault),
    /// It was changed, or its root is another than it says.
    #[error(transparent)]
    Changed(Fault),
}

pub(crate) struct Inside {
    pub source: Source,
    /// Newest first: new data keys are wrapped by the first.
    roots: RwLock<Vec<Root>>,
    cache: Mutex<Cache>,
    /// A root that some data key is wrapped by and that could not be had when it was last asked for.
    lacks: Mutex<Option<RootId>>,
}

const CURRENT: &str = "
    SELECT id, subject, generation, root_id, wrapped, created_at FROM data_keys
    WHERE retired_at IS NULL AND subject IN ({each $})";
const BY_ID: &str = "
    SELECT id, subject, generation, root_id, wrapped, created_at FROM data_keys WHERE id IN ({each $})";
const SHREDDED: &str = "SELECT subject FROM shredded WHERE subject IN ({each $})";
const MAKE: &str = "
    INSERT INTO data_keys (id, subject, generation, root_id, wrapped, created_at)
    VALUES {each ($, $, $, $, $, $)}
    ON CONFLICT (subject, generation) DO NOTHING";

/// A key that was made this long ago is committed: no transaction lasts that long. A younger one may be of a transaction
/// that is still to be rolled back, and what another would seal with it could never be opened.
const SETTLED: Duration = Duration::from_mins(2);

impl Vault {
    pub(crate) fn of(source: Source, roots: Vec<Root>) -> Self {
        Self(Arc::new(Inside {
            source,
            roots: RwLock::new(roots),
            cache: Mutex::default(),
            lacks: Mutex::default(),
        }))
    }

    /// The keys of these subjects (workspaces, people, [`HOUSE`]) to seal with. One that has none gets one, in this
    /// transaction; one that was shredded gets none.
    pub async fn keys<'s>(
        &self,
        tx: &mut Tx,
        when: Time,
        chance: &dyn Chance,
        subjects: impl IntoIterator<Item = &'s str>,
    ) -> store::Result<Keys> {
        let mut keys = Keys::default();
        let mut wanted: Vec<&str> = Vec::new();
        {
            let cache = self.cache();
            for subject in subjects {
                match cache.current(subject, when) {
                    Some(key) => drop(keys.0.insert(subject.to_owned(), key)),
                    None => wanted.push(subject),
                }
            }
        }
        // In order, so that two who make keys wait for one another and never for each other.
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(keys);
        }
        self.find_current(tx, when, &mut wanted, &mut keys).await?;
        if !wanted.is_empty() {
            self.make(tx, when, chance, &wanted).await?;
            self.find_current(tx, when, &mut wanted, &mut keys).await?;
        }
        Ok(keys)
    }

    async fn find_current(
        &self,
        tx: &mut Tx,
        when: Time,
        wanted: &mut Vec<&str>,
        keys: &mut Keys,
    ) -> store::Result<()> {
        let list = wanted.iter().map(|subject| args![*subject]).collect();
        let rows = tx.rows_of_each(CURRENT, &[], list).await?;
        for wrapped in rows.iter().map(Wrapped::of_row) {
            let wrapped = wrapped?;
            let key = self.unwrapped(&mut Reader::Tx(tx), &wrapped).await?;
            if when.since(wrapped.created_at) > SETTLED {
                self.cache().keep_current(&key, when);
            }
            keys.0.insert(wrapped.subject, key);
        }
        wanted.retain(|subject| keys.lack(subject));
        Ok(())
    }

    async fn make(
        &self,
        tx: &mut Tx,
        when: Time,
        chance: &dyn Chance,
        subjects: &[&str],
    ) -> store::Result<()> {
        let list = subjects.iter().map(|subject| args![*subject]).collect();
        let rows = tx.rows_of_each(SHREDDED, &[], list).await?;
        let shredded: HashSet<String> =
            rows.iter().map(|row| row.get("subject")).collect::<store::Result<_>>()?;
        // As the database knows it: by one that was rotated away meanwhile nothing may be wrapped any more.
        let root = self.current_root(&mut Reader::Tx(tx)).await?;
        let rows = subjects
            .iter()
            .filter(|subject| !shredded.contains(**subject))
            .map(|subject| Wrapped::new(&root, chance, when, subject, 1).args());
        tx.execute_each(MAKE, &[], rows.collect()).await.map(drop)
    }

    /// The keys with these ids. Those that were destroyed are not among them.
    pub async fn opener<'r>(
        &self,
        reader: impl Into<Reader<'r>>,
        ids: impl IntoIterator<Item = i64>,
    ) -> store::Result<Opener> {
        self.opener_with(reader.into(), ids, false).await
    }

    /// The same for whoever looks at what is there, whatever that is: a row that is no key, and one that names a root which is not
    /// in the keyring, opens nothing, and ends nothing. That the roots cannot be had is still a fault.
    pub async fn opener_of_any<'r>(
        &self,
        reader: impl Into<Reader<'r>>,
        ids: impl IntoIterator<Item = i64>,
    ) -> store::Result<Opener> {
        self.opener_with(reader.into(), ids, true).await
    }

    async fn opener_with(
        &self,
        mut reader: Reader<'_>,
        ids: impl IntoIterator<Item = i64>,
        any: bool,
    ) -> store::Result<Opener> {
        let mut opener = Opener::default();
        let mut wanted: Vec<i64> = Vec::new();
        {
            let cache = self.cache();
            for id in ids {
                if opener.keys.contains_key(&id) {
                    continue;
                }
                match cache.by_id(id) {
                    Some(key) => drop(opener.keys.insert(id, key)),
                    None => wanted.push(id),
                }
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(opener);
        }
        let rows = reader.rows_of_each(BY_ID, wanted.iter().map(|id| args![*id]).collect()).await?;
        for row in &rows {
            match self.opened(&mut reader, row).await? {
                Ok(key) => drop(opener.keys.insert(key.id, key)),
                // As if it were not there: what it has sealed does not open, and the rest does.
                Err(fault) if any || matches!(fault, Closed::Changed(_)) => {
                    tracing::error!(%fault, "a data key does not open");
                    opener.closed.extend(row.get::<i64>("id").ok());
                }
                Err(Closed::Row(fault)) => return Err(fault),
                Err(Closed::Changed(fault) | Closed::Root(fault)) => return Err(fault.into()),
            }
        }
        Ok(opener)
    }

    /// The key in this row, or why it does not open.
    async fn opened(
        &self,
        reader: &mut Reader<'_>,
        row: &Row,
    ) -> store::Result<std::result::Result<Arc<DataKey>, Closed>> {
        let wrapped = match Wrapped::of_row(row) {
            Ok(wrapped) => wrapped,
            Err(fault) => return Ok(Err(Closed::Row(fault))),
        };
        let root = match self.root_named(&wrapped.root) {
            Some(root) => Some(root),
            None => self.root_looked_for(reader, &wrapped.root).await?,
        };
        let Some(root) = root else { return Ok(Err(Closed::Root(Fault::NoRoot(wrapped.root)))) };
        let opened = wrapped.open(&root).map(Arc::new).map_err(Closed::Changed);
        if let Ok(key) = &opened {
            self.cache().keep(key);
        }
        Ok(opened)
    }

    /// The keys that the named columns of these rows were sealed with.
    pub async fn opener_of<'r>(
        &self,
        reader: impl Into<Reader<'r>>,
        rows: &[Row],
        columns: &[&str],
    ) -> store::Result<Opener> {
        let mut ids = Vec::with_capacity(rows.len() * columns.len());
        for row in rows {
            for column in columns {
                // What is no sealed field is for whoever opens it to say: the others are not to suffer from it.
                let sealed = row.get::<Option<Vec<u8>>>(column)?.map(Sealed::of_bytes);
                ids.extend(sealed.and_then(Result::ok).map(|sealed| sealed.key_id()));
            }
        }
        self.opener(reader, ids).await
    }

    /// The key of what belongs to nobody, to seal with.
    pub async fn house(&self, tx: &mut Tx, when: Time, chance: &dyn Chance) -> store::Result<Keys> {
        self.keys(tx, when, chance, [HOUSE]).await
    }

    /// Destroys the keys of a subject with this transaction: whatever they sealed is unreadable from its commit on.
    pub async fn shred(&self, tx: &mut Tx, when: Time, subject: &str) -> store::Result<()> {
        destroy(tx, when, subject).await?;
        self.cache().forget(subject);
        Ok(())
    }

    pub(crate) async fn unwrapped(
        &self,
        reader: &mut Reader<'_>,
        wrapped: &Wrapped,
    ) -> store::Result<Arc<DataKey>> {
        let root = self.root_of(reader, &wrapped.root).await?;
        Ok(Arc::new(wrapped.open(&root)?))
    }

    pub(crate) async fn root_of(&self, reader: &mut Reader<'_>, id: &RootId) -> store::Result<Root> {
        match self.root_named(id) {
            Some(root) => Ok(root),
            None => self.root_sought(reader, id).await,
        }
    }

    async fn root_sought(&self, reader: &mut Reader<'_>, id: &RootId) -> store::Result<Root> {
        self.root_looked_for(reader, id).await?.ok_or_else(|| Fault::NoRoot(id.clone()).into())
    }

    /// The root may have been rotated by another node: it stands where this one was told to look.
    async fn root_looked_for(&self, reader: &mut Reader<'_>, id: &RootId) -> store::Result<Option<Root>> {
        let found = roots::at_hand(reader, &self.0.source).await.map(|roots| {
            self.set_roots(roots);
            self.root_named(id)
        });
        *self.lacks() = (!matches!(found, Ok(Some(_)))).then(|| id.clone());
        found
    }

    /// The root that was wanted last and could not be had, if it still cannot: what it wraps, and is not at hand, does not
    /// open.
    pub async fn lacking<'r>(&self, reader: impl Into<Reader<'r>>) -> Option<RootId> {
        let lacking = self.lacks().clone()?;
        self.root_of(&mut reader.into(), &lacking).await.err().map(|_| lacking)
    }

    fn lacks(&self) -> MutexGuard<'_, Option<RootId>> {
        self.0.lacks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn root_named(&self, id: &RootId) -> Option<Root> {
        let roots = self.0.roots.read().unwrap_or_else(PoisonError::into_inner);
        roots.iter().find(|root| root.id() == id).cloned()
    }

    /// The root that new data keys are wrapped by, as the database knows it.
    pub(crate) async fn current_root(&self, reader: &mut Reader<'_>) -> store::Result<Root> {
        let current = roots::current(reader).await?;
        if *self.root().id() != current {
            self.root_sought(reader, &current).await?;
        }
        Ok(self.root())
    }

    /// The root that new data keys are wrapped by.
    pub(crate) fn root(&self) -> Root {
        let roots = self.0.roots.read().unwrap_or_else(PoisonError::into_inner);
        roots.first().expect("a vault is opened with a root").clone()
    }

    pub(crate) fn set_roots(&self, roots: Vec<Root>) {
        *self.0.roots.write().unwrap_or_else(PoisonError::into_inner) = roots;
    }

    pub(crate) fn roots(&self) -> Vec<Root> {
        self.0.roots.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn forget_root(&self, id: &str) {
        let mut roots = self.0.roots.write().unwrap_or_else(PoisonError::into_inner);
        roots.retain(|root| root.id().as_str() != id);
    }

    pub(crate) fn forget(&self, subject: &str) {
        self.cache().forget(subject);
    }

    pub(crate) fn source(&self) -> &Source {
        &self.0.source
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.0.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows where the roots are.
impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({:?})", self.0.source)
    }
}
