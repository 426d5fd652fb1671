use axum::http::StatusCode;

use crate::web::{BadText, OnceRefusal, Problem, Stop};

/// Why a verb on workspaces or members did not do it.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such workspace, or it is somebody else's.
    NoWorkspace,
    /// There is no such member.
    NoMember,
    /// The last owner would be gone.
    LastOwner,
    /// The external id is a deleted workspace's.
    DeletedHasIt,
    /// The mail address belongs to a person with another external id.
    MailTaken,
    /// Only the operator names external ids: people are known in many workspaces.
    OperatorsOnly,
    /// Not a mail address.
    NotAnAddress,
    /// The idempotency key was used for another request.
    KeyReused,
    /// A text cannot be taken.
    Text(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoWorkspace => Self::not_found("workspace"),
            Refusal::NoMember => Self::not_found("member"),
            Refusal::LastOwner => Self::conflict(
                "last_owner",
                "A workspace always has at least one owner. Make somebody else an owner first.",
            ),
            Refusal::DeletedHasIt => {
                let detail = "This \"external_id\" is a deleted workspace's, whose leaked tokens are still known by it. Take another.";
                Self::conflict("external_id_taken", detail)
            }
            Refusal::MailTaken => Self::conflict("mail_taken", "Another person has this mail address."),
            Refusal::OperatorsOnly => {
                let detail = "Only the operator may give a person an \"external_id\" or a \"name\".";
                Self::new(StatusCode::FORBIDDEN, "operators_only", detail)
            }
            Refusal::NotAnAddress => {
                Self::invalid("\"mail\" must be a mail address, such as ana@example.com.")
            }
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
