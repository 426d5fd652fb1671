use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// How long it may take to start and to stop.
const PATIENCE: Duration = Duration::from_mins(1);

/// A real mail server (aiosmtpd) that keeps what it takes.
pub struct MailServer {
    /// Its port on the loopback address.
    pub port: u16,
    child: Child,
    taken: Arc<Mutex<Vec<Value>>>,
    reader: tokio::task::JoinHandle<()>,
}

impl MailServer {
    /// Starts one on this port, or on a free one for 0.
    pub async fn start(port: u16) -> Self {
        Self::start_with(port, &[]).await
    }

    /// The same with more arguments of `server.py`, such as `--login USER:PASSWORD`.
    pub async fn start_with(port: u16, more: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/tests/smtp/server.py");
        let mut child = Command::new(python())
            .arg("-Wignore")
            .arg(script)
            .args(["--port", &port.to_string()])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the mail server starts");
        let mut told = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let first = tokio::time::timeout(PATIENCE, told.next_line()).await.expect("it starts in time");
        let first: Value =
            serde_json::from_str(&first.expect("it can be read").expect("it tells its port")).expect("JSON");
        let port = first["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port");
        let taken = Arc::default();
        let reader = tokio::spawn(keep(told, Arc::clone(&taken)));
        Self { port, child, taken, reader }
    }

    /// A port on which no mail server is, for now: below those that are given out as free ones, so that no other test
    /// gets it meanwhile.
    pub fn port_of_one_that_is_away() -> u16 {
        20_000 + u16::try_from(std::process::id() % 12_000).expect("it is small")
    }

    /// As the setting `mail.smtp_url` names it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// How often it took each mail, by `Message-ID`.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for id in
            self.mails().iter().map(|mail| mail["mail"]["Message-ID"].as_str().expect("an id").to_owned())
        {
            *times.entry(id).or_default() += 1;
        }
        times
    }

    /// Every mail that it took, in their order: `mail` holds its headers, `parts` its texts by type.
    pub fn mails(&self) -> Vec<Value> {
        self.taken.lock().expect("no panic").clone()
    }

    /// Stops it, and answers every mail that it took.
    pub async fn stop(mut self) -> Vec<Value> {
        drop(self.child.stdin.take());
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it stops in time");
        ended.expect("a process can be waited for");
        self.reader.await.expect("its output was read");
        self.taken.lock().expect("no panic").clone()
    }
}

async fn keep(mut told: Lines<BufReader<ChildStdout>>, taken: Arc<Mutex<Vec<Value>>>) {
    while let Ok(Some(line)) = told.next_line().await {
        let line: Value = serde_json::from_str(&line).expect("it tells JSON");
        // It also tells of connections.
        if line.get("mail").is_some() {
            taken.lock().expect("no panic").push(line);
        }
    }
}

/// The Python that `make test` installs the counterparts for.
///
/// # Panics
/// When it has not.
pub fn python() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").into_os_string();
    let tools = PathBuf::from(env::var_os("BAILIWICK_TOOLS").unwrap_or_else(usual));
    let python = tools.join("python/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run scripts/setup-test-tools.sh, as `make test` does",
        python.display()
    );
    python
}
