use crate::web::{BadText, OnceRefusal, Problem, Stop};

/// Why a verb on tokens did not do it.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such workspace, or it is somebody else's.
    NoWorkspace,
    /// There is no such token, or it is somebody else's.
    NoToken,
    /// The token is revoked or expired, and cannot be rotated or changed.
    NotLive,
    /// The creator is not a member.
    NoCreator,
    /// The end lies in the past.
    EndsInThePast,
    /// Both a time and a length were given.
    TwoEnds,
    /// The overlap is longer than 30 days.
    OverlapTooLong,
    /// A filter is needed.
    NoFilter,
    /// The idempotency key was used for another request.
    KeyReused,
    /// A text cannot be taken.
    Text(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoWorkspace => Self::not_found("workspace"),
            Refusal::NoToken => Self::not_found("token"),
            Refusal::NotLive => {
                let detail = "This token is revoked or expired. Make a new one instead.";
                Self::conflict("not_live", detail)
            }
            Refusal::NoCreator => {
                Self::invalid("\"creator\" must be a member of the workspace: a person's id or mail address.")
            }
            Refusal::EndsInThePast => Self::invalid("\"expires_at\" must lie in the future."),
            Refusal::TwoEnds => Self::invalid("Give \"expires_at\" or \"expires_in\", not both."),
            Refusal::OverlapTooLong => {
                Self::invalid("\"overlap_seconds\" must be from 0 to 2592000 (30 days).")
            }
            Refusal::NoFilter => Self::invalid(
                "Say which tokens: give at least one of creator, created_before, unused_since, role.",
            ),
            Refusal::KeyReused => OnceRefusal.into(),
            Refusal::Text(detail) => Self::invalid(detail),
        }
    }
}

impl From<BadText> for Stop<Refusal> {
    fn from(BadText(detail): BadText) -> Self {
        Self::Refused(Refusal::Text(detail))
    }
}

impl From<Stop<OnceRefusal>> for Stop<Refusal> {
    fn from(stop: Stop<OnceRefusal>) -> Self {
        match stop {
            Stop::Refused(_) => Self::Refused(Refusal::KeyReused),
            Stop::Fault(fault) => Self::Fault(fault),
        }
    }
}
