use std::fmt;

use aws_sdk_kms::{Client, config, primitives::Blob};
use tokio::sync::OnceCell;
use url::Url;
use zeroize::Zeroizing;

use crate::{Fault, Result, account::account};

/// A key of AWS KMS, which wraps and unwraps short secrets and never leaves AWS. Nothing is asked before the first use.
pub struct Kms {
    arn: String,
    region: String,
    endpoint: Option<Url>,
    client: OnceCell<Client>,
}

impl Kms {
    /// The key of this ARN, such as `arn:aws:kms:eu-central-1:111122223333:key/…`, in the region that it names.
    ///
    /// An alias is refused: it can be pointed at another key, which then opens nothing. `endpoint` is where KMS is
    /// reached, if not at its public address.
    pub fn new(arn: &str, endpoint: Option<Url>) -> Result<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let region = match parts[..] {
            ["arn", partition, "kms", region, account, key]
                if key.strip_prefix("key/").is_some_and(is_word)
                    && [partition, region, account].into_iter().all(is_word) =>
            {
                region.to_owned()
            }
            _ => return Err(Fault::Misconfigured(NO_ARN.to_owned())),
        };
        Ok(Self { arn: arn.to_owned(), region, endpoint, client: OnceCell::new() })
    }

    /// The ARN, by which the key is told from others.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Wraps a secret of at most 4,096 bytes (KMS `Encrypt`). It is unwrapped only with the same `context`, names and
    /// values, which AWS writes into its log: no secrets there.
    pub async fn wrap(&self, secret: &[u8], context: &[(&str, &str)]) -> Result<Vec<u8>> {
        let mut asking = self.client().await?.encrypt().key_id(&self.arn).plaintext(Blob::new(secret));
        for (name, value) in context {
            asking = asking.encryption_context(*name, *value);
        }
        let wrapped = asking.send().await?.ciphertext_blob;
        wrapped.map(Blob::into_inner).ok_or_else(nothing_in_it)
    }

    /// Unwraps what this key has wrapped with this context (KMS `Decrypt`). What another key wrapped is refused, although
    /// AWS would find that key by itself.
    pub async fn unwrap(&self, wrapped: &[u8], context: &[(&str, &str)]) -> Result<Zeroizing<Vec<u8>>> {
        let mut asking = self.client().await?.decrypt().key_id(&self.arn).ciphertext_blob(Blob::new(wrapped));
        for (name, value) in context {
            asking = asking.encryption_context(*name, *value);
        }
        let secret = asking.send().await?.plaintext;
        secret.map(|secret| Zeroizing::new(secret.into_inner())).ok_or_else(nothing_in_it)
    }

    async fn client(&self) -> Result<&Client> {
        let connect = async || {
            let mut builder = config::Builder::from(&account(Some(&self.region)).await?);
            builder.set_endpoint_url(self.endpoint.as_ref().map(Url::to_string));
            Ok(Client::from_conf(builder.build()))
        };
        self.client.get_or_try_init(connect).await
    }
}

const NO_ARN: &str = "a key is named by its ARN, such as arn:aws:kms:REGION:ACCOUNT:key/ID";

fn is_word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn nothing_in_it() -> Fault {
    Fault::Away("its answer has nothing in it".to_owned())
}

/// Shows which key it is.
impl fmt::Debug for Kms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kms({})", self.arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_arn_alone() {
        let kms = Kms::new("arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-12ab", None).unwrap();
        assert_eq!((kms.region.as_str(), kms.arn()), ("cn-north-1", kms.arn.as_str()));
        for arn in [
            "",
            "12ab",
            "arn:aws:kms:eu-central-1:111122223333:alias/bailiwick",
            "arn:aws:kms:eu-central-1:111122223333:key/",
            "arn:aws:kms::111122223333:key/12ab",
            "arn:aws:s3:eu-central-1:111122223333:key/12ab",
            "arn:aws:kms:eu-central-1:111122223333:key/12ab:more",
        ] {
            assert!(matches!(Kms::new(arn, None), Err(Fault::Misconfigured(_))), "{arn}");
        }
    }
}
