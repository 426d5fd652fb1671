use clap::{Args, Subcommand};

use super::{common::Common, ended::Ended, shown_once};
use crate::{permissions::Scope, tokens};

#[derive(Subcommand)]
pub enum Command {
    /// Make an operator key and print it as JSON, with its secret: the one time it is shown.
    Create(Create),
}

#[derive(Args)]
pub struct Create {
    /// What it is for, such as gateway-1
    #[arg(long)]
    name: String,
    /// What it may be used for: verify (ask for verdicts), manage (act for workspaces), portal (make links into the
    /// console), security (revoke many in an incident)
    #[arg(long, value_delimiter = ',', default_value = "verify,manage", value_name = "SCOPES")]
    scopes: Vec<Scope>,
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let Self::Create(Create { name, scopes }) = self;
        let app = common.app().await?;
        let (key, secret) = tokens::create_operator_key(&app, &name, &scopes).await?;
        shown_once::new_token(&app, key, &secret).await
    }
}
