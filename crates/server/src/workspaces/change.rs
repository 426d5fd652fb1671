use seal::Private;
use serde_json::{Value, json};
use store::args;

use super::{
    Listed, Refusal, State,
    create::{LONGEST, note, sealed_name},
    hold, list,
};
use crate::{
    app::App,
    config::Policy,
    events::Event,
    ids::WorkspaceId,
    permissions::Authority,
    web::{Stop, private_line},
};

/// What is to be changed; what isn't given stays.
#[derive(Debug, Default)]
pub struct Change {
    /// A new name.
    pub name: Option<Private>,
    /// A new exposure policy; none for the setting's.
    pub exposure_policy: Option<Option<Policy>>,
    /// Whether it is suspended.
    pub suspended: Option<bool>,
    /// Whether it lets in only who has an authenticator or a passkey.
    pub strong_factor: Option<bool>,
}

const CHANGE: &str = "
    UPDATE workspaces
    SET name = COALESCE($2, name),
        exposure_policy = CASE WHEN $3 THEN $4 ELSE exposure_policy END,
        suspended_at = CASE WHEN $5 THEN COALESCE(suspended_at, $6) ELSE NULL END,
        strong_factor = $7
    WHERE id = $1";

/// Changes a workspace's name, exposure policy, or whom it lets in; suspends it, or ends that.
pub async fn change(
    app: &App,
    by: &Authority,
    id: &WorkspaceId,
    change: Change,
) -> Result<Listed, Stop<Refusal>> {
    let name = change.name.map(|name| private_line("name", &name, LONGEST)).transpose()?;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    if !hold(&mut tx, by, id).await? {
        return Err(Stop::Refused(Refusal::NoWorkspace));
    }
    let before = list::show_in(&mut tx, now, by, id).await?;
    let suspended = change.suspended.unwrap_or(before.state == State::Suspended);
    let strong = change.strong_factor.unwrap_or(before.strong_factor);
    let policy = change.exposure_policy.flatten().map(Policy::name);
    let name = match &name {
        Some(name) => Some(sealed_name(&mut tx, now, id, name).await?),
        None => None,
    };
    let arguments = args![id, name, change.exposure_policy.is_some(), policy, suspended, now.when, strong];
    tx.execute(CHANGE, arguments).await?;
    let after = list::show_in(&mut tx, now, by, id).await?;
    let event = match (before.state, after.state) {
        (State::Active, State::Suspended) => Event::WorkspaceSuspended,
        (State::Suspended, State::Active) => Event::WorkspaceResumed,
        _ => Event::WorkspaceChanged,
    };
    note(&mut tx, now, by, event, id, sides(&before, &after)).await?;
    tx.commit().await?;
    Ok(after)
}

/// What can be changed of a workspace, as it was and as it is.
pub(super) fn sides(before: &Listed, after: &Listed) -> Value {
    let side = |of: &Listed| {
        json!({
            "name": of.name, "exposure_policy": of.exposure_policy, "state": of.state, "strong_factor": of.strong_factor,
        })
    };
    json!({"before": side(before), "after": side(after)})
}
