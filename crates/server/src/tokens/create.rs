use seal::{Private, Sealed};
use serde_json::json;
use store::{Tx, args};
use time_and_chance::Time;
use token_format::{Digest, Prefix, Secret, mint};

use super::{Listed, Refusal, Role, Scheme, State, list};
use crate::{
    app::{App, Now},
    audit::{self, Entry},
    columns::TOKEN_DESCRIPTION,
    events::Event,
    ids::{PersonId, TokenId, WorkspaceId},
    permissions::{Authority, Scope},
    web::{Once, Stop, again, line, private_line},
    workspaces,
};

/// A token as it is asked for.
#[derive(Debug)]
pub struct NewToken {
    /// What it is for, in words.
    pub description: Private,
    /// What it may do in the workspace.
    pub role: Role,
    /// Who makes it: a member's person id or mail address. None for a token of the operator's making.
    pub creator: Option<Private>,
    /// When it ends; of a token that is changed, its end stays when none is given.
    pub expires_at: Option<Time>,
    /// Its id in the product. A token that has it already is changed instead.
    pub external_id: Option<String>,
}

/// What came of it.
pub enum Created {
    /// A new token and its secret, which nobody will see again.
    New(Listed, Secret),
    /// The token that was there already, by its external id or by the idempotency key.
    Known(Listed),
}

/// The longest description.
pub(super) const DESCRIPTION: usize = 200;
/// The longest external id.
pub(super) const EXTERNAL_ID: usize = 200;

// A warning that has ended has revoked its token, whether or not the job has come round.
const FIND: &str = "
    SELECT id FROM tokens
    WHERE workspace_id = $1 AND external_id = $2 AND replaced_at IS NULL
      AND revoked_at IS NULL AND (revoke_after IS NULL OR revoke_after > $3) {lock}";
// A revoked token gives its external id back: the product makes a new one under it.
const GIVE_BACK: &str = "
    UPDATE tokens SET replaced_at = $3
    WHERE workspace_id = $1 AND external_id = $2 AND replaced_at IS NULL
      AND (revoked_at IS NOT NULL OR revoke_after <= $3)";
const UPDATE: &str = "
    UPDATE tokens SET description = $2, role = $3, expires_at = COALESCE(CAST($4 AS BIGINT), expires_at)
    WHERE id = $1";

/// Makes a token, or changes the one that has its external id.
pub async fn create(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    wanted: NewToken,
    once: Option<Once>,
) -> Result<Created, Stop<Refusal>> {
    let wanted = checked(wanted, app.clock.now())?;
    again(|| create_checked(app, by, workspace, &wanted, once.as_ref())).await
}

async fn create_checked(
    app: &App,
    by: &Authority,
    workspace: &WorkspaceId,
    wanted: &NewToken,
    once: Option<&Once>,
) -> Result<Created, Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !workspaces::hold(&mut tx, by, workspace).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    if let Some(made) = claimed(&mut tx, now, once).await? {
        return Ok(Created::Known(list::show_in(&mut tx, now, by, &made).await?));
    }
    if let Some(known) = update(&mut tx, now, by, workspace, wanted).await? {
        if let Some(once) = once {
            once.made(&mut tx, known.as_str()).await?;
        }
        let listed = list::show_in(&mut tx, now, by, &known).await?;
        tx.commit().await?;
        return Ok(Created::Known(listed));
    }
    let creator_id = creator(&mut tx, now, workspace, wanted.creator.as_ref()).await?;
    let secret = mint(app.prefixes.current(), &mut |bytes| now.chance.fill(bytes));
    let token = Row { workspace, wanted, creator_id: creator_id.as_ref(), scopes: None };
    let id = insert(&mut tx, now, by, &token, app.prefixes.current(), &secret).await?;
    if let Some(once) = once {
        once.made(&mut tx, id.as_str()).await?;
    }
    tx.commit().await?;
    let listed = token.listed(id, app.prefixes.current(), &secret, now.when);
    Ok(Created::New(listed, secret))
}

/// The id that an earlier request with this key made.
pub(super) async fn claimed(
    tx: &mut Tx,
    now: Now<'_>,
    once: Option<&Once>,
) -> Result<Option<TokenId>, Stop<Refusal>> {
    let Some(once) = once else { return Ok(None) };
    Ok(once.claim(tx, now).await?.map(TokenId::trusted))
}

fn checked(wanted: NewToken, when: Time) -> Result<NewToken, Stop<Refusal>> {
    if wanted.expires_at.is_some_and(|end| end <= when) {
        return Err(Stop::Refused(Refusal::EndsInThePast));
    }
    let external_id = wanted.external_id.map(|id| line("external_id", &id, EXTERNAL_ID)).transpose()?;
    Ok(NewToken {
        description: private_line("description", &wanted.description, DESCRIPTION)?,
        external_id,
        ..wanted
    })
}

