//! An AWS that one test has to itself: moto, on a free port of this machine.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

/// The region in which everything is.
pub const REGION: &str = "eu-central-1";
/// What a process needs in its environment to be let in. It says where nothing is, too: whoever finds no credentials must
/// not go on to look for a machine's role.
pub const ENVIRONMENT: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_REGION", REGION),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

/// A running AWS. It ends with the test.
pub struct Moto {
    child: Child,
    asks: Option<ChildStdin>,
    told: BufReader<ChildStdout>,
    port: u64,
}

impl Moto {
    /// Starts one, and waits until it listens.
    pub fn start() -> Self {
        let mut child = Command::new(python())
            .arg("-Wignore")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("moto starts");
        let asks = child.stdin.take();
        let told = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut moto = Self { child, asks, told, port: 0 };
        moto.port = moto.next()["port"].as_u64().expect("it tells its port");
        moto
    }

    /// Where it is reached.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Has AWS's own Python client call this: `("kms", "create_key", json!({}))`.
    ///
    /// # Panics
    /// When it is refused.
    pub fn call(&mut self, service: &str, call: &str, with: &Value) -> Value {
        let asked = json!({"service": service, "call": call, "with": with});
        writeln!(self.asks.as_mut().expect("it runs"), "{asked}").expect("it reads");
        self.next()
    }

    /// Makes a key, and answers its ARN.
    pub fn key(&mut self) -> String {
        let made = self.call("kms", "create_key", &json!({}));
        made["KeyMetadata"]["Arn"].as_str().expect("a key has an ARN").to_owned()
    }

    /// Has a key deleted, and the days over that AWS waits with it.
    pub fn delete_key(&mut self, arn: &str) {
        writeln!(self.asks.as_mut().expect("it runs"), "{}", json!({"deleted": arn})).expect("it reads");
        self.next();
    }

    /// Makes a secret, or gives it another text.
    pub fn secret(&mut self, name: &str, text: &str) {
        let all = self.call("secretsmanager", "list_secrets", &json!({}));
        let is_there =
            all["SecretList"].as_array().is_some_and(|all| all.iter().any(|one| one["Name"] == name));
        if is_there {
            self.call("secretsmanager", "put_secret_value", &json!({"SecretId": name, "SecretString": text}));
        } else {
            self.call("secretsmanager", "create_secret", &json!({"Name": name, "SecretString": text}));
        }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.told.read_line(&mut line).expect("what it tells can be read");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("moto ended, or told no JSON: {line:?}"))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.asks.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn python() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").into_os_string();
    let tools = PathBuf::from(env::var_os("BAILIWICK_TOOLS").unwrap_or_else(usual));
    let python = tools.join("moto/bin/python");
    assert!(
        python.exists(),
        "the AWS of these tests is missing ({}): run `make test`, which installs it",
        python.display()
    );
    python
}
