use std::fmt;

use aws_sdk_secretsmanager::{Client, config};
use tokio::sync::OnceCell;
use url::Url;
use zeroize::Zeroizing;

use crate::{Fault, Result, account::account};

/// AWS Secrets Manager, in the region that the environment names. Nothing is asked before the first use.
pub struct Secrets {
    endpoint: Option<Url>,
    client: OnceCell<Client>,
}

impl Secrets {
    /// `endpoint` is where it is reached, if not at its public address.
    pub fn new(endpoint: Option<Url>) -> Self {
        Self { endpoint, client: OnceCell::new() }
    }

    /// The current text of the secret of this name or ARN (Secrets Manager `GetSecretValue`, `SecretString`). One that is
    /// not text is refused.
    pub async fn read(&self, name: &str) -> Result<Zeroizing<String>> {
        let answer = self.client().await?.get_secret_value().secret_id(name).send().await?;
        let text = answer.secret_string.map(Zeroizing::new);
        text.ok_or_else(|| Fault::Refused("the secret is not a text".to_owned()))
    }

    async fn client(&self) -> Result<&Client> {
        let connect = async || {
            let mut builder = config::Builder::from(&account(None).await?);
            builder.set_endpoint_url(self.endpoint.as_ref().map(Url::to_string));
            Ok(Client::from_conf(builder.build()))
        };
        self.client.get_or_try_init(connect).await
    }
}

/// Shows nothing of what was read.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}
