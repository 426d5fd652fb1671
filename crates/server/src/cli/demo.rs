use std::path::PathBuf;

use clap::Args;

use super::ended::Ended;

#[derive(Args)]
pub struct Demo {
    /// End after the last step: with 0 only if every step held
    #[arg(long)]
    once: bool,
    /// Where database, mails and settings go, and stay; a temporary folder, if not said
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Demo {
    pub async fn run(self) -> Result<(), Ended> {
        crate::demo::Demo { once: self.once, data: self.data }.run().await
    }
}
