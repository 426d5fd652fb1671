//! The root keys that a database knows: which one it was sealed with, and whether that is at hand.

use store::{Row, Tx, args};

use crate::{KeyService, Reader, Root, RootId, Source};

const KNOWN: &str = "
    SELECT id, number, wrapped, wrapped_by FROM root_keys WHERE destroyed_at IS NULL ORDER BY number DESC";
const KNOWN_EARLIER: &str = "
    SELECT id, number, wrapped, CAST(NULL AS TEXT) AS wrapped_by FROM root_keys
    WHERE destroyed_at IS NULL ORDER BY number DESC";
const WRAPPING: &str = "
    SELECT id FROM root_keys WHERE EXISTS (SELECT 1 FROM data_keys WHERE root_id = root_keys.id)";
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

/// The same; none if nothing was sealed yet.
pub(crate) async fn newest(reader: &mut Reader<'_>) -> store::Result<Option<RootId>> {
    let rows = reader.rows(NEWEST, Vec::new()).await?;
    rows.first().map(|row| Ok(RootId::trusted(row.get("id")?))).transpose()
}

/// The key of a key service that has wrapped this root, if one has and that was noted.
pub(crate) async fn wrapped_by(reader: &mut Reader<'_>, root: &RootId) -> store::Result<Option<String>> {
    let rows = reader.rows(BY, args![root.as_str()]).await?;
    rows.first().map_or(Ok(None), |row| row.get("wrapped_by"))
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

/// The same before it was noted by which key of a service they are wrapped.
pub(crate) async fn known_earlier(reader: &mut Reader<'_>) -> store::Result<Vec<Known>> {
    reader.rows(KNOWN_EARLIER, Vec::new()).await?.iter().map(of_row).collect()
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
        let mut roots = source.read().await.map_err(|fault| store::Fault::Away(fault.to_string()))?;
        current_first(&mut roots, known.first().map(|known| &known.id));
        return Ok(roots);
    };
    let wrapping = wrapping(reader).await?;
    Ok(unwrapped(&**service, known, &wrapping).await?)
}

/// The roots that some data key is wrapped by.
pub(crate) async fn wrapping(reader: &mut Reader<'_>) -> store::Result<Vec<RootId>> {
    let rows = reader.rows(WRAPPING, Vec::new()).await?;
    rows.iter().map(|row| Ok(RootId::trusted(row.get("id")?))).collect()
}

/// Those that something needs, unwrapped: a call to a service each.
pub(crate) async fn unwrapped(
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
pub(crate) fn current_first(roots: &mut [Root], current: Option<&RootId>) -> bool {
    let Some(at) = roots.iter().position(|root| Some(root.id()) == current) else { return false };
    roots[..=at].rotate_right(1);
    true
}
