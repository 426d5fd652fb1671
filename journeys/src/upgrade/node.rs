use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdout, Command},
};

use crate::Walk;

/// A binary, and the settings that all nodes share.
pub struct Version {
    program: PathBuf,
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Version {
    pub async fn new(program: PathBuf, folder: &Path, database: &str, keys: &str) -> Walk<Self> {
        let variables = [
            ("DATA_DIR", folder.join("data").display().to_string()),
            ("DATABASE__URL", database.to_owned()),
            ("EXPOSURE__GITHUB_KEYS_URL", keys.to_owned()),
            ("LOG__LEVEL", "error".to_owned()),
            ("SERVER__LISTEN", "127.0.0.1:0".to_owned()),
            ("SERVER__PUBLIC_URL", "https://console.vendor.example".to_owned()),
        ];
        let version = Self { program, folder: folder.to_owned(), variables: variables.into() };
        version.opened_to_the_partner().await
    }

    /// The partner is played on this machine, which has to be opened; to a version that knows of no such setting it would
    /// be a mistyped one.
    async fn opened_to_the_partner(mut self) -> Walk<Self> {
        let opened = ("OUTGOING__ALLOWED", "127.0.0.1".to_owned());
        self.variables.push(opened);
        let look = self.command(&["patterns", "--for", "regex"]).output().await;
        if !look.map_err(|error| error.to_string())?.status.success() {
            self.variables.pop();
        }
        Ok(self)
    }

    /// Where mails become files.
    pub fn mails(&self) -> PathBuf {
        self.folder.join("data/mail")
    }

    /// An operator key that may do what a gateway and a product's own server do.
    pub async fn operator_key(&self) -> Walk<String> {
        let args = ["operator-key", "create", "--name", "gateway", "--scopes", "verify,manage"];
        let output =
            self.command(&args).stderr(Stdio::inherit()).output().await.map_err(|error| error.to_string())?;
        let made: Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("no key: {error}"))?;
        made["secret"].as_str().map(str::to_owned).ok_or_else(|| format!("no secret in {made}"))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        // Nothing of ours may be an unknown setting to the version before.
        command.args(args).current_dir(&self.folder).env_clear().kill_on_drop(true);
        command.envs(self.variables.iter().map(|(name, value)| (format!("BAILIWICK_{name}"), value)));
        command
    }
}

/// A running server.
pub struct Node {
    /// Where it listens.
    pub url: String,
    child: Child,
    // It stays open, or the server would write into a closed pipe.
    _output: BufReader<ChildStdout>,
}

impl Node {
    /// Starts it and waits for its first line.
    pub async fn start(version: &Version) -> Walk<Self> {
        let program = version.program.display();
        let spawned = version.command(&["serve"]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| format!("{program} does not start: {error}"))?;
        let mut output = BufReader::new(child.stdout.take().ok_or("it has no output")?);
        let mut line = String::new();
        output.read_line(&mut line).await.map_err(|error| error.to_string())?;
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .ok_or_else(|| format!("{program} does not listen: {line}"))?;
        Ok(Self { url: url.to_owned(), child, _output: output })
    }

    /// Asks it to end, as a service manager does, and waits until it has; it must say that all went well.
    pub async fn stop(mut self) -> Walk<()> {
        let id = self.child.id().ok_or("it has ended by itself")?;
        let asked = Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status().await;
        asked.map_err(|error| error.to_string())?;
        let status = self.child.wait().await.map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("a node ended with {status}")) }
    }
}
