use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Browser, Chromedriver};

/// A running app with a fixed clock and a mailbox (`journeys/src/stage.rs`), and browsers for whoever comes to it.
pub struct Stage {
    /// Where the app is found: `http://localhost:<port>`.
    pub url: String,
    chromedriver: Chromedriver,
    program: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    ended: bool,
}

/// A mail that was sent.
#[derive(Debug, Clone, Deserialize)]
pub struct Mail {
    /// Whom it went to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// All of it.
    pub text: String,
}

/// A token that was made.
#[derive(Debug, Clone, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

impl Mail {
    /// The first address in it that begins so.
    ///
    /// # Panics
    /// When there is none.
    pub fn link(&self, beginning: &str) -> String {
        let from = self.text.find(beginning).unwrap_or_else(|| panic!("no {beginning} in {}", self.text));
        let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ')');
        self.text[from..].split(ends).next().unwrap_or_default().to_owned()
    }

    /// The eight digits in it, on a line of their own.
    ///
    /// # Panics
    /// When there are none.
    pub fn code(&self) -> String {
        let digits = |line: &&str| line.chars().filter(char::is_ascii_digit).count() == 8 && line.len() == 9;
        let found = self.text.lines().map(str::trim).find(digits);
        found.unwrap_or_else(|| panic!("no code in {}", self.text)).to_owned()
    }
}

impl Stage {
    /// Starts the app, on the engine that `BAILIWICK_TEST_DATABASE_URL` says, and what starts browsers.
    ///
    /// # Panics
    /// When the program is not there: `scripts/browser.sh` builds it.
    pub fn set() -> Self {
        Self::set_with(&[])
    }

    /// The same with these settings, by their environment variables without `BAILIWICK_`.
    ///
    /// # Panics
    /// When the program is not there: `scripts/browser.sh` builds it.
    pub fn set_with(settings: &[(&str, &str)]) -> Self {
        let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug/stage");
        let path = env::var_os("BAILIWICK_STAGE").map_or_else(|| PathBuf::from(usual), PathBuf::from);
        let settings = settings.iter().map(|(name, value)| format!("{name}={value}"));
        let started = Command::new(&path).args(settings).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut program =
            started.unwrap_or_else(|why| panic!("{}: {why}. scripts/browser.sh builds it", path.display()));
        let commands = program.stdin.take();
        let answers = BufReader::new(program.stdout.take().expect("it is piped"));
        let chromedriver = Chromedriver::start();
        let mut stage = Self { url: String::new(), chromedriver, program, commands, answers, ended: false };
        let said = stage.answer();
        said["url"].as_str().expect("where it listens").clone_into(&mut stage.url);
        stage
    }

    /// A browser for one more person.
    pub async fn browser(&self) -> Browser {
        Browser::start(&self.chromedriver, &self.url).await
    }

    /// Lets time pass, at once.
    pub fn advance(&mut self, seconds: u64) {
        self.tell(&json!({ "do": "advance", "seconds": seconds }));
    }

    /// Every mail so far, once no job is left that could send one.
    pub fn mails(&mut self) -> Vec<Mail> {
        serde_json::from_value(self.tell(&json!({ "do": "mails" }))).expect("mails")
    }

    /// The last mail that somebody got.
    ///
    /// # Panics
    /// When there is none.
    pub fn last_mail(&mut self, to: &str) -> Mail {
        let found = self.mails().into_iter().rfind(|mail| mail.to.contains(to));
        found.unwrap_or_else(|| panic!("no mail to {to}"))
    }

    /// A workspace, owned by `ana@<name>.example`. Answers its id.
    pub fn workspace(&mut self, name: &str) -> String {
        let made = self.tell(&json!({ "do": "workspace", "name": name }));
        made["id"].as_str().expect("an id").to_owned()
    }

    /// A link by which somebody becomes the owner of a new workspace.
    pub fn owner_link(&mut self, workspace: &str) -> String {
        let made = self.tell(&json!({ "do": "owner_link", "workspace": workspace }));
        made["url"].as_str().expect("an address").to_owned()
    }

    /// A link with which the product lets a member of this workspace into the console: to one page, if one is named, and with a
    /// way back.
    pub fn portal_link(
        &mut self,
        workspace: &str,
        person: &str,
        page: Option<&str>,
        back: Option<&str>,
    ) -> String {
        let wanted = json!({ "do": "portal_link", "workspace": workspace, "person": person, "page": page, "back": back });
        self.tell(&wanted)["url"].as_str().expect("an address").to_owned()
    }

    /// What an authenticator app shows now that was told this secret, as it stands on the page.
    pub fn app_code(&mut self, secret: &str) -> String {
        let shown = self.tell(&json!({ "do": "app_code", "secret": secret }));
        shown["code"].as_str().expect("a code").to_owned()
    }

    /// A token of the workspace with this id, for a member's use.
    pub fn token(&mut self, workspace: &str, description: &str) -> Token {
        let command = json!({ "do": "token", "workspace": workspace, "description": description });
        serde_json::from_value(self.tell(&command)).expect("a token")
    }

    /// GitHub reports that this secret was found.
    pub fn leak(&mut self, secret: &str) {
        self.tell(&json!({ "do": "leak", "secret": secret }));
    }

    /// Ends the play: no job may be left, and the audit fits together.
    ///
    /// # Panics
    /// When it does not.
    pub fn end(mut self) {
        self.ended = true;
        self.tell(&json!({ "do": "end" }));
        let ended = self.program.wait().expect("a process can be waited for");
        assert!(ended.success(), "the stage ended with {ended}");
    }

    fn tell(&mut self, command: &Value) -> Value {
        let commands = self.commands.as_mut().expect("it takes commands until the end");
        writeln!(commands, "{command}").expect("the stage listens");
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the stage can be heard");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the stage has ended; it says why above"))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It ends by itself once nobody can tell it anything, and takes its database away.
        drop(self.commands.take());
        let _ = self.program.wait();
        assert!(
            self.ended || std::thread::panicking(),
            "a journey ends with `end`, which looks for jobs left behind"
        );
    }
}
