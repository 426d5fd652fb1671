//! `bailiwick token …`

mod create;
mod verify;

use clap::Subcommand;

use super::{common::Common, ended::Ended};

#[derive(Subcommand)]
pub enum Command {
    /// Make a token and print it as JSON, with its secret: the one time it is shown.
    Create(create::Create),
    /// Say what a token is good for at this moment: VALID, NOT_FOUND, MALFORMED, EXPIRED, REVOKED or DISABLED.
    Verify(verify::Verify),
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        match self {
            Self::Create(create) => create.run(common).await,
            Self::Verify(verify) => verify.run(common).await,
        }
    }
}
