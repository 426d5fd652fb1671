use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::certificates::Certified;

/// A running mail server.
pub struct Server {
    child: Child,
    told: Lines<BufReader<ChildStdout>>,
    pub port: u16,
}

impl Server {
    /// Starts one with these arguments of `server.py`, and waits until it listens.
    pub async fn start(arguments: &[&str]) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(python())
            .arg("-Wignore")
            .arg(here.join("tests/smtp/server.py"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the mail server starts");
        let told = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut server = Self { child, told, port: 0 };
        let first = server.next().await.expect("it tells its port");
        server.port = first["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port");
        server
    }

    /// Starts one with a certificate.
    pub async fn with_tls(kind: &str, certified: &Certified, more: &[&str]) -> Self {
        let certificate = certified.certificate.to_str().expect("a plain path");
        let key = certified.key.to_str().expect("a plain path");
        let tls = ["--tls", kind, "--certificate", certificate, "--key", key];
        Self::start(&[&tls, more].concat()).await
    }

    /// Stops it, and answers everything that it had to tell.
    pub async fn stop(mut self) -> Told {
        drop(self.child.stdin.take());
        let mut told = Told::default();
        while let Some(line) = self.next().await {
            match line.get("mail") {
                Some(_) => told.mails.push(line),
                None => told.connections += 1,
            }
        }
        self.child.wait().await.expect("it ends");
        told
    }

    async fn next(&mut self) -> Option<Value> {
        let line = tokio::time::timeout(Duration::from_secs(30), self.told.next_line()).await;
        let line = line.expect("the mail server tells in time").expect("what it tells can be read")?;
        Some(serde_json::from_str(&line).expect("it is JSON"))
    }
}

/// What a mail server had to tell.
#[derive(Debug, Default)]
pub struct Told {
    pub mails: Vec<Value>,
    pub connections: usize,
}

fn python() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").into_os_string();
    let tools = PathBuf::from(env::var_os("BAILIWICK_TOOLS").unwrap_or_else(usual));
    let python = tools.join("python/bin/python");
    assert!(
        python.exists(),
        "the mail server of these tests is missing ({}): run `make test`, which installs it",
        python.display()
    );
    python
}
