//! `bailiwick backup …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use time_and_chance::{Clock as _, SystemClock};

use super::{common::Common, ended::Ended, print};
use crate::backup::{self, Backup, Restored};

#[derive(Subcommand)]
pub enum Command {
    /// Copy all of the database, as it is at one moment, into a new file; a running server goes on meanwhile.
    ///
    /// On PostgreSQL its own dump program does it, and must be installed. Mails that were written to files are not in it.
    Create(Create),
    /// Restore a copy into an empty place: an SQLite file that isn't there, a PostgreSQL database without tables.
    ///
    /// What was done after the copy is not in it: a token that was revoked since is live again.
    Restore(Restore),
}

#[derive(Args)]
pub struct Create {
    /// The new file
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Args)]
pub struct Restore {
    /// The file that `backup create` made
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let settings = common.settings().await?;
        match self {
            Self::Create(Create { to }) => {
                common.answer(&backup::create(&settings, &to).await?, told_of_backup)
            }
            Self::Restore(Restore { from }) => {
                let restored = backup::restore(&settings, SystemClock.now(), &from).await?;
                common.answer(&restored, told_of_restored)
            }
        }
    }
}

fn told_of_backup(backup: &Backup) -> Result<(), Ended> {
    print::facts(&[
        ("file", backup.file.display().to_string()),
        ("bytes", backup.bytes.to_string()),
        ("engine", backup.engine.to_owned()),
        ("schema", backup.schema.to_string()),
    ])
}

fn told_of_restored(restored: &Restored) -> Result<(), Ended> {
    let last_change = restored.last_change.map_or_else(|| "none".to_owned(), |at| at.to_string());
    print::facts(&[
        ("engine", restored.engine.to_owned()),
        ("schema", restored.schema.to_string()),
        ("last change", last_change),
        ("jobs waiting", restored.jobs.to_string()),
    ])?;
    print::line(
        "Tokens that were revoked after the last change are live again, and what was made since is gone: \
         docs/OPERATING.md says what to do before the gateway asks this server.",
    )
}
