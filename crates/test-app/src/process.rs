use std::{
    fs::OpenOptions,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// How long the program may take to begin to listen.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program itself, as a process of its own.
pub struct Process {
    /// Where it listens.
    pub url: String,
    child: Child,
}

impl Process {
    /// Starts `bailiwick serve` with these environment variables alone, and waits until it listens. What it logs goes to
    /// `server.log` in the folder.
    pub async fn serve(program: &Path, folder: &Path, environment: &[(String, String)]) -> Self {
        let log =
            OpenOptions::new().create(true).append(true).open(folder.join("server.log")).expect("a log");
        let mut child = Command::new(program)
            .arg("serve")
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut told = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let first = tokio::time::timeout(PATIENCE, told.next_line()).await.expect("it listens in time");
        let first = first.expect("its output can be read").expect("it listens, and says where");
        let url =
            first.strip_prefix("listening on ").unwrap_or_else(|| panic!("another first line: {first}"));
        Self { url: url.to_owned(), child }
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
        let id = self.child.id().expect("it runs").to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await.expect("there is kill");
        assert!(told.success(), "it could not be told to stop");
        self.ends_within(PATIENCE).await.expect("it stops in time")
    }
}
