//! Secrets that are kept elsewhere, and replaced there while the server runs.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use test_app::{Database, MailServer, Process, Receiver, Silence, TestApp, eventually};
use test_cloud::{ENVIRONMENT, Moto};
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const PATIENCE: Duration = Duration::from_mins(1);
const READ_AGAIN: &str = "the secrets were read again";
/// What AWS keeps for the server, under these keys.
const NAME: &str = "bailiwick/prod";

/// A server whose secrets are kept in a file, in another, and in AWS.
struct Story {
    app: TestApp,
    aws: Moto,
    receiver: Receiver,
    mail_server: MailServer,
    server: Process,
}

impl Story {
    async fn begin() -> Self {
        let app = TestApp::start().await;
        let mut aws = Moto::start();
        let (receiver, track) = Receiver::start().await;
        let mail_server = MailServer::start_with(0, &["--login", "acme:one"]).await;
        let smtp = format!("smtp://acme:one@127.0.0.1:{}", mail_server.port);
        let database = sign_up(&app, "one").await;
        let in_file = |name: &str, text: &str| format!("file:{}", keep(app.folder(), name, text));
        aws.secret(NAME, &json!({"track": "key-one", "gitlab": "one and one is two"}).to_string());
        let settings = [
            ("BAILIWICK_CONFIG", keep(app.folder(), "settings.toml", "[mail]\nvendor_name = 'Acme'")),
            ("BAILIWICK_SERVER__LISTEN", "127.0.0.1:0".to_owned()),
            ("BAILIWICK_LOG__FORMAT", "json".to_owned()),
            ("BAILIWICK_DATABASE__URL", in_file("database", &database)),
            ("BAILIWICK_MAIL__SMTP_URL", in_file("smtp", &smtp)),
            ("BAILIWICK_TRACK__ENDPOINT", track),
            ("BAILIWICK_TRACK__WRITE_KEY", format!("aws-secretsmanager:{NAME}#track")),
            ("BAILIWICK_EXPOSURE__GITLAB_REVOCATION_SECRET", format!("aws-secretsmanager:{NAME}#gitlab")),
            ("BAILIWICK_AWS__ENDPOINT", aws.endpoint()),
        ];
        let others =
            app.environment().iter().filter(|(name, _)| settings.iter().all(|(known, _)| known != name));
        let owned = |(name, value): (&str, String)| (name.to_owned(), value);
        let environment: Vec<_> = others
            .cloned()
            .chain(settings.clone().map(owned))
            .chain(ENVIRONMENT.map(|(name, value)| owned((name, value.to_owned()))))
            .collect();
        let server = Process::serve(Path::new(PROGRAM), app.folder(), &environment).await;
        Self { app, aws, receiver, mail_server, server }
    }

    fn keep(&self, name: &str, text: &str) {
        keep(self.app.folder(), name, text);
    }

    /// A token of a workspace with one owner leaks.
    async fn leak(&self, name: &str) {
        let token = self.app.workspace(name).await.token("deploy-bot").await.secret;
        let body = json!([{"token": token, "url": "https://github.com/acme/app"}]).to_string();
        let headers = self.app.partner.signed("github", body.as_bytes());
        let url = format!("{}/v1/exposures/github", self.server.url);
        let answer =
            reqwest::Client::new().post(url).headers(headers).body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
    }

    /// Waits until everybody is told, and answers the `Authorization` of the last track event.
    async fn told(&self, mails: usize, events: usize) -> String {
        eventually(PATIENCE, "mail server and receiver are told", async || {
            self.mail_server.mails().len() == mails
                && self.receiver.received().len() == events
                && self.app.jobs().await.is_empty()
        })
        .await;
        let received = self.receiver.received();
        let last = received.last().expect("there is one");
        last.headers["authorization"].to_str().expect("it is text").to_owned()
    }

