use serde::Serialize;
use time_and_chance::{Duration, Time};
use utoipa::ToSchema;

use crate::{
    config::Policy,
    tokens::{Exposed, Held},
};

/// What became of a token at a sighting.
///
/// - `revoked`: it was live, and no longer works.
/// - `warned`: it is live, and its owners are warned.
/// - `already_revoked`: it had been revoked before.
/// - `expired`: its time was over.
/// - `false_positive`: it is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SightingOutcome)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was live, and no longer works.
    Revoked,
    /// It is live, and its owners are warned.
    Warned,
    /// It had been revoked before.
    AlreadyRevoked,
    /// Its time was over.
    Expired,
    /// It is none of ours.
    FalsePositive,
}

impl Outcome {
    /// As it is stored and counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Warned => "warned",
            Self::AlreadyRevoked => "already_revoked",
            Self::Expired => "expired",
            Self::FalsePositive => "false_positive",
        }
    }

    /// For people: what was done.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Warned => "owners warned",
            Self::AlreadyRevoked => "was revoked before",
            Self::Expired => "was expired",
            Self::FalsePositive => "none of yours",
        }
    }

    /// The outcome of a stored name.
    pub fn of_name(name: &str) -> Self {
        let all = [Self::Revoked, Self::Warned, Self::AlreadyRevoked, Self::Expired];
        all.into_iter().find(|outcome| outcome.name() == name).unwrap_or(Self::FalsePositive)
    }

    /// As the track event says it.
    pub const fn status(self) -> &'static str {
        match self {
            Self::FalsePositive => "invalid",
            other => other.name(),
        }
    }
}

/// How long a warned token works on under `warn_then_revoke`.
pub const GRACE: Duration = Duration::from_hours(24);

/// What is to be done about a sighting of one of our secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing but writing the sighting down.
    Note(Outcome),
    /// It is revoked.
    Revoke,
    /// Its owners are warned.
    Warn,
    /// Its owners are warned, and it ends at this moment.
    WarnUntil(Time),
}

impl Decision {
    /// What is written down of the sighting.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Note(outcome) => outcome,
            Self::Revoke => Outcome::Revoked,
            Self::Warn | Self::WarnUntil(_) => Outcome::Warned,
        }
    }

    /// Whether it changes the token, so that its owners are told.
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Note(_))
    }
}

/// Decides by the policy of the moment. A warning that has begun is not begun again, and its end stands; a token that was
/// only warned of is revoked as soon as the policy says so.
pub fn decide(held: &Held, default: Policy, when: Time) -> Decision {
    match held.state(when) {
        Exposed::AlreadyRevoked => return Decision::Note(Outcome::AlreadyRevoked),
        Exposed::Expired => return Decision::Note(Outcome::Expired),
        Exposed::Live => {}
    }
    // With an operator key every customer's workspace is open: a warning would not do.
    if held.operator {
        return Decision::Revoke;
    }
    match held.policy.unwrap_or(default) {
        Policy::Revoke => Decision::Revoke,
        Policy::Warn if held.warned_at.is_none() => Decision::Warn,
        Policy::WarnThenRevoke if held.revoke_after.is_none() => Decision::WarnUntil(when.plus(GRACE)),
        Policy::Warn | Policy::WarnThenRevoke => Decision::Note(Outcome::Warned),
    }
}
