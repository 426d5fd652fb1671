//! What a leak does to tokens. The rows are locked in id order, so that two nodes that got each other's items in another
//! order wait for one another and never for each other; and everything goes by chunk, not by item.

use std::collections::HashMap;

use store::{Arg, Result, Row, Tx, args};
use time_and_chance::Time;
use token_format::Digest;

use crate::{
    config::Policy,
    ids::{TokenId, WorkspaceId},
};

/// A secret of ours that was reported; its token is locked until the transaction ends.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its digest.
    pub digest: Digest,
    /// Whether it is one from before a rotation: only that one is affected then.
    pub former: bool,
    /// Its token.
    pub token_id: TokenId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// What its workspace chose to happen.
    pub policy: Option<Policy>,
    /// Whether it is an operator key.
    pub operator: bool,
    /// When it was warned of.
    pub warned_at: Option<Time>,
    /// When a warning ends it.
    pub revoke_after: Option<Time>,
    revoked_at: Option<Time>,
    expires_at: Option<Time>,
}

/// What a secret of ours is at the moment of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposed {
    /// It opens something.
    Live,
    /// It was revoked before, or the 24 hours of its warning are over.
    AlreadyRevoked,
    /// Its time is over.
    Expired,
}

impl Held {
    /// What it is at this moment.
    pub fn state(&self, when: Time) -> Exposed {
        let is_past = |at: Option<Time>| at.is_some_and(|at| at <= when);
        if self.revoked_at.is_some() || is_past(self.revoke_after) {
            Exposed::AlreadyRevoked
        } else if is_past(self.expires_at) {
            Exposed::Expired
        } else {
            Exposed::Live
        }
    }
}

// Who looks tokens up by their digests again, having found them, finds the pages in memory; the ids lie elsewhere.
const WHICH: &str = "
    SELECT digest, id AS token_id, digest AS current FROM tokens WHERE digest IN ({each $})
    UNION ALL
    SELECT f.digest, f.token_id, t.digest FROM former_secrets f JOIN tokens t ON t.id = f.token_id
    WHERE f.digest IN ({each $})";
const HOLD: &str = "
    SELECT t.id AS id, t.digest AS digest, t.workspace_id AS workspace_id, t.expires_at AS expires_at, t.revoked_at AS revoked_at,
           t.warned_at AS warned_at, t.revoke_after AS revoke_after, w.exposure_policy AS policy,
           w.deleted_at AS deleted_at, w.kind AS workspace_kind
    FROM tokens t JOIN workspaces w ON w.id = t.workspace_id
    WHERE t.digest IN ({each $})
    ORDER BY t.id {lock t}";
const CURRENT: &str = "SELECT id, digest FROM tokens WHERE id IN ({each $})";
const FORMER: &str = "
    SELECT digest, valid_until, revoked_at, warned_at, revoke_after FROM former_secrets WHERE digest IN ({each $})";

/// A secret of ours, by what WHICH says of it.
struct Which {
    digest: Digest,
    token_id: TokenId,
    /// The digest of its token's present secret.
    current: Digest,
}

/// Finds which of these digests are of ours, and locks their tokens.
pub async fn hold(tx: &mut Tx, digests: &[&Digest]) -> Result<Vec<Held>> {
    let list = digests.iter().map(|digest| args![digest.as_bytes()]).collect();
    let found = tx.rows_of_each(WHICH, &[], list).await?;
    let mut found = found.iter().map(which).collect::<Result<Vec<_>>>()?;
    found.sort_by(|one, other| one.token_id.cmp(&other.token_id));
    let tokens = hold_tokens(tx, &found).await?;
    let tokens: HashMap<TokenId, &Row> =
        tokens.iter().map(|row| Ok((row.get("id")?, row))).collect::<Result<_>>()?;
    // Asked now that the rows are locked: a rotation may have made a current secret a former one meanwhile.
    let mut former = Vec::new();
    for Which { digest, token_id, .. } in &found {
        let current = tokens.get(token_id).map(|row| digest_of(row, "digest")).transpose()?;
        if current.as_ref() != Some(digest) {
            former.push(args![digest.as_bytes()]);
        }
    }
    let former = tx.rows_of_each(FORMER, &[], former).await?;
    let former: HashMap<Digest, &Row> =
        former.iter().map(|row| Ok((digest_of(row, "digest")?, row))).collect::<Result<_>>()?;
    let held = found.into_iter().filter_map(|Which { digest, token_id, .. }| {
        let own = former.get(&digest).copied();
        tokens.get(&token_id).map(|token| held(digest, token, own))
    });
    held.collect()
}

