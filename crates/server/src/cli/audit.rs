//! `bailiwick audit …`

use std::{
    fs::OpenOptions,
    io::{self, BufWriter},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use chain::{Excerpt, ExportReader, Finding, Heads, PublicKey, Report};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{common::Common, ended::Ended, heads, print, values};
use crate::{
    app::{World, open_database},
    audit::{self, ExportFault, Exported},
    ids::WorkspaceId,
};

#[derive(Subcommand)]
pub enum Command {
    /// Check the audit of the database, or an export of it: each thing that does not fit together is told in a sentence.
    ///
    /// Exit status: 0 nothing was found, 1 something was.
    Verify(Verify),
    /// Write a workspace's audit into a file that anybody can check, with `audit verify FILE` and no server.
    ///
    /// It holds the details in plain text.
    Export(Export),
}

/// So many chains are named to people.
const SHOWN: usize = 20;

#[derive(Args)]
pub struct Verify {
    /// A file that `audit export` wrote; without one, the database that the settings name is checked
    #[arg(value_name = "EXPORT")]
    export: Option<PathBuf>,
    /// The heads that were delivered outside, a line each
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// The public key that must have signed the heads; without it, that of the first head is believed
    #[arg(long, value_name = "KEY")]
    key: Vec<PublicKey>,
}

#[derive(Args)]
pub struct Export {
    /// The workspace's id, or `house` for what belongs to none
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// The new file; without one, standard output
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        match self {
            Self::Verify(verify) => verify.run(common).await,
            Self::Export(export) => export.run(common).await,
        }
    }
}

impl Verify {
    async fn run(self, common: &Common) -> Result<(), Ended> {
        let mut known = Heads::trusting(self.key);
        let mut signers = Vec::new();
        if let Some(file) = &self.heads {
            signers = heads::read(file, &mut known)?;
        }
        let report = match &self.export {
            Some(export) => of_export(export, known, &mut signers)?,
            None => of_database(common, known, &mut signers).await?,
        };
        told(common, &report, &signers)
    }
}

fn of_export(path: &Path, heads: Heads, signers: &mut Vec<PublicKey>) -> Result<Report, Ended> {
    let mut reader = ExportReader::new(heads);
    for (at, line) in heads::lines_of(path)?.enumerate() {
        let line = line.map_err(heads::unreadable(path))?;
        if at == 1 {
            heads::note(signers, Excerpt::parse(&line).ok().map(|head| head.key()));
        }
        reader.line(&line);
    }
    Ok(reader.finish())
}

async fn of_database(
    common: &Common,
    mut heads: Heads,
    signers: &mut Vec<PublicKey>,
) -> Result<Report, Ended> {
    let opened = open_database(&common.settings().await?, &World::real()).await?;
    for key in audit::known_heads(&opened.db, &mut heads).await? {
        heads::note(signers, Some(key));
    }
    let report = audit::verify(&opened.db, &opened.vault, heads).await;
    opened.db.close().await;
    Ok(report?)
}

fn told(common: &Common, report: &Report, signers: &[PublicKey]) -> Result<(), Ended> {
    let findings: Vec<String> = report.findings.iter().map(Finding::to_string).collect();
    let unproven: Vec<String> = report.unproven.iter().map(ToString::to_string).collect();
    let signers: Vec<String> = signers.iter().map(PublicKey::to_string).collect();
    let answer = json!({
        "entries": report.entries, "chains": report.chains, "names": report.names, "signed_by": signers,
        "findings": findings, "unproven": unproven,
    });
    common.answer(&answer, |_| {
        print::facts(&[
            ("chains", chains(report)),
            ("entries", report.entries.to_string()),
            ("heads signed by", if signers.is_empty() { "none".to_owned() } else { signers.join(", ") }),
        ])?;
        section("Found:", &findings)?;
        section("Cannot be proven either way:", &unproven)?;
        if findings.is_empty() { print::line("Nothing was found.") } else { Ok(()) }
    })?;
    match findings.len() {
        0 => Ok(()),
        1 => Err(Ended::refused("The audit does not fit together: 1 finding.")),
        many => Err(Ended::refused(format!("The audit does not fit together: {many} findings."))),
    }
}

/// How many, and which. What an export calls its chain is somebody else's text.
fn chains(report: &Report) -> String {
    let shown = report.names.iter().take(SHOWN).map(|name| name.escape_debug().to_string());
    let shown = shown.collect::<Vec<_>>().join(", ");
    match report.names.len() {
        0 => "none".to_owned(),
        1 => shown,
        many if many <= SHOWN => format!("{many}: {shown}"),
        many => format!("{many}: {shown}, and {} more, which --json names", many - SHOWN),
    }
}

fn section(title: &str, sentences: &[String]) -> Result<(), Ended> {
    if sentences.is_empty() {
        return Ok(());
    }
    print::line(title)?;
    sentences.iter().try_for_each(|sentence| print::line(format!("  {sentence}")))
}

impl Export {
    async fn run(self, common: &Common) -> Result<(), Ended> {
        if self.workspace != audit::HOUSE {
            let _: WorkspaceId = values::id(&self.workspace, "workspace")?;
        }
        let opened = open_database(&common.settings().await?, &World::real()).await?;
        let exported = match &self.to {
            None => audit::export(&opened.db, &opened.vault, &self.workspace, &mut io::stdout()).await,
            Some(path) => {
                let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
                let file = file
                    .map_err(|error| Ended::refused(format!("{} cannot be made: {error}", path.display())))?;
                let mut file = BufWriter::new(file);
                let exported = audit::export(&opened.db, &opened.vault, &self.workspace, &mut file).await;
                if !matches!(exported, Ok(Some(_))) {
                    // What is not whole is not left lying about.
                    let _ = std::fs::remove_file(path);
                }
                exported
            }
        };
        opened.db.close().await;
        match (exported, self.to) {
            (Ok(None), _) => Err(Ended::not_found("workspace")),
            // Standard output is the export.
            (Ok(Some(_)), None) => Ok(()),
            (Ok(Some(exported)), Some(path)) => common.answer(&exported, |exported| facts(exported, &path)),
            (Err(ExportFault::Writing(error)), _) => Err(error.into()),
            (Err(ExportFault::Database(fault)), _) => Err(fault.into()),
            (Err(fault @ (ExportFault::Details { .. } | ExportFault::Missing { .. })), _) => {
                Err(Ended::refused(fault.to_string()))
            }
        }
    }
}

fn facts(exported: &Exported, path: &Path) -> Result<(), Ended> {
    print::facts(&[
        ("file", path.display().to_string()),
        ("chain", exported.chain.clone()),
        ("entries", exported.entries.to_string()),
        ("head", exported.head.map_or_else(|| "none names it yet".to_owned(), |head| head.to_string())),
    ])
}
