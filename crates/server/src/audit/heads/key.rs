//! What heads are signed with.

use chain::{PublicKey, SigningKey};
use seal::{HOUSE, Sealed};
use store::{Db, Fault, Result, Tx, args};
use zeroize::Zeroizing;

use crate::{app::Now, columns::AUDIT_PRIVATE_KEY};

const NEWEST: &str = "
    SELECT id, private_key FROM audit_keys WHERE retired_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1";
const MAKE: &str = "INSERT INTO audit_keys (id, public_key, private_key, created_at) VALUES ($1, $2, $3, $4)";
const ALL: &str = "SELECT public_key FROM audit_keys ORDER BY created_at, id";

/// The key that signs, which is made if there is none yet. It is there with this transaction's commit.
pub(super) async fn signing_key(tx: &mut Tx, now: Now<'_>) -> Result<SigningKey> {
    match tx.row(NEWEST, args![]).await? {
        None => make(tx, now).await,
        Some(row) => {
            let (id, sealed): (String, Sealed) = (row.get("id")?, row.get("private_key")?);
            let opener = now.vault.opener(&mut *tx, [sealed.key_id()]).await?;
            let seed = Zeroizing::new(opener.open_bytes(AUDIT_PRIVATE_KEY.of(&id, ""), &sealed)?);
            let seed = seed.as_slice().try_into().map_err(|_| {
                Fault::Row(format!("audit_keys {id}: the key is not {} bytes", SigningKey::SEED_LEN))
            })?;
            Ok(SigningKey::from_seed(seed))
        }
    }
}

async fn make(tx: &mut Tx, now: Now<'_>) -> Result<SigningKey> {
    let mut seed = Zeroizing::new([0; SigningKey::SEED_LEN]);
    now.chance.fill(&mut *seed);
    let key = SigningKey::from_seed(&seed);
    let (public, id) = (key.public(), key.public().to_string());
    let house = now.keys(tx, [HOUSE]).await?;
    let sealed = house.of(HOUSE)?.seal_bytes(now.chance, AUDIT_PRIVATE_KEY.of(&id, ""), &*seed);
    tx.execute(MAKE, args![&id, public.as_bytes(), sealed, now.when]).await?;
    Ok(key)
}

/// The keys that heads of this database were signed with, the oldest first.
pub async fn public_keys(db: &Db) -> Result<Vec<PublicKey>> {
    let rows = db.rows(ALL, args![]).await?;
    let keys = rows.iter().map(|row| {
        let bytes: Vec<u8> = row.get("public_key")?;
        let bytes = bytes.as_slice().try_into();
        bytes.map(PublicKey::new).map_err(|_| Fault::Row("column public_key: not 32 bytes".to_owned()))
    });
    keys.collect()
}