async fn update(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    workspace: &WorkspaceId,
    wanted: &NewToken,
) -> Result<Option<TokenId>, Stop<Refusal>> {
    let Some(external_id) = &wanted.external_id else { return Ok(None) };
    let Some(row) = tx.row(FIND, args![workspace, external_id, now.when]).await? else {
        tx.execute(GIVE_BACK, args![workspace, external_id, now.when]).await?;
        return Ok(None);
    };
    let id: TokenId = row.get("id")?;
    let before = list::show_in(tx, now, by, &id).await?;
    must_live(before.state)?;
    let description = sealed_description(tx, now, &id, workspace, &wanted.description).await?;
    tx.execute(UPDATE, args![&id, description, wanted.role.name(), wanted.expires_at]).await?;
    let details = json!({
        "before": {"description": before.description, "role": before.role, "expires_at": before.expires_at},
        "after": {"description": wanted.description, "role": wanted.role, "expires_at": wanted.expires_at},
    });
    let entry = Entry {
        workspace: Some(workspace),
        actor: by.actor(),
        event: Event::TokenChanged,
        target: id.as_str(),
        details,
    };
    audit::record(tx, now, &[entry]).await?;
    Ok(Some(id))
}

/// What has ended is not brought back: its secret may have been found in public since, and nobody told.
pub(super) fn must_live(state: State) -> Result<(), Stop<Refusal>> {
    if state.is_live() { Ok(()) } else { Err(Stop::Refused(Refusal::NotLive)) }
}

async fn creator(
    tx: &mut Tx,
    now: Now<'_>,
    workspace: &WorkspaceId,
    creator: Option<&Private>,
) -> Result<Option<PersonId>, Stop<Refusal>> {
    let Some(who) = creator else { return Ok(None) };
    let found = workspaces::member_named(tx, now, workspace, who).await?;
    found.map(Some).ok_or(Stop::Refused(Refusal::NoCreator))
}

/// A token as it is stored.
pub(super) struct Row<'a> {
    pub workspace: &'a WorkspaceId,
    pub wanted: &'a NewToken,
    pub creator_id: Option<&'a PersonId>,
    pub scopes: Option<&'a [Scope]>,
}

impl Row<'_> {
    /// It as it is listed once it is stored: nothing that anybody would have to be asked for.
    fn listed(&self, id: TokenId, prefix: &Prefix, secret: &Secret, when: Time) -> Listed {
        Listed {
            id,
            workspace_id: self.workspace.clone(),
            description: self.wanted.description.clone(),
            prefix: Some(prefix.as_str().to_owned()),
            hint: Some(hint(secret, prefix)),
            role: self.wanted.role,
            scopes: self.scopes.map(Scope::to_list),
            creator_id: self.creator_id.cloned(),
            external_id: self.wanted.external_id.clone(),
            state: State::Live,
            created_at: when,
            expires_at: self.wanted.expires_at,
            last_used_at: None,
            overlap_until: None,
            former_warned_at: None,
            warned_at: None,
            revoke_after: None,
            revoked_at: None,
            revoked_why: None,
        }
    }
}

const INSERT: &str = "
    INSERT INTO tokens (id, workspace_id, digest, scheme, version, prefix, hint, description, role, scopes, creator_id,
                        external_id, created_at, expires_at)
    VALUES {each ($, $, $, $, $, $, $, $, $, $, $, $, $, $)}";

/// Stores a new token under the digest of its secret, and says so in the audit.
pub(super) async fn insert(
    tx: &mut Tx,
    now: Now<'_>,
    by: &Authority,
    token: &Row<'_>,
    prefix: &Prefix,
    secret: &Secret,
) -> store::Result<TokenId> {
    let id = TokenId::new(now.when, now.chance);
    let (wanted, scopes) = (token.wanted, token.scopes.map(Scope::to_list));
    let (digest, hint) = (Digest::of(secret.expose()), hint(secret, prefix));
    let description = sealed_description(tx, now, &id, token.workspace, &wanted.description).await?;
    let arguments = args![
        &id,
        token.workspace,
        digest.as_bytes(),
        Scheme::OURS.to_string(),
        3,
        prefix.as_str(),
        hint,
        description,
        wanted.role.name(),
        scopes.as_ref(),
        token.creator_id,
        wanted.external_id.as_ref(),
        now.when,
        wanted.expires_at,
    ];
    tx.execute_later(INSERT, &[], vec![arguments]).await?;
    let details = json!({
        "description": wanted.description, "role": wanted.role, "scopes": scopes, "creator_id": token.creator_id,
        "expires_at": wanted.expires_at,
    });
    let entry = Entry {
        workspace: Some(token.workspace),
        actor: by.actor(),
        event: Event::TokenCreated,
        target: id.as_str(),
        details,
    };
    audit::record(tx, now, &[entry]).await?;
    Ok(id)
}

/// What a token is for, sealed with its workspace's key.
pub(super) async fn sealed_description(
    tx: &mut Tx,
    now: Now<'_>,
    id: &TokenId,
    workspace: &WorkspaceId,
    text: &Private,
) -> store::Result<Sealed> {
    let keys = now.keys(tx, [workspace.as_str()]).await?;
    let place = TOKEN_DESCRIPTION.of(id.as_str(), workspace.as_str());
    Ok(keys.of(workspace.as_str())?.seal(now.chance, place, text))
}

/// What of a fresh secret may be shown.
pub(super) fn hint(secret: &Secret, prefix: &Prefix) -> String {
    secret.expose().chars().skip(prefix.as_str().len() + 1).take(token_format::HINT_LEN).collect()
}
