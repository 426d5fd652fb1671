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
            Some(arn) => {
                let same = self.0.iter().find(|key| key.arn() == arn);
                same.or_else(|| self.0.iter().find(|key| is_replica(key.arn(), arn)))
            }
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

/// Whether these are one multi-Region key in two Regions: either opens what the other has wrapped.
fn is_replica(one: &str, other: &str) -> bool {
    let without_region = |arn: &str| -> Option<Vec<String>> {
        let mut parts: Vec<_> = arn.split(':').map(str::to_owned).collect();
        let is_multi_region = parts.len() == 6 && parts[5].starts_with("key/mrk-");
        is_multi_region.then(|| {
            parts.remove(3);
            parts
        })
    };
    without_region(one).is_some_and(|one| without_region(other) == Some(one))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_two_regions_is_one_key() {
        let arn =
            |region: &str, account: &str, key: &str| format!("arn:aws:kms:{region}:{account}:key/{key}");
        let here = arn("eu-central-1", "111122223333", "mrk-12ab");
        assert!(is_replica(&here, &arn("eu-west-1", "111122223333", "mrk-12ab")));
        for other in [
            arn("eu-west-1", "111122223333", "mrk-34cd"),
            arn("eu-west-1", "444455556666", "mrk-12ab"),
            arn("eu-west-1", "111122223333", "12ab"),
        ] {
            assert!(!is_replica(&here, &other), "{other}");
        }
        let single = |region| arn(region, "111122223333", "12ab");
        assert!(!is_replica(&single("eu-central-1"), &single("eu-west-1")), "each Region's own");
    }
}
