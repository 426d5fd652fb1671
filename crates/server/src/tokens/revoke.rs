use serde_json::json;
use store::{Tx, args};

use super::{Code, Listed, Refusal, find, list, self_revoked};
use crate::{
    app::{App, Now},
    audit::{self, Actor, Entry},
    events::Event,
    ids::{TokenId, WorkspaceId},
    permissions::Authority,
    web::Stop,
};

const REVOKE: &str = "
    UPDATE tokens SET revoked_at = $2, revoked_why = $3
    WHERE id = $1 AND revoked_at IS NULL AND (revoke_after IS NULL OR revoke_after > $2)
    RETURNING workspace_id";
const HOLD: &str = "SELECT id FROM tokens WHERE id IN ({each $}) ORDER BY id {lock}";
const REVOKE_FORMER: &str = "
    UPDATE former_secrets SET revoked_at = $2, revoked_why = $3
    WHERE digest = $1 AND revoked_at IS NULL
    RETURNING token_id";

/// Revokes a token, all its secrets with it. Doing it twice is harmless: the first time stands.
pub async fn revoke(app: &App, by: &Authority, id: &TokenId) -> Result<Listed, Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    list::show_in(&mut tx, now, by, id).await?;
    end(&mut tx, now, by.actor(), id, "revoked").await?;
    let after = list::show_in(&mut tx, now, by, id).await?;
    tx.commit().await?;
    Ok(after)
}

/// Revokes the token that this secret is of, asked for by whoever holds it; or both, of a secret that was imported under
/// two digests. Of a rotated token's two secrets only the former one ends when that is the one presented. Answers whether
/// the secret is one of ours, dead or alive.
pub async fn self_revoke(app: &App, secret: &str) -> Result<bool, Stop<Refusal>> {
    let Ok(token) = token_format::parse(secret, &app.prefixes) else { return Ok(false) };
    let imports = app.tokens.imports();
    if !imports.may_exist(&token) {
        return Ok(false);
    }
    // Strangers may ask about anything: what isn't ours costs a read, and no place among those who write.
    let digests = imports.digests(&token);
    let mut ids: Vec<_> =
        find::find(&app.db, &digests).await?.into_iter().map(|known| known.standing.token_id).collect();
    if ids.is_empty() {
        return Ok(false);
    }
    ids.sort();
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    tx.rows_of_each(HOLD, &[], ids.iter().map(|id| args![id]).collect()).await?;
    // Again, now that they are locked: a rotation may have made this secret a former one meanwhile.
    for known in find::find_in(&mut tx, &digests).await? {
        if known.code(now.when) != Code::Revoked {
            end_presented(app, &mut tx, now, &known).await?;
        }
    }
    tx.commit().await?;
    app.queue.nudge();
    Ok(true)
}

async fn end_presented(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    known: &find::Known,
) -> Result<(), Stop<Refusal>> {
    let id = &known.standing.token_id;
    let actor = Actor::Token(id.clone());
    let ended = if known.former {
        end_former(tx, now, &actor, &known.standing.workspace_id, known).await?
    } else {
        end(tx, now, &actor, id, "self").await?
    };
    // Gateways may depend on an operator key, and nobody else would notice.
    if ended && known.standing.scopes.is_some() {
        let key = list::show_in(tx, now, &Authority::on_this_machine(), id).await?;
        self_revoked::tell_operator(app, tx, now, &key, known).await?;
    }
    Ok(())
}

/// Answers whether it had not ended yet.
async fn end(tx: &mut Tx, now: Now<'_>, actor: &Actor, id: &TokenId, why: &str) -> store::Result<bool> {
    let Some(row) = tx.row(REVOKE, args![id, now.when, why]).await? else { return Ok(false) };
    let workspace: WorkspaceId = row.get("workspace_id")?;
    let details = json!({"why": why});
    let entry = Entry {
        workspace: Some(&workspace),
        actor,
        event: Event::TokenRevoked,
        target: id.as_str(),
        details,
    };
    audit::record(tx, now, &[entry]).await?;
    Ok(true)
}

/// Answers whether it had not ended yet.
async fn end_former(
    tx: &mut Tx,
    now: Now<'_>,
    actor: &Actor,
    workspace: &WorkspaceId,
    known: &find::Known,
) -> store::Result<bool> {
    if tx.row(REVOKE_FORMER, args![known.digest.as_bytes(), now.when, "self"]).await?.is_none() {
        return Ok(false);
    }
    let target = known.standing.token_id.as_str();
    let details = json!({"why": "self", "former_secret": true});
    let entry = Entry { workspace: Some(workspace), actor, event: Event::TokenRevoked, target, details };
    audit::record(tx, now, &[entry]).await?;
    Ok(true)
}
