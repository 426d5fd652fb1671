use std::{fs::File, io::BufReader, path::PathBuf};

use clap::{Args, Subcommand};
use passwords::breaches;
use serde_json::json;

use super::{common::Common, ended::Ended, print};

#[derive(Subcommand)]
pub enum Command {
    /// Make the file of known breaches from a list of SHA-1 digests, as Have I Been Pwned's downloader writes it
    Import(Import),
}

#[derive(Args)]
pub struct Import {
    /// The list: a line each, 40 hexadecimal digits, sorted; what is behind a colon is left alone
    file: PathBuf,
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let Self::Import(Import { file }) = self;
        let settings = common.settings().await?;
        let target = settings.password.breaches_file;
        let list = File::open(&file)
            .map_err(|error| Ended::refused(format!("{} cannot be read: {error}", file.display())))?;
        if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            crate::app::make_private_folder(folder)
                .map_err(|error| Ended::refused(format!("{} cannot be made: {error}", folder.display())))?;
        }
        let imported = breaches::import(BufReader::with_capacity(1 << 20, list), &target)
            .map_err(|fault| Ended::refused(format!("{}: {fault}", file.display())))?;
        let answer =
            json!({"hashes": imported.hashes, "bytes": imported.bytes, "file": target.display().to_string()});
        common.answer(&answer, |_| {
            let (hashes, bytes) = (imported.hashes, imported.bytes);
            print::line(format!("{hashes} hashes are in {} ({bytes} bytes).", target.display()))?;
            print::line("A server uses it from its next start on.")
        })
    }
}
