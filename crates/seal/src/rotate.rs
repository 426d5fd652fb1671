//! A new root in the place of the present one.

use store::{Tx, args};
use time_and_chance::{Chance, Duration, Time};

use crate::{
    Reader, Root, RootId, Source, SourceFault, Vault, file,
    roots::{self, Wrapped},
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
    /// The key of the key service that has wrapped the former root. Until it is deleted, whoever may decrypt with it and has a
    /// backup reads that, whether or not the former root is destroyed here.
    pub from_wrapped_by: Option<String>,
}

const ADD: &str = "
    INSERT INTO root_keys (id, number, wrapped, wrapped_by, created_at)
    SELECT $1, MAX(number) + 1, $2, $3, CAST($4 AS BIGINT) FROM root_keys";
const RETIRE: &str = "
    UPDATE root_keys
    SET retired_at = COALESCE(retired_at, $2),
        destroy_after = CASE WHEN destroy_after <= CAST($3 AS BIGINT) THEN destroy_after
                             ELSE COALESCE(CAST($3 AS BIGINT), destroy_after) END
    WHERE id <> $1 AND destroyed_at IS NULL";

/// Begins to rotate the root: a new one is at hand and known to the database, and every root before it is to be destroyed
/// after `destroy_old_after`, if that is said, or sooner, if that was said before. [`crate::rewrap`] does the rest.
pub async fn begin_root_rotation(
    vault: &Vault,
    tx: &mut Tx,
    when: Time,
    chance: &dyn Chance,
    destroy_old_after: Option<Duration>,
) -> Result<RootRotation, RotateFault> {
    roots::hold(tx).await?;
    let current = roots::current(&mut Reader::Tx(tx)).await?;
    let wrapped_by = roots::wrapped_by(&mut Reader::Tx(tx), &current).await?;
    let (roots, wrapped) = with_new_root(vault, chance, &current).await?;
    let new = roots.first().expect("it was just put there").id().clone();
    let (bytes, by) = Wrapped::columns(wrapped);
    tx.execute(ADD, args![new.as_str(), bytes, by, when]).await?;
    tx.execute(RETIRE, args![new.as_str(), when, destroy_old_after.map(|after| when.plus(after))]).await?;
    vault.set_roots(roots);
    Ok(RootRotation {
        from: current.as_str().to_owned(),
        to: new.as_str().to_owned(),
        from_wrapped_by: wrapped_by,
    })
}

/// All roots, with one before the current that wraps nothing yet.
async fn with_new_root(
    vault: &Vault,
    chance: &dyn Chance,
    current: &RootId,
) -> Result<(Vec<Root>, Option<Wrapped>), RotateFault> {
    match vault.source() {
        Source::File(path) => {
            Ok((file::change(path, current, |roots| make_ready(roots, current, chance))?, None))
        }
        Source::Env(name) => {
            let roots = vault.source().read().await?;
            let is_ready = roots.first().is_some_and(|root| root.id() != current);
            if is_ready { Ok((roots, None)) } else { Err(RotateFault::NoNewKey(name.clone())) }
        }
        Source::Service(service) => {
            let root = Root::new(chance);
            let wrapped = Wrapped::of(&root, &**service).await.map_err(RotateFault::Service)?;
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

/// Puts a new root before the others, unless somebody has brought one to all nodes beforehand.
fn make_ready(roots: &mut Vec<Root>, current: &RootId, chance: &dyn Chance) {
    if roots.first().is_none_or(|root| root.id() == current) {
        roots.insert(0, Root::new(chance));
    }
}

/// Makes a new root ready in the key file without using it, so that it can be brought to every node before it is. Answers
/// its name, or that of the one that is ready already; nothing if the roots are in no file.
pub async fn prepare_root(
    vault: &Vault,
    tx: &mut Tx,
    chance: &dyn Chance,
) -> Result<Option<String>, RotateFault> {
    let Source::File(path) = vault.source() else { return Ok(None) };
    roots::hold(tx).await?;
    let current = roots::current(&mut Reader::Tx(tx)).await?;
    let roots = file::change(path, &current, |roots| make_ready(roots, &current, chance))?;
    Ok(roots.first().map(|root| root.id().as_str().to_owned()))
}
