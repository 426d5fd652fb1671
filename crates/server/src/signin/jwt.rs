//! What a product's own servers believe without asking: a short-lived JWT about a session (RFC 7519), signed with ES256, and the
//! public keys that it is checked with (RFC 7517).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Result, Row, Tx, args};
use time_and_chance::{Duration, Time};

use super::session::Session;
use crate::{
    app::{App, Now},
    columns::SESSION_PRIVATE_KEY,
    ids::{PersonId, SessionKeyId},
    workspaces::Membership,
};

/// How long a JWT holds.
pub const LASTS: Duration = Duration::from_mins(5);
/// How long a key signs.
const SIGNS: Duration = Duration::from_hours(30 * 24);
/// How long a key is published before it signs, so that whoever keeps the published keys for a while knows it.
const KNOWN_BEFORE: Duration = Duration::from_hours(24);
/// How long a key is published after it has signed for the last time.
const KNOWN_AFTER: Duration = Duration::from_hours(24);

/// What a JWT says.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a PersonId,
    aud: &'a str,
    iat: u64,
    exp: u64,
    sid: &'a str,
    kind: &'a str,
    workspaces: Vec<Value>,
}

/// A JWT about a session, for whoever has this audience. It never holds longer than the session.
pub async fn about(
    app: &App,
    session: &Session,
    workspaces: &[Membership],
    audience: &str,
) -> Result<String> {
    let when = app.clock.now();
    let (id, key) = signing_key(app).await?;
    let seconds = |time: Time| time.millis() / 1000;
    let of = |one: &Membership| json!({"id": one.workspace_id, "role": one.role});
    let claims = Claims {
        iss: &app.public_url,
        sub: &session.person.id,
        aud: audience,
        iat: seconds(when),
        exp: seconds(when.plus(LASTS).min(session.expires_at)),
        sid: session.id.as_str(),
        kind: session.kind.name(),
        workspaces: workspaces.iter().map(of).collect(),
    };
    let header = Header { kid: Some(id.to_string()), ..Header::new(Algorithm::ES256) };
    jsonwebtoken::encode(&header, &claims, &key)
        .map_err(|_| store::Fault::Row("a JWT could not be signed".to_owned()))
}

const KEYS: &str = "
    SELECT id, private_key, public_key, created_at, retired_at FROM session_keys ORDER BY created_at, id";

/// The key that signs now: the newest that has been published for a day, or else the oldest there is. Made if there is none.
async fn signing_key(app: &App) -> Result<(SessionKeyId, EncodingKey)> {
    let mut rows = app.db.rows(KEYS, args![]).await?;
    if rows.is_empty() {
        renew(app).await?;
        rows = app.db.rows(KEYS, args![]).await?;
    }
    let opener = app.vault.opener_of(&app.db, &rows, &["private_key"]).await?;
    let known_since = app.clock.now().minus(KNOWN_BEFORE);
    let is_known = |row: &&Row| row.get::<Time>("created_at").is_ok_and(|at| at <= known_since);
    let row = rows.iter().rev().find(is_known).or(rows.first());
    let row = row.ok_or_else(|| store::Fault::Row("no key for JWTs".to_owned()))?;
    let id: SessionKeyId = row.get("id")?;
    let der = opener.column_bytes(row, "private_key", SESSION_PRIVATE_KEY.of(id.as_str(), ""))?;
    let (_, der) = der.ok_or_else(|| store::Fault::Row("a key for JWTs of nothing".to_owned()))?;
    Ok((id, EncodingKey::from_ec_der(&der)))
}

/// The public keys, as a JWK set.
pub async fn public_keys(app: &App) -> Result<Value> {
    let rows = app.db.rows(KEYS, args![]).await?;
    let since = app.clock.now().minus(KNOWN_AFTER);
    let mut keys = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.get::<Option<Time>>("retired_at")?.is_none_or(|at| at > since) {
            keys.push(jwk(&row.get::<SessionKeyId>("id")?, &row.get::<Vec<u8>>("public_key")?));
        }
    }
    Ok(json!({"keys": keys}))
}

/// A public key: an uncompressed point, 0x04 and two coordinates of 32 bytes (SEC 1, section 2.3.3), as RFC 7518, section 6.2.1,
/// writes it.
fn jwk(id: &SessionKeyId, point: &[u8]) -> Value {
    let coordinate =
        |from: usize| BASE64_URL_SAFE_NO_PAD.encode(point.get(from..from + 32).unwrap_or_default());
    json!({"kty": "EC", "crv": "P-256", "x": coordinate(1), "y": coordinate(33), "kid": id, "use": "sig", "alg": "ES256"})
}

const HOLD: &str = "SELECT id, created_at FROM session_keys ORDER BY created_at DESC LIMIT 1 {lock}";
const RETIRE: &str = "UPDATE session_keys SET retired_at = $1 WHERE retired_at IS NULL AND created_at < $2";
const FORGET: &str = "DELETE FROM session_keys WHERE retired_at < $1";
const INSERT: &str =
    "INSERT INTO session_keys (id, private_key, public_key, created_at) VALUES ($1, $2, $3, $4)";

/// Makes a new key when the newest has signed for long enough, retires those that sign no more, and forgets those that nobody
/// needs. Answers whether there is a new one.
pub async fn renew(app: &App) -> Result<bool> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let newest: Option<Time> = match tx.row(HOLD, args![]).await? {
        Some(row) => Some(row.get("created_at")?),
        None => None,
    };
    let is_due = newest.is_none_or(|made| made.plus(SIGNS) <= now.when);
    if is_due {
        insert(&mut tx, now).await?;
    }
    if let Some(newest) = newest.filter(|made| !is_due && made.plus(KNOWN_BEFORE) <= now.when) {
        tx.execute(RETIRE, args![now.when, newest]).await?;
    }
    tx.execute(FORGET, args![now.when.minus(KNOWN_AFTER)]).await?;
    tx.commit().await?;
    Ok(is_due)
}

async fn insert(tx: &mut Tx, now: Now<'_>) -> Result<()> {
    let fault = |_| store::Fault::Row("no key for JWTs could be made".to_owned());
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(fault)?;
    let der = pair.to_pkcs8v1().map_err(fault)?;
    let id = SessionKeyId::new(now.when, now.chance);
    let keys = now.keys(tx, [seal::HOUSE]).await?;
    let place = SESSION_PRIVATE_KEY.of(id.as_str(), "");
    let sealed = keys.of(seal::HOUSE)?.seal_bytes(now.chance, place, der.as_ref());
    tx.execute(INSERT, args![&id, sealed, pair.public_key().as_ref(), now.when]).await.map(drop)
}
