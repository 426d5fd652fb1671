use store::{Arg, Db, Result, Row, Tx, args};
use time_and_chance::Time;
use token_format::{Digest, Parsed, Prefixes};

use super::{Code, Imports, Role};
use crate::{
    ids::{PersonId, TokenId, WorkspaceId},
    permissions::Scope,
};

/// A secret that is, or was, of one of our tokens.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its digest.
    pub digest: Digest,
    /// Whether it is one from before a rotation.
    pub former: bool,
    /// Whose it is, and what it may do.
    pub standing: Standing,
    revoked_at: Option<Time>,
    revoke_after: Option<Time>,
    expires_at: Option<Time>,
    suspended: bool,
}

/// Which token a secret is of, and what it may do.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The token.
    pub token_id: TokenId,
    /// Its id in the product, if it has one.
    pub external_id: Option<String>,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The workspace's id in the product, if it has one.
    pub workspace_external_id: Option<String>,
    /// Who made it.
    pub creator_id: Option<PersonId>,
    /// What it may do in its workspace.
    pub role: Role,
    /// What it may do as an operator key; none for a workspace's token.
    pub scopes: Option<Vec<Scope>>,
    /// When this secret ends: the first of the token's expiry, the end of an overlap and the end of a warning.
    pub expires_at: Option<Time>,
}

// A former secret is good for no longer than its token and its overlap, whichever ends first; the NULLs of the first
// half stand where a current secret has nothing of its own.
const FIND: &str = "
    SELECT t.digest AS digest, FALSE AS former, t.id AS id, t.external_id AS external_id,
           t.workspace_id AS workspace_id, w.external_id AS workspace_external_id, t.creator_id AS creator_id,
           t.role AS role, t.scopes AS scopes, t.expires_at AS expires_at, t.revoked_at AS revoked_at,
           t.revoke_after AS revoke_after, w.suspended_at AS suspended_at, w.deleted_at AS deleted_at,
           CAST(NULL AS BIGINT) AS own_end, CAST(NULL AS BIGINT) AS own_revoked_at,
           CAST(NULL AS BIGINT) AS own_revoke_after
    FROM tokens t JOIN workspaces w ON w.id = t.workspace_id
    WHERE t.digest IN ({each $})
    UNION ALL
    SELECT f.digest, TRUE, t.id, t.external_id, t.workspace_id, w.external_id, t.creator_id, t.role, t.scopes,
           t.expires_at, t.revoked_at, t.revoke_after, w.suspended_at, w.deleted_at,
           f.valid_until, f.revoked_at, f.revoke_after
    FROM former_secrets f JOIN tokens t ON t.id = f.token_id JOIN workspaces w ON w.id = t.workspace_id
    WHERE f.digest IN ({each $})";

/// The tokens that a text may be, with their digests: read tolerantly, without those that cannot exist.
pub fn candidates(text: &str, prefixes: &Prefixes, imports: &Imports) -> Vec<(Parsed, Vec<Digest>)> {
    let parsed = token_format::candidates(text, prefixes).into_iter();
    parsed
        .filter(|token| imports.may_exist(token))
        .map(|token| (imports.digests(&token), token))
        .map(swap)
        .collect()
}

fn swap<A, B>((a, b): (A, B)) -> (B, A) {
    (b, a)
}

/// Looks a secret up by its digests. One that was imported under several is of several tokens.
pub(super) async fn find(db: &Db, digests: &[Digest]) -> Result<Vec<Known>> {
    known(&db.rows_of_each(FIND, &[], list(digests)).await?, digests)
}

/// The same inside a transaction.
pub(super) async fn find_in(tx: &mut Tx, digests: &[Digest]) -> Result<Vec<Known>> {
    known(&tx.rows_of_each(FIND, &[], list(digests)).await?, digests)
}

fn list(digests: &[Digest]) -> Vec<Vec<Arg>> {
    digests.iter().map(|digest| args![digest.as_bytes()]).collect()
}

/// The engine's index has compared byte by byte; what counts is the comparison here, in constant time.
fn known(rows: &[Row], digests: &[Digest]) -> Result<Vec<Known>> {
    let known = rows.iter().map(of_row).collect::<Result<Vec<_>>>()?;
    Ok(known.into_iter().filter(|known| digests.contains(&known.digest)).collect())
}

fn of_row(row: &Row) -> Result<Known> {
    let scopes: Option<String> = row.get("scopes")?;
    let deleted_at: Option<Time> = row.get("deleted_at")?;
    let expires_at = earlier(row.get("expires_at")?, row.get("own_end")?);
    let revoke_after = earlier(row.get("revoke_after")?, row.get("own_revoke_after")?);
    Ok(Known {
        digest: Digest::from_bytes(row.get::<Vec<u8>>("digest")?),
        former: row.get("former")?,
        // A deleted workspace's tokens are gone with it.
        revoked_at: earlier(earlier(row.get("revoked_at")?, row.get("own_revoked_at")?), deleted_at),
        revoke_after,
        expires_at,
        suspended: row.get::<Option<Time>>("suspended_at")?.is_some(),
        standing: Standing {
            token_id: row.get("id")?,
            external_id: row.get("external_id")?,
            workspace_id: row.get("workspace_id")?,
            workspace_external_id: row.get("workspace_external_id")?,
            creator_id: row.get("creator_id")?,
            role: Role::of_name(&row.get::<String>("role")?),
            scopes: scopes.as_deref().map(Scope::of_list),
            expires_at: earlier(expires_at, revoke_after),
        },
    })
}

pub(super) fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl Known {
    /// What it is good for at this moment.
    pub fn code(&self, when: Time) -> Code {
        let is_past = |at: Option<Time>| at.is_some_and(|at| at <= when);
        if self.revoked_at.is_some() || is_past(self.revoke_after) {
            Code::Revoked
        } else if is_past(self.expires_at) {
            Code::Expired
        } else if self.suspended {
            Code::Disabled
        } else {
            Code::Valid
        }
    }
}
