use std::fmt;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::{Fault, Result, account::account};

/// Who we are, for whoever signs by themselves. Nothing is looked for before the first use.
pub struct Identity {
    region: String,
    account: OnceCell<SdkConfig>,
}

/// What is signed with. What comes of a role is good for some hours at most: it is asked for anew each time.
pub struct Credentials {
    /// The id of the access key.
    pub id: String,
    /// Its secret.
    pub secret: Zeroizing<String>,
    /// What goes with them if they are a role's.
    pub token: Option<Zeroizing<String>>,
}

impl Identity {
    /// In this region.
    pub fn new(region: &str) -> Self {
        Self { region: region.to_owned(), account: OnceCell::new() }
    }

    /// What is good at this moment.
    pub async fn credentials(&self) -> Result<Credentials> {
        let account = self.account.get_or_try_init(|| account(Some(&self.region))).await?;
        let provider = account.credentials_provider();
        let provider = provider.ok_or_else(|| Fault::Misconfigured("no credentials".to_owned()))?;
        let found = provider.provide_credentials().await;
        // What it says may have something of what was found in it.
        let found = found.map_err(|_| Fault::Misconfigured("no credentials are to be had".to_owned()))?;
        Ok(Credentials {
            id: found.access_key_id().to_owned(),
            secret: Zeroizing::new(found.secret_access_key().to_owned()),
            token: found.session_token().map(|token| Zeroizing::new(token.to_owned())),
        })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.region)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}
