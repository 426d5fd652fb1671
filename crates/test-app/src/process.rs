use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::eventually;

/// How long the program may take to begin to listen.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program itself, as a process of its own.
pub struct Process {
    /// Where it listens.
    pub url: String,
    child: Child,
    told: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Process {
    /// Starts `bailiwick serve` with these environment variables alone, and waits until it listens. What it logs goes to
    /// `server.log` in the folder.
    pub async fn serve(program: &Path, folder: &Path, environment: &[(String, String)]) -> Self {
        let log = folder.join("server.log");
        let written = OpenOptions::new().create(true).append(true).open(&log).expect("a log");
        let mut child = Command::new(program)
            .arg("serve")
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(written)
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut told = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let first = tokio::time::timeout(PATIENCE, told.next_line()).await.expect("it listens in time");
        let first = first.expect("its output can be read").expect("it listens, and says where");
        let url =
            first.strip_prefix("listening on ").unwrap_or_else(|| panic!("another first line: {first}"));
        Self { url: url.to_owned(), child, told, log }
    }

    /// How it ended, if it ends by itself within this time.
    pub async fn ends_within(&mut self, most: Duration) -> Option<ExitStatus> {
        let ended = tokio::time::timeout(most, self.child.wait()).await.ok()?;
        Some(ended.expect("a process can be waited for"))
    }

    /// SIGKILL: it gets no chance to finish anything.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a process can be killed");
    }

    /// SIGTERM, and its end.
    pub async fn stop(mut self) -> ExitStatus {
        self.signal("-TERM").await;
        self.ends_within(PATIENCE).await.expect("it stops in time")
    }

    /// The same, and what it had to say on standard output after where it listens.
    pub async fn stop_and_listen(mut self) -> (ExitStatus, String) {
        self.signal("-TERM").await;
        let mut said = String::new();
        while let Some(line) = self.told.next_line().await.expect("its output can be read") {
            said.push_str(&line);
        }
        (self.ends_within(PATIENCE).await.expect("it stops in time"), said)
    }

    /// SIGHUP, and everything that it has logged since, once a line has this text.
    pub async fn hang_up_until(&self, text: &str) -> String {
        let before = self.log().len();
        self.signal("-HUP").await;
        let since = || self.log()[before..].to_owned();
        eventually(PATIENCE, text, async || since().contains(text)).await;
        since()
    }

    /// Everything that it has logged, and those before it in this folder.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    async fn signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let told = Command::new("kill").args([signal, &id]).status().await.expect("there is kill");
        assert!(told.success(), "it could not be told");
    }
}
