//! The root, wrapped by a key of AWS KMS.

use std::fmt;

use cloud::{Fault, Kms};
use seal::{Answer, KeyService, Root};
use zeroize::Zeroizing;

use crate::{app::StartFault, config::AwsSettings};

/// Keys of AWS KMS, newest first: the first wraps roots. What one of them wrapped it unwraps only for the same purpose, which
/// the request names.
pub struct AwsKms(Vec<Kms>);

/// The encryption context: it stands in the cloud's own log of each call, and a text that was wrapped for something else does
/// not open as a root.
const CONTEXT: &[(&str, &str)] = &[("purpose", "bailiwick root key")];

impl AwsKms {
    /// The keys of these ARNs, at least one. They are asked when there is something to wrap or to unwrap.
    pub fn new(arns: &[String], settings: &AwsSettings) -> Result<Self, StartFault> {
        let keys = arns.iter().map(|arn| Kms::new(arn, settings.endpoint.clone()));
        let keys = keys.collect::<cloud::Result<_>>();
        keys.map(Self).map_err(|fault| StartFault::other(format!("keyring.root: {fault}")))
    }

    fn newest(&self) -> &Kms {
        self.0.first().expect("at least one is named")
    }

    fn named(&self, arn: Option<&str>) -> Result<&Kms, seal::Fault> {
        let found = match arn {
            Some(arn) => self.0.iter().find(|key| key.arn() == arn),
            None => self.0.last(),
        };
        found.ok_or_else(|| {
            seal::Fault::Service(format!(
                "it was wrapped by {}, which keyring.root does not name: put that after the present key, with a comma between them",
                arn.unwrap_or_default()
            ))
        })
    }
}

impl KeyService for AwsKms {
    fn key(&self) -> &str {
        self.newest().arn()
    }

    fn wrap<'a>(&'a self, root: &'a Root) -> Answer<'a, Vec<u8>> {
        Box::pin(async { self.newest().wrap(root.expose(), CONTEXT).await.map_err(fault) })
    }

    fn unwrap<'a>(&'a self, wrapped: &'a [u8], by: Option<&'a str>) -> Answer<'a, Root> {
        Box::pin(async move {
            let bytes = self.named(by)?.unwrap(wrapped, CONTEXT).await.map_err(fault)?;
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

/// As the setting names them.
impl fmt::Debug for AwsKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arns: Vec<_> = self.0.iter().map(Kms::arn).collect();
        write!(f, "aws-kms:{}", arns.join(","))
    }
}
