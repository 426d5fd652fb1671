//! `bailiwick report …`: the partner's part, against any server.

mod keys;
mod send;

use clap::{Subcommand, ValueEnum};

use super::{common::Common, ended::Ended};
use crate::exposure::Partner;

#[derive(Subcommand)]
pub enum Command {
    /// Sign a report of a leaked token as GitHub or GitLab does, send it, and print what came back.
    Send(send::Send),
    /// Print what a keys endpoint answers that lists this key, as JSON; or be that endpoint.
    ///
    /// The server under test believes reports signed with the key once its setting `exposure.github_keys_url` or
    /// `exposure.gitlab_keys_url` names an address that answers this.
    Keys(keys::Keys),
}

/// Whose part is done.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum As {
    Github,
    Gitlab,
}

impl From<As> for Partner {
    fn from(name: As) -> Self {
        match name {
            As::Github => Self::Github,
            As::Gitlab => Self::Gitlab,
        }
    }
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        match self {
            Self::Send(send) => send.run(common).await,
            Self::Keys(keys) => keys.run().await,
        }
    }
}