fn which(row: &Row) -> Result<Which> {
    Ok(Which {
        digest: digest_of(row, "digest")?,
        token_id: row.get("token_id")?,
        current: digest_of(row, "current")?,
    })
}

fn digest_of(row: &Row, column: &str) -> Result<Digest> {
    row.get::<Vec<u8>>(column).map(Digest::from_bytes)
}

/// Locks the tokens of what was found, which is in the order of their ids. One that is rotated in between has another
/// digest by then, and is asked for again.
async fn hold_tokens(tx: &mut Tx, found: &[Which]) -> Result<Vec<Row>> {
    let mut wanted: HashMap<&TokenId, Digest> = HashMap::new();
    let mut asked: Vec<(&TokenId, Digest)> =
        found.iter().map(|which| (&which.token_id, which.current.clone())).collect();
    asked.dedup_by_key(|(id, _)| *id);
    let mut rows = Vec::with_capacity(asked.len());
    while !asked.is_empty() {
        let digests = asked.iter().map(|(_, digest)| args![digest.as_bytes()]).collect();
        rows.append(&mut tx.rows_of_each(HOLD, &[], digests).await?);
        wanted.extend(asked);
        for row in &rows {
            wanted.remove(&row.get::<TokenId>("id")?);
        }
        asked = rotated(tx, &wanted).await?;
    }
    Ok(rows)
}

/// Those of these tokens that have another digest than was asked for, in the order of their ids.
async fn rotated<'a>(
    tx: &mut Tx,
    asked: &HashMap<&'a TokenId, Digest>,
) -> Result<Vec<(&'a TokenId, Digest)>> {
    let ids = asked.keys().map(|id| args![*id]).collect();
    let mut rotated = Vec::new();
    for row in tx.rows_of_each(CURRENT, &[], ids).await? {
        let (id, current): (TokenId, Digest) = (row.get("id")?, digest_of(&row, "digest")?);
        if let Some((id, _)) = asked.get_key_value(&id).filter(|(_, digest)| **digest != current) {
            rotated.push((*id, current));
        }
    }
    rotated.sort_by_key(|(id, _)| *id);
    Ok(rotated)
}

/// A former secret has an end and a warning of its own, and dies with its token besides.
fn held(digest: Digest, token: &Row, former: Option<&Row>) -> Result<Held> {
    let earliest = |name: &str, own: &str| -> Result<Option<Time>> {
        let own = former.map(|row| row.get::<Option<Time>>(own)).transpose()?.flatten();
        Ok(own.into_iter().chain(token.get::<Option<Time>>(name)?).min())
    };
    let deleted_at: Option<Time> = token.get("deleted_at")?;
    let warned_at = former.unwrap_or(token).get("warned_at")?;
    Ok(Held {
        digest,
        former: former.is_some(),
        token_id: token.get("id")?,
        workspace_id: token.get("workspace_id")?,
        policy: token.get::<Option<String>>("policy")?.and_then(|name| name.parse().ok()),
        operator: token.get::<String>("workspace_kind")? == "operator",
        warned_at,
        revoke_after: earliest("revoke_after", "revoke_after")?,
        revoked_at: earliest("revoked_at", "revoked_at")?.or(deleted_at),
        expires_at: earliest("expires_at", "valid_until")?,
    })
}

const REVOKE: &str = "
    UPDATE tokens SET revoked_at = $1, revoked_why = 'exposed' WHERE digest IN ({each $}) AND revoked_at IS NULL";
const REVOKE_FORMER: &str = "
    UPDATE former_secrets SET revoked_at = $1, revoked_why = 'exposed'
    WHERE digest IN ({each $}) AND revoked_at IS NULL";
// A warning that has begun keeps its beginning and its end.
const WARN: &str = "
    UPDATE tokens
    SET warned_at = COALESCE(warned_at, $1), revoke_after = COALESCE(revoke_after, $2), deadline = COALESCE(revoke_after, $2)
    WHERE digest IN ({each $})";
const WARN_FORMER: &str = "
    UPDATE former_secrets SET warned_at = COALESCE(warned_at, $1), revoke_after = COALESCE(revoke_after, $2)
    WHERE digest IN ({each $})";

/// Revokes secrets that are held: a current one with its whole token, a former one alone.
pub async fn revoke_exposed(tx: &mut Tx, when: Time, held: &[&Held]) -> Result<()> {
    let (former, current) = split(held);
    tx.execute_later(REVOKE, &[when.into()], current).await?;
    tx.execute_later(REVOKE_FORMER, &[when.into()], former).await
}

