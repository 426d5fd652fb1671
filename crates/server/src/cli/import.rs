//! `bailiwick token import`

use std::path::PathBuf;

use clap::Args;

use super::{common::Common, ended::Ended, print};
use crate::{
    app::{App, StartFault, World, open_database_for_bulk},
    config::Settings,
    permissions::Authority,
    tokens::{self, Algorithm, Encoding, ImportFault, Imported, Source, Unsaid},
};

/// What `bailiwick token import` takes. A line of the file wins over what is said here.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A CSV file with a line of column names, or one JSON object a line; - for standard input
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// The workspace of lines that name none: its id, or external: and its id in the product
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// What made the digests: sha1, sha256, sha384 or sha512
    #[arg(long, value_name = "NAME")]
    algorithm: Option<Algorithm>,
    /// How the digests are written: hex, base64 or base64url
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,
    /// Whether the prefix and its underscore were hashed along with the rest
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    prefix_hashed: Option<bool>,
}

/// The app that an import is done with: on a database that is opened for it.
async fn open(settings: Settings) -> Result<App, StartFault> {
    let world = World::real();
    let opened = open_database_for_bulk(&settings, &world).await?;
    let public_url = settings.public_url(settings.server.listen);
    App::new(settings, public_url, opened, world).await
}

impl ImportArgs {
    /// Imports, and prints what came of it.
    pub async fn print(self, common: &Common) -> Result<(), Ended> {
        let app = open(common.settings().await?).await?;
        let imported = run(&app, self).await.map_err(|fault| Ended::refused(fault.to_string()))?;
        common.answer(&imported, |imported| print::line(format!("{imported}.")))
    }
}

async fn run(app: &App, args: ImportArgs) -> Result<Imported, ImportFault> {
    let ImportArgs { file, workspace, algorithm, encoding, prefix_hashed } = args;
    let source = if file.as_os_str() == "-" { Source::Stdin } else { Source::Path(file) };
    let unsaid = Unsaid { workspace, algorithm, encoding, prefix_hashed };
    tokens::import(app, &Authority::on_this_machine(), source, unsaid).await
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        import: ImportArgs,
    }

    fn read(line: &str) -> Result<ImportArgs, clap::Error> {
        Cli::try_parse_from(std::iter::once("import").chain(line.split(' '))).map(|cli| cli.import)
    }

    #[test]
    fn a_file_is_enough_and_everything_else_can_be_said() {
        assert!(read("tokens.csv").is_ok());
        let all = "- --workspace ws --algorithm sha512 --encoding base64url --prefix-hashed false";
        let args = read(all).unwrap();
        assert_eq!((args.file.to_str(), args.prefix_hashed), (Some("-"), Some(false)));
        for wrong in
            ["a b", "a --algorithm md5", "a --encoding base32", "a --prefix-hashed", "a --prefix-hashed yes"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
