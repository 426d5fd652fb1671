use serde::{Deserialize, Serialize};
use store::Result;
use time_and_chance::Time;
use token_format::exact;
use utoipa::ToSchema;

use super::{Known, Role, Standing, find};
use crate::{app::App, telemetry};

/// What a token is good for.
///
/// - `VALID`: it may pass.
/// - `NOT_FOUND`: it has the form of a token, and isn't one of ours.
/// - `MALFORMED`: it cannot be a token of ours: another form, or a checksum that doesn't fit.
/// - `EXPIRED`: its time, or that of the overlap after a rotation, is over.
/// - `REVOKED`: it was revoked, or its workspace was deleted.
/// - `DISABLED`: its workspace is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = VerdictCode)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// It may pass.
    Valid,
    /// It has the form of a token, and isn't one of ours.
    NotFound,
    /// It cannot be a token of ours: another form, or a checksum that doesn't fit.
    Malformed,
    /// Its time, or that of the overlap after a rotation, is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// Its workspace is suspended.
    Disabled,
}

impl Code {
    /// As it stands in an answer.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::NotFound => "NOT_FOUND",
            Self::Malformed => "MALFORMED",
            Self::Expired => "EXPIRED",
            Self::Revoked => "REVOKED",
            Self::Disabled => "DISABLED",
        }
    }

    /// What is over for good comes first, what may pass last.
    const fn rank(self) -> u8 {
        match self {
            Self::Malformed | Self::NotFound => 0,
            Self::Revoked => 1,
            Self::Expired => 2,
            Self::Disabled => 3,
            Self::Valid => 4,
        }
    }
}

/// The answer about a token.
#[derive(Debug)]
pub struct Verdict {
    /// What it is good for.
    pub code: Code,
    /// Which token it is, if it is one.
    pub standing: Option<Standing>,
}

/// Answers a gateway what a secret is good for: a [`check`] that is counted.
pub async fn verify(app: &App, secret: &str) -> Result<Verdict> {
    let verdict = check(app, secret).await?;
    metrics::counter!(telemetry::VERDICTS, "code" => verdict.code.name()).increment(1);
    Ok(verdict)
}

/// Says what a secret is good for at this moment, straight from the database, and notes that it was used.
pub async fn check(app: &App, secret: &str) -> Result<Verdict> {
    let imports = app.tokens.imports();
    let token = match exact(secret, &app.prefixes) {
        Ok(token) if imports.may_exist(&token) => token,
        _ => return Ok(Verdict { code: Code::Malformed, standing: None }),
    };
    let known = find::find(&app.db, &imports.digests(&token)).await?;
    let when = app.clock.now();
    if known.iter().all(|known| known.code(when) == Code::Valid) {
        for known in &known {
            app.tokens.was_used(&known.standing.token_id, when);
        }
    }
    Ok(match strictest(known, when) {
        Some(known) => Verdict { code: known.code(when), standing: Some(known.standing) },
        None => Verdict { code: Code::NotFound, standing: None },
    })
}

/// A secret that was imported under two digests is of two tokens: it is good for no more than either of them.
fn strictest(known: Vec<Known>, when: Time) -> Option<Known> {
    let order = |one: &Known, other: &Known| {
        let rank = |known: &Known| (known.code(when).rank(), known.standing.role == Role::Owner, ends(known));
        rank(one).cmp(&rank(other)).then_with(|| one.standing.token_id.cmp(&other.standing.token_id))
    };
    known.into_iter().min_by(order)
}

fn ends(known: &Known) -> i64 {
    known.standing.expires_at.map_or(i64::MAX, Time::micros)
}
