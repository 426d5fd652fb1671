use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use test_database::Database;

/// The program in a folder of its own, with nothing in its environment but what a test gives.
pub struct Program {
    folder: TempDir,
    _database: Database,
    variables: Vec<(String, String)>,
}

/// How a run ended.
pub struct Ran {
    pub code: Option<i32>,
    pub answer: String,
    pub complaint: String,
}

/// A run that goes on.
pub struct Running {
    child: Child,
    pub address: String,
}

impl Program {
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder for the test");
        let database = Database::fresh(folder.path());
        // An SQLite file needs no setting: it lies where the program puts it by itself.
        let url = Database::is_postgres().then(|| database.url.clone());
        let variables = url.map(|url| ("BAILIWICK_DATABASE__URL".to_owned(), url)).into_iter().collect();
        Self { folder, _database: database, variables }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file in the program's working directory.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a writable folder");
        path.display().to_string()
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
        // What doesn't read its input may be gone already.
        let _ = child.stdin.take().expect("it was asked for").write_all(input.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
        let text = |bytes| String::from_utf8(bytes).expect("it speaks UTF-8");
        Ran { code: status.code(), answer: text(stdout), complaint: text(stderr) }
    }

    /// Runs it with its standard output going there.
    pub fn run_into(&self, arguments: &[&str], out: impl Into<Stdio>) -> Ran {
        let Output { status, stderr, .. } =
            self.command(arguments).stdout(out).output().expect("the program ends");
        let complaint = String::from_utf8(stderr).expect("it speaks UTF-8");
        Ran { code: status.code(), answer: String::new(), complaint }
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let answer = self.run(arguments).done();
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("no JSON: {answer}"))
    }

    pub fn verdict(&self, secret: &str) -> String {
        let asked = self.run_with(&["token", "verify", "-", "--json"], secret).done();
        let verdict: Value = serde_json::from_str(&asked).expect("a verdict is JSON");
        verdict["code"].as_str().expect("a verdict has a code").to_owned()
    }

    /// Starts what says where it listens and goes on.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).spawn().expect("the program starts");
        let mut line = String::new();
        let said = child.stdout.take().expect("it was asked for");
        BufReader::new(said).read_line(&mut line).expect("it speaks UTF-8");
        let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}"));
        Running { child, address: address.to_owned() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Ran {
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!((self.code, self.complaint.as_str()), (Some(0), ""), "{}", self.answer);
        self.answer
    }

    /// Refused before anything was answered.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!(self.answer, "");
        self.refused_at_the_end()
    }

    /// Refused after something was answered.
    #[track_caller]
    pub fn refused_at_the_end(self) -> String {
        assert_eq!((self.code, self.complaint.lines().count()), (Some(1), 1), "{}", self.complaint);
        self.complaint
    }

    #[track_caller]
    pub fn written_wrongly(self) {
        assert_eq!(self.code, Some(2), "{} {}", self.answer, self.complaint);
        assert!(self.complaint.contains("--help") || self.complaint.contains("Usage"), "{}", self.complaint);
    }
}

impl Running {
    /// Asks it to end, and answers its exit status.
    pub fn terminate(mut self) -> Option<i32> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("there is a kill");
        self.child.wait().expect("the program ends").code()
    }
}

/// A test that fails must not leave a server behind.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
