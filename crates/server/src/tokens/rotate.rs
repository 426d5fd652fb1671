use serde_json::json;
use store::{Tx, args};
use time_and_chance::{Duration, Time};
use token_format::{Digest, Prefix, Secret, mint};

use super::{Listed, Refusal, Scheme, create, list};
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    ids::TokenId,
    permissions::Authority,
    web::{Once, Stop},
};

/// The longest overlap.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// What came of a rotation.
pub enum Rotated {
    /// The token with its new secret.
    New(Listed, Secret),
    /// The rotation was done already, by the idempotency key; its secret was shown then.
    Known(Listed),
}

const HOLD: &str = "SELECT id FROM tokens WHERE id = $1 {lock}";
// A token has at most two secrets: whoever rotates again gives up the one before the last.
const END_EARLIER: &str =
    "UPDATE former_secrets SET valid_until = $2 WHERE token_id = $1 AND valid_until > $2";
// A warning that runs is about the secret that leaked, so it goes with that.
const RETIRE: &str = "
    INSERT INTO former_secrets (digest, token_id, version, prefix, hint, retired_at, valid_until, warned_at, revoke_after)
    SELECT digest, id, version, prefix, hint, CAST($2 AS BIGINT), CAST($3 AS BIGINT), warned_at, revoke_after
    FROM tokens WHERE id = $1";
const RENEW: &str = "
    UPDATE tokens
    SET digest = $2, scheme = $3, version = $4, prefix = $5, hint = $6, warned_at = NULL, revoke_after = NULL,
        deadline = NULL
    WHERE id = $1";

/// Gives a live token a new secret. The old one works for the overlap, and is known as ours for ever.
pub async fn rotate(
    app: &App,
    by: &Authority,
    id: &TokenId,
    overlap: Duration,
    once: Option<Once>,
) -> Result<Rotated, Stop<Refusal>> {
    if overlap > LONGEST {
        return Err(Stop::Refused(Refusal::OverlapTooLong));
    }
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    tx.rows(HOLD, args![id]).await?;
    let before = list::show_in(&mut tx, now, by, id).await?;
    if create::claimed(&mut tx, now, once.as_ref()).await?.is_some() {
        return Ok(Rotated::Known(before));
    }
    create::must_live(before.state)?;
    let prefix = prefix_of(app, &before);
    let secret = mint(&prefix, &mut |bytes| now.chance.fill(bytes));
    let until = now.when.plus(overlap);
    replace(&mut tx, id, now.when, until, &prefix, &secret).await?;
    let entry = Entry {
        workspace: Some(&before.workspace_id),
        actor: by.actor(),
        event: Event::TokenRotated,
        target: id.as_str(),
        details: json!({"former_hint": before.hint, "overlap_until": until}),
    };
    audit::record(&mut tx, now, &[entry]).await?;
    if let Some(once) = once {
        once.made(&mut tx, id.as_str()).await?;
    }
    let after = list::show_in(&mut tx, now, by, id).await?;
    tx.commit().await?;
    Ok(Rotated::New(after, secret))
}

/// An operator key stays one; anything else gets the prefix of the day.
fn prefix_of(app: &App, token: &Listed) -> Prefix {
    let current = app.prefixes.current();
    if token.scopes.is_some() { current.operator() } else { current.clone() }
}

async fn replace(
    tx: &mut Tx,
    id: &TokenId,
    when: Time,
    until: Time,
    prefix: &Prefix,
    secret: &Secret,
) -> store::Result<()> {
    tx.execute(END_EARLIER, args![id, when]).await?;
    tx.execute(RETIRE, args![id, when, until]).await?;
    let digest = Digest::of(secret.expose());
    let hint = create::hint(secret, prefix);
    let arguments = args![id, digest.as_bytes(), Scheme::OURS.to_string(), 3, prefix.as_str(), hint];
    tx.execute(RENEW, arguments).await.map(drop)
}
