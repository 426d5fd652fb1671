//! `bailiwick backup …`

use std::path::{Path, PathBuf};

use chain::{Finding, Heads, PublicKey, SignedHead, Verification};
use clap::{Args, Subcommand};
use time_and_chance::{Clock as _, SystemClock};

use super::{common::Common, ended::Ended, heads, print};
use crate::backup::{self, Backup, Outside, Restored};

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
    /// The heads that were delivered outside: what they name as shredded is shredded in what is restored, and its heads follow them
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// The public key that must have signed the heads; without it, that of the first head is believed
    #[arg(long, value_name = "KEY", requires = "heads")]
    key: Vec<PublicKey>,
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let settings = common.settings().await?;
        match self {
            Self::Create(Create { to }) => {
                common.answer(&backup::create(&settings, &to).await?, told_of_backup)
            }
            Self::Restore(Restore { from, heads, key }) => {
                let outside = heads.map_or_else(|| Ok(Outside::default()), |heads| outside(&heads, key))?;
                let restored = backup::restore_after(&settings, SystemClock.now(), &from, &outside).await?;
                common.answer(&restored, told_of_restored)
            }
        }
    }
}

/// The heads in a file, if all of them are what they say.
fn outside(path: &Path, keys: Vec<PublicKey>) -> Result<Outside, Ended> {
    let mut known = Heads::trusting(keys);
    heads::read(path, &mut known)?;
    let shredded = known.shredded().map(str::to_owned).collect();
    // Whether this database fits to them is another question, which `audit verify` answers.
    let stop = |found: &Finding| {
        matches!(
            found,
            Finding::NoHead { .. } | Finding::HeadForged { .. } | Finding::HeadOfAnotherKey { .. }
        )
    };
    match Verification::against(known).finish_some().findings.iter().find(|found| stop(found)) {
        Some(found) => Err(Ended::refused(format!("{found} Nothing was restored."))),
        None => Ok(Outside { shredded, heads: heads_in(path)? }),
    }
}

fn heads_in(path: &Path) -> Result<Vec<SignedHead>, Ended> {
    let lines = heads::lines_of(path)?.map(|line| line.map_err(heads::unreadable(path)));
    let heads = lines.filter_map(|line| line.map(|line| SignedHead::parse(&line).ok()).transpose());
    heads.collect()
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
        ("workspaces deleted again", restored.deleted_again.to_string()),
        (
            "heads go on from",
            restored.head.map_or_else(|| "none was given".to_owned(), |head| head.to_string()),
        ),
    ])?;
    if !restored.left_alone.is_empty() {
        print::line(format!(
            "The heads name as shredded what nobody can have deleted: {}. It was left alone. Somebody has written that into the \
             database which signed them: look at it with `bailiwick audit verify`.",
            restored.left_alone.join(", ")
        ))?;
    }
    if !restored.known_again.is_empty() {
        print::line(format!(
            "The heads name people as shredded whom a workspace that goes on knows: {}. They had been merged into another since the \
             backup, and are two people again until the product reports them again.",
            restored.known_again.join(", ")
        ))?;
    }
    print::line(
        "Tokens that were revoked after the last change are live again, and what was made since is gone: \
         docs/OPERATING.md says what to do before the gateway asks this server. Everybody is signed out, and no link or invitation \
         from before holds any more.",
    )
}
