use std::error::Error as _;

use crate::Refused;

/// Why there is no answer. Never holds a URL, a header or a body, so it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The exchange was not over in time.
    #[error("no answer in time")]
    Timeout,
    /// No connection: an unknown name, a refused port, a certificate that doesn't hold.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The connection was there and broke before the answer was complete.
    #[error("the exchange broke off: {0}")]
    BrokeOff(String),
    /// The answer is longer than the request allows.
    #[error("the answer is too long")]
    TooLong,
    /// The request could not be put together (a URL that is none, a header with a line break): trying again is no use.
    #[error("not a request that can be sent: {0}")]
    Unsendable(String),
    /// The guard does not let it go there.
    #[error(
        "its address {0}{hint}",
        hint = if .0.can_be_opened() { "; outgoing.allowed opens hosts and networks" } else { "" }
    )]
    Refused(#[from] Refused),
    /// The client itself could not be made, for example for want of the system's trusted certificates.
    #[error("no HTTP client: {0}")]
    NoClient(String),
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(refused) = refusal(&error) {
            Self::Refused(refused)
        } else if error.is_timeout() {
            Self::Timeout
        } else if error.is_builder() {
            Self::Unsendable(causes(&error))
        } else if error.is_connect() {
            Self::Unreachable(causes(&error))
        } else {
            Self::BrokeOff(causes(&error))
        }
    }
}

/// The guard's refusal, if that is why a name had no address.
fn refusal(error: &reqwest::Error) -> Option<Refused> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(*refused);
        }
        cause = error.source();
    }
    None
}

/// What lies beneath a reqwest error; its own words ("error sending request") say less than the kind of fault does.
pub(crate) fn causes(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    if causes.is_empty() { error.to_string() } else { causes.join(": ") }
}
