use serde_json::json;
use store::{Result, Tx, args};

use crate::{
    app::{App, Now},
    events::Event,
    ids::{PersonId, SessionId},
    workspaces,
};

/// Why a session ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Whoever sits there signed out.
    SignedOut,
    /// It was ended from another of the person's sessions.
    Elsewhere,
    /// The password was forgotten and set anew.
    PasswordReset,
    /// A factor or the password was changed, and the others were to end.
    FactorChanged,
    /// Another has begun in its place, in the same browser.
    Replaced,
    /// It came out of a backup.
    Restored,
}

impl Ending {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Elsewhere => "elsewhere",
            Self::PasswordReset => "password_reset",
            Self::FactorChanged => "factor_changed",
            Self::Replaced => "replaced",
            Self::Restored => "restored",
        }
    }
}

const END: &str = "
    UPDATE sessions SET ended_at = $3, ended_why = $4
    WHERE id = $1 AND person_id = $2 AND ended_at IS NULL AND expires_at > $3 RETURNING id";
const END_OTHERS: &str = "
    UPDATE sessions SET ended_at = $3, ended_why = $4
    WHERE person_id = $2 AND id <> $1 AND ended_at IS NULL AND expires_at > $3 RETURNING id";

/// Ends a session of a person's. Answers whether there was one to end.
pub async fn end(app: &App, person: &PersonId, session: &SessionId, why: Ending) -> Result<bool> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let ended = tx.rows(END, args![session, person, now.when, why.name()]).await?;
    note(&mut tx, now, person, &ended, why).await?;
    tx.commit().await?;
    Ok(!ended.is_empty())
}

/// Ends all of a person's sessions but this one.
pub async fn end_others(app: &App, person: &PersonId, kept: &SessionId, why: Ending) -> Result<()> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    end_others_in(&mut tx, now, person, Some(kept), why).await?;
    tx.commit().await
}

/// The same with the change that is the reason for it; with none to keep, all of them.
pub async fn end_others_in(
    tx: &mut Tx,
    now: Now<'_>,
    person: &PersonId,
    kept: Option<&SessionId>,
    why: Ending,
) -> Result<()> {
    let kept = kept.map_or("", SessionId::as_str);
    let ended = tx.rows(END_OTHERS, args![kept, person, now.when, why.name()]).await?;
    note(tx, now, person, &ended, why).await
}

async fn note(tx: &mut Tx, now: Now<'_>, person: &PersonId, ended: &[store::Row], why: Ending) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let ids = ended.iter().map(|row| row.get("id")).collect::<Result<Vec<SessionId>>>()?;
    let details = json!({"session_ids": ids, "why": why.name()});
    workspaces::note(tx, now, person, Event::SessionEnded, details).await
}