/// Notes that secrets that are held were warned of, and when that ends them, if it does.
pub async fn warn(tx: &mut Tx, when: Time, revoke_after: Option<Time>, held: &[&Held]) -> Result<()> {
    let (former, current) = split(held);
    let fixed = [when.into(), revoke_after.into()];
    tx.execute_later(WARN, &fixed, current).await?;
    tx.execute_later(WARN_FORMER, &fixed, former).await
}

fn split(held: &[&Held]) -> (Vec<Vec<Arg>>, Vec<Vec<Arg>>) {
    let of = |former| held.iter().filter(move |held| held.former == former);
    let digests = |former| of(former).map(|held| args![held.digest.as_bytes()]).collect();
    (digests(true), digests(false))
}

/// A secret whose warning has ended.
#[derive(Debug)]
pub struct Ended {
    /// Its token.
    pub token_id: TokenId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Whether it is one from before a rotation.
    pub former: bool,
    /// When it ended.
    pub at: Time,
    /// Whether it opened something until then: what had been revoked or had expired before is no news.
    pub was_live: bool,
}

// The two are gathered before they are sorted: SQLite would else walk through all tokens in the order of their ids.
const DUE: &str = "
    SELECT id FROM (
        SELECT id FROM tokens WHERE deadline <= $1
        UNION
        SELECT token_id AS id FROM former_secrets WHERE revoke_after <= $1 AND revoked_at IS NULL) due
    ORDER BY id LIMIT $2";
const LOCK: &str = "SELECT id FROM tokens WHERE id IN ({each $}) ORDER BY id {lock}";
const END: &str = "
    UPDATE tokens SET revoked_at = revoke_after, revoked_why = 'exposed', deadline = NULL
    WHERE id IN ({each $}) AND revoke_after <= $1 AND revoked_at IS NULL
    RETURNING id, workspace_id, revoke_after,
              (expires_at IS NOT NULL AND expires_at <= revoke_after)
              OR EXISTS (SELECT 1 FROM workspaces w WHERE w.id = workspace_id AND w.deleted_at IS NOT NULL) AS was_over";
const END_FORMER: &str = "
    UPDATE former_secrets SET revoked_at = revoke_after, revoked_why = 'exposed'
    WHERE token_id IN ({each $}) AND revoke_after <= $1 AND revoked_at IS NULL
    RETURNING token_id AS id, revoke_after,
              (SELECT t.workspace_id FROM tokens t WHERE t.id = former_secrets.token_id) AS workspace_id,
              valid_until <= revoke_after
              OR EXISTS (
                  SELECT 1 FROM tokens t JOIN workspaces w ON w.id = t.workspace_id
                  WHERE t.id = former_secrets.token_id
                    AND (t.revoked_at <= former_secrets.revoke_after OR t.expires_at <= former_secrets.revoke_after
                         OR w.deleted_at IS NOT NULL)) AS was_over";

// Tokens that were revoked while the warning ran.
const PASS: &str = "UPDATE tokens SET deadline = NULL WHERE id IN ({each $}) AND deadline <= $1";

/// Writes down that warnings have ended, up to `most` tokens of them: the verdicts have said so since the moment. Answers
/// nothing once no deadline is left that has come.
pub async fn end_warnings(tx: &mut Tx, when: Time, most: i64) -> Result<Option<Vec<Ended>>> {
    let due = tx.rows(DUE, args![when, most]).await?;
    if due.is_empty() {
        return Ok(None);
    }
    let ids = due.iter().map(|row| Ok(args![&row.get::<TokenId>("id")?])).collect::<Result<Vec<_>>>()?;
    tx.rows_of_each(LOCK, &[], ids.clone()).await?;
    let current = tx.rows_of_each(END, &[when.into()], ids.clone()).await?;
    let former = tx.rows_of_each(END_FORMER, &[when.into()], ids.clone()).await?;
    tx.execute_each(PASS, &[when.into()], ids).await?;
    let current = current.iter().map(|row| ended(row, false));
    current.chain(former.iter().map(|row| ended(row, true))).collect::<Result<_>>().map(Some)
}

fn ended(row: &Row, former: bool) -> Result<Ended> {
    Ok(Ended {
        token_id: row.get("id")?,
        workspace_id: row.get("workspace_id")?,
        former,
        at: row.get("revoke_after")?,
        was_live: !row.get::<bool>("was_over")?,
    })
}
