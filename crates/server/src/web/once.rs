//! `Idempotency-Key`: a request that is sent twice is carried out once.
//!
//! The key is claimed in the change's own transaction, so that of two at once the second waits for the first and then
//! finds what it made. Only the id of what was made is kept: an answer may have held a secret, which is shown once; and of the
//! request a keyed hash, so that nobody who has the table can try out what was in it.

use aws_lc_rs::digest;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use store::{Tx, args};
use time_and_chance::{Chance, Duration};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::{Problem, Stop};
use crate::{app::Now, ids::PersonId};

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;
/// How long a key is remembered.
const KEPT: Duration = Duration::from_hours(24);

/// The key that a caller sent, if any.
pub struct OnceKey(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for OnceKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let bad = |detail| Problem::new(StatusCode::BAD_REQUEST, "bad_idempotency_key", detail);
        // Whichever of two counted, the other's sender would be wrong about what a repeat does.
        if values.next().is_some() {
            return Err(bad("A request takes one Idempotency-Key. Send the header once."));
        }
        let key = value
            .to_str()
            .ok()
            .filter(|key| (1..=LONGEST).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
        let malformed = || bad("An Idempotency-Key must be 1 to 255 visible ASCII characters.");
        Ok(Self(Some(key.ok_or_else(malformed)?.to_owned())))
    }
}

impl IntoParams for OnceKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(LONGEST))
            .pattern(Some("^[\\x21-\\x7E]+$"));
        let what = "Makes a repeat of this request harmless for 24 hours: 1 to 255 visible ASCII characters, a new one for each \
            new request, such as a UUID. With another body or address it is refused, 422.";
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(what))
            .schema(Some(schema))
            .example(Some("5e0c3f0a-6d0b-4d38-9c5e-0f6f3f1f7f11".into()));
        vec![parameter.build()]
    }
}

impl OnceKey {
    /// This caller's key for this request, if one was sent: `what` names the route and its ids, `body` is its digest.
    pub fn of(self, caller: &str, what: &str, body: &[u8]) -> Option<Once> {
        let mut request = digest::Context::new(&digest::SHA256);
        request.update(what.as_bytes());
        request.update(&[0]);
        request.update(body);
        let key = self.0?;
        let request = request.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Once { caller: caller.to_owned(), key, request })
    }
}

/// How many characters a form's key has.
const OF_FORM: usize = 32;

/// A key for a form that is about to be shown, so that sending it twice does once what it is for.
pub fn form_key(chance: &dyn Chance) -> String {
    format!("{:032x}", chance.number())
}

/// A key, of a caller, for one request.
pub struct Once {
    caller: String,
    key: String,
    /// The digest of what was asked for, in hexadecimal.
    request: String,
}

/// The key was used for another request.
#[derive(Debug)]
pub struct Refusal;

impl From<Refusal> for Problem {
    fn from(_: Refusal) -> Self {
        let detail = "This Idempotency-Key was used for another request. Take a new one for a new request.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail)
    }
}

const CLAIM: &str = "
    INSERT INTO idempotency_keys (caller, key, request_digest, request_key, made, created_at)
    VALUES ($1, $2, $3, $4, '', $5)
    ON CONFLICT (caller, key) DO NOTHING";
const FIND: &str =
    "SELECT request_digest, request_key, made FROM idempotency_keys WHERE caller = $1 AND key = $2";
const MADE: &str = "UPDATE idempotency_keys SET made = $3 WHERE caller = $1 AND key = $2";
const FORGET: &str = "DELETE FROM idempotency_keys WHERE created_at < $1";

impl Once {
    /// The key that a form has sent, of this person; none if the form did not come from here. Whatever else it has sent the second
    /// time, it was sent already.
    pub fn of_form(person: &PersonId, what: &str, key: &str) -> Option<Self> {
        let is_ours = key.len() == OF_FORM && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        OnceKey(is_ours.then(|| key.to_owned())).of(person.as_str(), what, b"")
    }

    /// Claims the key. Answers the id of what an earlier request with it made.
    pub async fn claim(&self, tx: &mut Tx, now: Now<'_>) -> Result<Option<String>, Stop<Refusal>> {
        tx.execute(FORGET, args![now.when.minus(KEPT)]).await?;
        let index = now.vault.index_made(tx, now.when, now.chance).await?;
        let claim = args![&self.caller, &self.key, index.of(&self.request), index.key_id(), now.when];
        if tx.execute(CLAIM, claim).await? == 1 {
            return Ok(None);
        }
        let Some(row) = tx.row(FIND, args![&self.caller, &self.key]).await? else { return Ok(None) };
        let (stored, key): (Vec<u8>, Option<i64>) = (row.get("request_digest")?, row.get("request_key")?);
        // What a key has hashed that is gone since cannot be compared. That it is the same caller's key has to do for the rest
        // of its day.
        let expected = key.and_then(|key| index.by(key, &self.request));
        if expected.is_some_and(|expected| expected != stored) {
            return Err(Stop::Refused(Refusal));
        }
        Ok(Some(row.get("made")?))
    }

    /// Notes what the request made.
    pub async fn made(&self, tx: &mut Tx, id: &str) -> store::Result<()> {
        tx.execute(MADE, args![&self.caller, &self.key, id]).await.map(drop)
    }
}
