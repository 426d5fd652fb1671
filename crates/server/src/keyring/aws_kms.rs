//! The root, wrapped by a key of AWS KMS.

use cloud::{Fault, Kms};
use seal::{Answer, KeyService, Root};
use zeroize::Zeroizing;

use crate::{app::StartFault, config::AwsSettings};

/// A key of AWS KMS that wraps roots. What it wrapped it unwraps only for the same purpose, which the request names.
pub struct AwsKms(Kms);

/// The encryption context: it stands in the cloud's own log of each call, and a text that was wrapped for something else does
/// not open as a root.
const CONTEXT: &[(&str, &str)] = &[("purpose", "bailiwick root key")];

impl AwsKms {
    /// The key of this ARN. It is asked when there is something to wrap or to unwrap.
    pub fn new(arn: &str, settings: &AwsSettings) -> Result<Self, StartFault> {
        let kms = Kms::new(arn, settings.endpoint.clone());
        kms.map(Self).map_err(|fault| StartFault::other(format!("keyring.root: {fault}")))
    }
}

impl KeyService for AwsKms {
    fn wrap<'a>(&'a self, root: &'a Root) -> Answer<'a, Vec<u8>> {
        Box::pin(async { self.0.wrap(root.expose(), CONTEXT).await.map_err(fault) })
    }

    fn unwrap<'a>(&'a self, wrapped: &'a [u8]) -> Answer<'a, Root> {
        Box::pin(async {
            let bytes = self.0.unwrap(wrapped, CONTEXT).await.map_err(fault)?;
            let bytes = bytes.as_slice().try_into().map(Zeroizing::new);
            bytes
                .map(Root::of_bytes)
                .map_err(|_| seal::Fault::Service("what it unwrapped is no root key".to_owned()))
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "stands in `map_err`")]
fn fault(fault: Fault) -> seal::Fault {
    match fault {
        Fault::Away(_) => seal::Fault::Away(fault.to_string()),
        Fault::Refused(_) | Fault::Misconfigured(_) => seal::Fault::Service(fault.to_string()),
    }
}
