use std::error::Error;

use aws_sdk_kms::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

/// Why AWS did not do what it was asked. Holds a code or a cause, and nothing of what was sent or received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Out of reach, busy or out of order: it is worth trying again.
    #[error("AWS is out of reach: {0}")]
    Away(String),
    /// It answered, and will not: another key, context or ciphertext than it was, no such thing, no permission.
    #[error("AWS refused: {0}")]
    Refused(String),
    /// It cannot be asked as things are set up: no credentials or bad ones, no region.
    #[error("AWS cannot be asked: {0}")]
    Misconfigured(String),
}

/// Codes that say that the service is busy or out of order, whatever their status.
const AWAY: [&str; 7] = [
    "DependencyTimeoutException",
    "InternalServiceError",
    "KMSInternalException",
    "KeyUnavailableException",
    "LimitExceededException",
    "ThrottlingException",
    "RequestTimeoutException",
];
/// Codes that say that it does not know us.
const MISCONFIGURED: [&str; 10] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

impl<E: ProvideErrorMetadata + Error + 'static> From<SdkError<E, HttpResponse>> for Fault {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            SdkError::TimeoutError(_) => Self::Away("no answer in time".to_owned()),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                Self::Away("no answer in time".to_owned())
            }
            SdkError::DispatchFailure(failure) if failure.is_io() => Self::Away(root_of(&error)),
            SdkError::ResponseError(_) => Self::Away("its answer could not be read".to_owned()),
            SdkError::ServiceError(answer) => {
                of_answer(answer.raw().status().as_u16(), answer.err().code().unwrap_or("no code"))
            }
            // Before anything was sent: no credentials were to be had.
            _ => Self::Misconfigured(root_of(&error)),
        }
    }
}

fn of_answer(status: u16, code: &str) -> Fault {
    // A code is a word. What is none is somebody else's answer, of which nothing is repeated.
    let is_word = code.len() <= 60 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let told = if is_word { format!("{code} ({status})") } else { format!("status {status}") };
    if AWAY.contains(&code) || status >= 500 || status == 429 {
        Fault::Away(told)
    } else if MISCONFIGURED.contains(&code) {
        Fault::Misconfigured(told)
    } else {
        Fault::Refused(told)
    }
}

/// The cause beneath all others, which says the most: "Connection refused", "invalid peer certificate".
fn root_of(error: &dyn Error) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worth_trying_again_is_told_from_what_is_not() {
        for (status, code) in
            [(500, "no code"), (503, "ServiceUnavailable"), (400, "ThrottlingException"), (429, "x")]
        {
            assert!(matches!(of_answer(status, code), Fault::Away(_)), "{status} {code}");
        }
        for code in ["InvalidCiphertextException", "AccessDeniedException", "ResourceNotFoundException"] {
            assert_eq!(of_answer(400, code), Fault::Refused(format!("{code} (400)")));
        }
        assert!(matches!(of_answer(400, "UnrecognizedClientException"), Fault::Misconfigured(_)));
    }

    #[test]
    fn what_is_no_code_is_not_repeated() {
        assert_eq!(of_answer(400, "hush: a body"), Fault::Refused("status 400".to_owned()));
    }
}
