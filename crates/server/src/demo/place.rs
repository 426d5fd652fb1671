use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use outgoing::Client;
use tempfile::TempDir;

use super::world::World;
use crate::{
    app::{self, App, make_private_folder},
    config::Settings,
    partner::{self, Signer},
    serve::Server,
};

/// Where the demo happens.
pub struct Place {
    /// The folder of everything.
    pub folder: PathBuf,
    /// Where the server listens.
    pub address: SocketAddr,
    /// The app that is served.
    pub app: App,
    /// What lies outside of it.
    pub world: World,
    /// The partner's key pair.
    pub signer: Signer,
    /// For the gateway's and the partner's requests.
    pub client: Client,
    /// Removes the folder at the end, unless it was named.
    _removed: Option<TempDir>,
}

impl Place {
    /// Makes the folder, the world outside, and a server that listens.
    pub async fn make(data: Option<PathBuf>) -> Result<(Self, Server), String> {
        let (folder, removed) =
            folder(data).map_err(|error| format!("The demo cannot use this folder: {error}."))?;
        let signer = partner::open_or_make(&key_file(&folder)).map_err(|fault| fault.to_string())?;
        let world = World::begin(&signer).await.map_err(|error| format!("No free port: {error}."))?;
        let settings = settings(&folder, &world.url)?;
        let client = Client::new("bailiwick-demo", settings.guard()).map_err(|fault| fault.to_string())?;
        let server = Server::bind(settings, app::World::real()).await.map_err(|fault| fault.to_string())?;
        let (app, address) = (server.app().clone(), server.address());
        Ok((Self { folder, address, app, world, signer, client, _removed: removed }, server))
    }

    /// The folder that takes the mails.
    pub fn mails(&self) -> PathBuf {
        self.folder.join("mail")
    }

    /// The settings, for commands beside the demo.
    pub fn settings_file(&self) -> PathBuf {
        settings_file(&self.folder)
    }

    /// The partner's private key, for reports beside the demo.
    pub fn key_file(&self) -> PathBuf {
        key_file(&self.folder)
    }
}

fn folder(data: Option<PathBuf>) -> std::io::Result<(PathBuf, Option<TempDir>)> {
    if let Some(folder) = data {
        if folder.join("bailiwick.db").exists() && !settings_file(&folder).exists() {
            let why = "it holds a database that is no demo's; name another folder";
            return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, why));
        }
        make_private_folder(&folder)?;
        // The settings are read from other working directories too.
        return Ok((fs::canonicalize(folder)?, None));
    }
    let temporary = tempfile::Builder::new().prefix("bailiwick-demo-").tempdir()?;
    Ok((temporary.path().to_owned(), Some(temporary)))
}

/// Not `bailiwick.toml`, which may be somebody's own.
fn settings_file(folder: &Path) -> PathBuf {
    folder.join("demo.toml")
}

fn key_file(folder: &Path) -> PathBuf {
    folder.join("demo-partner.pem")
}

/// Settings of the demo's own: neither the environment nor a file in the working directory has a say, so that it never
/// touches a database that is in use.
fn settings(folder: &Path, world: &str) -> Result<Settings, String> {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let text = format!(
        "# Written anew by every demo.\n\
         data_dir = {}\n\
         server.listen = \"127.0.0.1:0\"\n\
         exposure.github_keys_url = {}\n\
         mail.from = \"Bailiwick <no-reply@vendor.example>\"\n\
         operator.mail = \"operator@vendor.example\"\n\
         track.endpoint = {}\n\
         track.write_key = \"demo\"\n\
         # The partner and the receiver of events are played on this machine.\n\
         outgoing.allowed = [\"127.0.0.1\"]\n",
        quoted(&folder.display().to_string()),
        quoted(&format!("{world}/keys")),
        quoted(world),
    );
    let file = settings_file(folder);
    fs::write(&file, text).map_err(|error| format!("{} cannot be written: {error}.", file.display()))?;
    Settings::load(Some(&file), std::iter::empty()).map_err(|fault| fault.to_string())
}