    /// Whether a self-managed GitLab is let in with this secret.
    async fn lets_gitlab_in(&self, secret: &str) -> bool {
        let url = format!("{}/v1/revocable_token_types", self.server.url);
        let asked = reqwest::Client::new().get(url).header("authorization", secret).send().await;
        match asked.expect("an answer").status().as_u16() {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }

    async fn end(self) {
        assert!(self.server.stop().await.success());
        if Database::is_postgres() {
            self.app.sql(&format!("DROP ROLE {}", role_of(&self.app))).await;
        }
        self.app.end().await;
    }
}

/// Keeps a text where nobody else can read it, and answers where.
fn keep(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, format!("{text}\n")).expect("the test's folder takes a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    path.display().to_string()
}

/// The lines of the log that say this.
fn lines(log: &str, message: &str) -> Vec<Value> {
    let all = log.lines().map(|line| serde_json::from_str(line).expect("the log is JSON"));
    all.filter(|line: &Value| line["message"] == message).collect()
}

#[tokio::test]
async fn what_was_rotated_is_used_after_a_sighup_without_a_restart() {
    let mut story = Story::begin().await;
    story.leak("acme").await;
    // "key-one:" in base64.
    assert_eq!(story.told(1, 1).await, "Basic a2V5LW9uZTo=");
    assert!(story.lets_gitlab_in("one and one is two").await);

    // The one before is let in no longer.
    let port = story.mail_server.port;
    story.mail_server.stop().await;
    story.mail_server = MailServer::start_with(port, &["--login", "acme:two"]).await;
    story.keep("smtp", &format!("smtp://acme:two@127.0.0.1:{port}"));
    story.aws.secret(NAME, &json!({"track": "key-two", "gitlab": "two and two is four"}).to_string());
    let log = story.server.hang_up_until(READ_AGAIN).await;
    let said = lines(&log, READ_AGAIN);
    assert_eq!(said[0]["secrets"], "exposure.gitlab_revocation_secret, mail.smtp_url, track.write_key");

    story.leak("beta").await;
    assert_eq!(story.told(1, 2).await, "Basic a2V5LXR3bzo=");
    assert!(story.lets_gitlab_in("two and two is four").await);
    assert!(!story.lets_gitlab_in("one and one is two").await);
    story.end().await;
}

#[tokio::test]
async fn a_source_that_fails_keeps_the_secret_before_and_alarms() {
    const KEPT: &str = "a secret could not be read again: the one before stays in force";
    let mut story = Story::begin().await;
    fs::remove_file(story.app.folder().join("smtp")).expect("it was kept");
    story.aws.secret(NAME, &json!({"track": "key-two"}).to_string());
    let log = story.server.hang_up_until(READ_AGAIN).await;
    let alarms = lines(&log, KEPT);
    let faults: Vec<_> = alarms.iter().map(|line| line["fault"].as_str().expect("it is text")).collect();
    assert_eq!(
        faults,
        [
            "exposure.gitlab_revocation_secret, from its secret in AWS Secrets Manager: it has no such key (environment \
             variable BAILIWICK_EXPOSURE__GITLAB_REVOCATION_SECRET)",
            "mail.smtp_url, from its file: it is not there (environment variable BAILIWICK_MAIL__SMTP_URL)",
        ]
    );
    assert_eq!(alarms[0]["level"], "ERROR");
    assert_eq!(lines(&log, READ_AGAIN)[0]["secrets"], "track.write_key", "the others are taken over");
    let metrics = reqwest::get(format!("{}/metrics", story.server.url)).await.expect("an answer");
    let metrics = metrics.text().await.expect("it is text");
    assert!(metrics.contains("\nbailiwick_secrets_kept 2\n"), "{metrics}");

    assert!(story.lets_gitlab_in("one and one is two").await);
    story.leak("acme").await;
    assert_eq!(story.told(1, 1).await, "Basic a2V5LXR3bzo=");
    story.end().await;
}

#[tokio::test]
async fn a_database_password_is_tried_before_it_is_taken_over() {
    const KEPT: &str = "a secret could not be taken over: the one before stays in force";
    let story = Story::begin().await;
    if !Database::is_postgres() {
        // Nobody signs in to a file. Another one takes a restart.
        story.keep("database", &format!("{}-elsewhere", story.app.database_url()));
        let log = story.server.hang_up_until(READ_AGAIN).await;
        let alarms = lines(&log, KEPT);
        assert_eq!(alarms[0]["setting"], "database.url");
        assert!(alarms[0]["fault"].as_str().expect("it is text").contains("takes a restart"), "{log}");
        story.leak("acme").await;
        story.told(1, 1).await;
        return story.end().await;
    }
    let role = role_of(&story.app);
    story.app.sql(&format!("ALTER ROLE {role} PASSWORD 'two'")).await;
    story.keep("database", &url_with(&story.app, "three"));
    let log = story.server.hang_up_until(READ_AGAIN).await;
    let alarms = lines(&log, KEPT);
    assert_eq!(alarms[0]["setting"], "database.url");
    assert!(!log.contains("three"), "{log}");
    story.keep("database", &url_with(&story.app, "two"));
    let log = story.server.hang_up_until(READ_AGAIN).await;
    assert_eq!(lines(&log, READ_AGAIN)[0]["secrets"], "database.url");

    // A user who would be let in, and might be allowed more.
    story.keep("database", story.app.database_url());
    let log = story.server.hang_up_until(READ_AGAIN).await;
    let alarms = lines(&log, KEPT);
    assert_eq!(alarms[0]["setting"], "database.url");
    assert!(alarms[0]["fault"].as_str().expect("it is text").contains("another user"), "{log}");

    // The server's connections end, and it makes new ones.
    story
        .app
        .sql(&format!(
            "SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity WHERE usename = '{role}'"
        ))
        .await;
    let is_in = format!("SELECT 1 AS one FROM pg_stat_activity WHERE usename = '{role}' LIMIT 1");
    eventually(PATIENCE, "it is in again", async || !story.app.sql(&is_in).await.is_empty()).await;
    story.leak("acme").await;
    story.told(1, 1).await;
    story.end().await;
}

/// Puts a pipe into the place of a file. Whoever opened it to read would wait for somebody who writes.
fn pipe_at(path: &Path) {
    let _ = fs::remove_file(path);
    let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(path).status();
    assert!(made.expect("there is mkfifo").success());
}

#[tokio::test]
async fn a_pipe_in_the_place_of_a_secret_or_of_the_settings_holds_up_nothing() {
    const KEPT: &str = "a secret could not be read again: the one before stays in force";
    const UNREAD: &str = "the settings could not be read again: those before stay in force";
    let mut story = Story::begin().await;
    pipe_at(&story.app.folder().join("smtp"));
    story.aws.secret(NAME, &json!({"track": "key-two", "gitlab": "one and one is two"}).to_string());
    let log = story.server.hang_up_until(READ_AGAIN).await;
    let alarms = lines(&log, KEPT);
    assert_eq!(
        alarms[0]["fault"],
        "mail.smtp_url, from its file: it is no regular file (environment variable BAILIWICK_MAIL__SMTP_URL)"
    );
    assert_eq!(lines(&log, READ_AGAIN)[0]["secrets"], "track.write_key", "the others are taken over");

    pipe_at(&story.app.folder().join("settings.toml"));
    let log = story.server.hang_up_until(UNREAD).await;
    let fault = lines(&log, UNREAD)[0]["fault"].clone();
    assert!(fault.as_str().expect("it is text").ends_with("settings.toml: it is no regular file"), "{fault}");
    assert!(story.lets_gitlab_in("one and one is two").await, "requests are answered on");
    story.end().await;
}

/// What a command says that is refused; it must not hang.
async fn refusal(program: &mut Command) -> String {
    let ran = tokio::time::timeout(PATIENCE, program.kill_on_drop(true).output()).await;
    let ran = ran.expect("it ends").expect("it starts");
    let said = String::from_utf8(ran.stderr).expect("it speaks UTF-8");
    assert_eq!(ran.status.code(), Some(1), "{said}");
    said
}

#[tokio::test]
async fn a_pipe_at_the_start_is_refused_with_a_sentence() {
    let folder = TempDir::new().expect("a folder");
    let pipe = folder.path().join("pipe");
    pipe_at(&pipe);
    let start = |name: &str, value: String| {
        let mut program = Command::new(PROGRAM);
        program.arg("serve").current_dir(folder.path()).env_clear().env(name, value);
        program
    };
    let (pipe, source) = (pipe.display().to_string(), format!("file:{}", pipe.display()));
    let said = refusal(&mut start("BAILIWICK_MAIL__SMTP_URL", source.clone())).await;
    assert_eq!(
        said,
        "mail.smtp_url, from its file: it is no regular file (environment variable BAILIWICK_MAIL__SMTP_URL)\n"
    );
    let said = refusal(&mut start("BAILIWICK_CONFIG", pipe.clone())).await;
    assert_eq!(said, format!("{pipe}: it is no regular file\n"));
    let said = refusal(&mut start("BAILIWICK_KEYRING__ROOT", source)).await;
    assert_eq!(said, format!("the key file {pipe} cannot be used: it is no regular file\n"));
    let mut program = start("BAILIWICK_SERVER__TLS_CERT", pipe.clone());
    let said = refusal(program.env("BAILIWICK_SERVER__TLS_KEY", &pipe)).await;
    assert_eq!(said, format!("server.tls_cert: {pipe} cannot be read: it is no regular file\n"));
}

#[tokio::test]
async fn a_sighup_before_the_settings_are_read_does_not_end_the_program() {
    let folder = TempDir::new().expect("a folder");
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it has one").port();
    let silence = Silence::start(port).await;
    let mut program = Command::new(PROGRAM);
    program.arg("serve").current_dir(folder.path()).env_clear().envs(ENVIRONMENT).kill_on_drop(true);
    program.env("BAILIWICK_AWS__ENDPOINT", format!("http://127.0.0.1:{port}"));
    program.env("BAILIWICK_EXPOSURE__GITHUB_ACCESS_TOKEN", "aws-secretsmanager:github");
    let program = program.stderr(std::process::Stdio::piped()).spawn().expect("it starts");
    eventually(PATIENCE, "it waits for AWS", async || silence.callers() > 0).await;
    let id = program.id().expect("it runs").to_string();
    let told = Command::new("kill").args(["-HUP", &id]).status().await.expect("there is kill");
    assert!(told.success());
    // Then it ends by itself, and says why.
    silence.end().await;
    let ended = program.wait_with_output().await.expect("it can be waited for");
    let said = String::from_utf8(ended.stderr).expect("it speaks UTF-8");
    assert_eq!(ended.status.code(), Some(1), "{:?} {said}", ended.status);
    assert!(
        said.contains("exposure.github_access_token, from its secret in AWS Secrets Manager: "),
        "{said}"
    );
}

/// On PostgreSQL the server has a role of its own.
fn role_of(app: &TestApp) -> String {
    let (_, name) = app.database_url().rsplit_once('/').expect("a URL with a name");
    format!("role_of_{name}")
}

/// The database's address with this password of the role, or, on SQLite, as it is.
fn url_with(app: &TestApp, password: &str) -> String {
    match app.database_url().rsplit_once('@') {
        Some((_, place)) if Database::is_postgres() => {
            format!("postgres://{}:{password}@{place}", role_of(app))
        }
        _ => app.database_url().to_owned(),
    }
}

/// Makes the role, and answers the address with its password.
async fn sign_up(app: &TestApp, password: &str) -> String {
    if Database::is_postgres() {
        let role = role_of(app);
        app.sql(&format!("CREATE ROLE {role} LOGIN SUPERUSER PASSWORD '{password}'")).await;
    }
    url_with(app, password)
}

#[tokio::test]
async fn what_aws_does_not_keep_stops_the_start_with_a_sentence() {
    const SETTING: &str = "BAILIWICK_TRACK__WRITE_KEY";
    let folder = TempDir::new().expect("a folder");
    let mut aws = Moto::start();
    aws.secret("plain", "a-write-key");
    aws.secret(NAME, &json!({"track": "a-write-key", "port": 25}).to_string());
    let nobody = "http://127.0.0.1:1".to_owned();
    for (endpoint, source, why) in [
        (aws.endpoint(), "plain", ""),
        (aws.endpoint(), "bailiwick/prod#track", ""),
        (aws.endpoint(), "missing", "AWS refused: ResourceNotFoundException"),
        (aws.endpoint(), "", "AWS refused: "),
        (aws.endpoint(), "bailiwick/prod#other", "it has no such key ("),
        (aws.endpoint(), "bailiwick/prod#port", "what stands in it under the key is no text ("),
        (aws.endpoint(), "plain#track", "it is no JSON object, and a key of one is named ("),
        (nobody, "plain", "AWS is out of reach: "),
    ] {
        let mut program = Command::new(PROGRAM);
        program.args(["patterns", "--for", "regex"]).current_dir(folder.path()).env_clear().envs(ENVIRONMENT);
        program.env(SETTING, format!("aws-secretsmanager:{source}")).env("BAILIWICK_AWS__ENDPOINT", endpoint);
        program.env("BAILIWICK_TRACK__ENDPOINT", "https://events.example");
        let ran = program.output().await.expect("it starts");
        let said = String::from_utf8(ran.stderr).expect("it speaks UTF-8");
        if why.is_empty() {
            assert_eq!((ran.status.code(), said.as_str()), (Some(0), ""), "{source}");
            continue;
        }
        let begins = format!("track.write_key, from its secret in AWS Secrets Manager: {why}");
        assert_eq!(ran.status.code(), Some(1), "{said}");
        assert!(said.starts_with(&begins), "{said}");
        assert!(said.ends_with(&format!("(environment variable {SETTING})\n")), "{said}");
    }
}
