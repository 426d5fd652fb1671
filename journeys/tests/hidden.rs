//! Secrets of the settings show nowhere, wherever they are kept and whatever goes wrong with them.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use bailiwick::config::SETTINGS;
use serde_json::json;
use test_app::{Database, MailServer, Process, Received, Receiver, TestApp, eventually};
use test_cloud::{ENVIRONMENT, Moto};
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const PATIENCE: Duration = Duration::from_mins(1);
/// Stands in every secret, and must stand nowhere else.
const MARK: &str = "canary";

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Setting,
    File,
    Variable,
    Aws,
}

/// Keeps secrets, each in the same kind of place.
struct Keeper {
    place: Place,
    folder: PathBuf,
    aws: Moto,
}

type Variables = Vec<(String, String)>;

impl Keeper {
    fn new(place: Place, folder: &Path) -> Self {
        Self { place, folder: folder.to_owned(), aws: Moto::start() }
    }

    /// Keeps a secret, and answers the variables by which the program finds it.
    fn keep(&mut self, setting: &str, secret: &str) -> Variables {
        let variable = format!("BAILIWICK_{}", setting.to_uppercase().replace('.', "__"));
        let named = match self.place {
            Place::Setting => secret.to_owned(),
            Place::File => {
                let path = self.folder.join(setting);
                fs::write(&path, secret).expect("the test's folder takes a file");
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
                format!("file:{}", path.display())
            }
            Place::Variable => {
                return vec![
                    (variable, "env:KEPT".to_owned() + setting),
                    ("KEPT".to_owned() + setting, secret.to_owned()),
                ];
            }
            Place::Aws => {
                self.aws.secret(setting, &json!({"kept": secret}).to_string());
                format!("aws-secretsmanager:{setting}#kept")
            }
        };
        vec![(variable, named)]
    }

    /// What every run finds in its environment.
    fn surroundings(&self, app: &TestApp, more: &[(&str, &str)]) -> Variables {
        let secret = |name: &str| SETTINGS.iter().any(|setting| setting.secret && setting.variable() == name);
        let others = app.environment().iter().filter(|(name, _)| !secret(name)).cloned();
        let endpoint = self.aws.endpoint();
        let aws = ENVIRONMENT.into_iter().filter(|(name, _)| *name != "AWS_SECRET_ACCESS_KEY");
        let plain = [
            ("AWS_SECRET_ACCESS_KEY", "canary-of-aws"),
            ("BAILIWICK_SERVER__LISTEN", "127.0.0.1:0"),
            ("BAILIWICK_LOG__LEVEL", "trace"),
            ("BAILIWICK_AWS__ENDPOINT", &endpoint),
        ];
        let all = aws.chain(plain).chain(more.iter().copied());
        others.chain(all.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
    }
}

/// A database's address with a password that has the mark, where there are passwords.
async fn database_url(app: &TestApp) -> (String, Option<String>) {
    let url = app.database_url();
    let (Some((_, place)), true) = (url.rsplit_once('@'), Database::is_postgres()) else {
        return (url.to_owned(), None);
    };
    let role = format!("hidden_{}", url.rsplit_once('/').expect("a URL with a name").1);
    app.sql(&format!("CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'canary-of-postgres'")).await;
    (format!("postgres://{role}:canary-of-postgres@{place}"), Some(role))
}

/// Runs the program to its end, and answers everything that it says.
async fn run(folder: &Path, variables: &Variables, arguments: &[&str]) -> (Option<i32>, String) {
    let mut program = Command::new(PROGRAM);
    program.args(arguments).env_clear().envs(variables.iter().cloned()).current_dir(folder);
    let output = program.output().await.expect("it starts");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).expect("it speaks UTF-8"))
}

#[track_caller]
fn shows_nothing(place: Place, what: &str, said: &str) {
    let line = said.lines().find(|line| line.contains(MARK));
    assert_eq!(line, None, "{place:?}: {what}");
}

/// As whom the schema is brought up to date.
const OWNER: &str = "database.migrate_url";

/// Serves with secrets that work and secrets that are refused, has each of them used, and looks at everything that can be
/// read from outside.
async fn serve_and_look(place: Place) {
    let app = TestApp::start().await;
    let (receiver, track) = Receiver::start().await;
    receiver.answer_next(&[(401, None)]);
    let mail_server = MailServer::start_with(0, &["--login", "acme:another"]).await;
    let (database, role) = database_url(&app).await;
    let smtp = format!("smtp://acme:canary-of-smtp@127.0.0.1:{}", mail_server.port);
    let mut keeper = Keeper::new(place, app.folder());
    let addresses = [
        ("BAILIWICK_TRACK__ENDPOINT", track.as_str()),
        ("BAILIWICK_AUDIT__STREAM_URL", &track),
        ("BAILIWICK_AUDIT__HEADS_WEBHOOK", &track),
        ("BAILIWICK_AUDIT__HEADS_BUCKET", "s3://heads"),
        ("BAILIWICK_AUDIT__HEADS_BUCKET_ENDPOINT", &track),
    ];
    let mut variables = keeper.surroundings(&app, &addresses);
    let secrets = [
        ("database.url", database.as_str()),
        ("exposure.github_access_token", "canary-of-github"),
        ("exposure.gitlab_revocation_secret", "canary-of-gitlab"),
        ("mail.smtp_url", &smtp),
        ("track.write_key", "canary-of-track"),
        ("audit.stream_secret", "whsec_canarycanarycanarycanarycanarystream"),
        ("audit.heads_webhook_secret", "whsec_canarycanarycanarycanarycanaryheads1"),
        ("audit.heads_bucket_key_id", "canary-of-the-id"),
        ("audit.heads_bucket_key", "canary-of-the-bucket"),
    ];
    let secret = SETTINGS.iter().filter(|setting| setting.secret).map(|setting| setting.key);
    let named: Vec<_> = secret.filter(|key| *key != OWNER).collect();
    assert_eq!(named, secrets.map(|(setting, _)| setting), "a new secret belongs into this test");
    for (setting, secret) in secrets {
        variables.extend(keeper.keep(setting, secret));
    }
    // Nobody is there, or it is for the other engine: the program says so, and not what stands there.
    let owners = keeper.keep(OWNER, "postgres://owner:canary-of-the-owner@127.0.0.1:1/bailiwick");
    let (code, said) = run(app.folder(), &[variables.clone(), owners].concat(), &["workspace", "list"]).await;
    assert_eq!(code, Some(1), "{said}");
    shows_nothing(place, "a refusal", &said);
    for arguments in [&["--help"][..], &["serve", "--help"], &["help", "token"], &["workspace", "list"]] {
        let (code, said) = run(app.folder(), &variables, arguments).await;
        assert_eq!(code, Some(0), "{said}");
        shows_nothing(place, "an answer", &said);
    }

    let server = Process::serve(Path::new(PROGRAM), app.folder(), &variables).await;
    let client = reqwest::Client::new();
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    for body in [json!([{"token": token}]).to_string(), "[".to_owned()] {
        let headers = app.partner.signed("github", body.as_bytes());
        let url = format!("{}/v1/exposures/github", server.url);
        client.post(url).headers(headers).body(body).send().await.expect("an answer");
    }
    for secret in ["canary-of-gitlab", "another"] {
        let url = format!("{}/v1/revocable_token_types", server.url);
        client.get(url).header("authorization", secret).send().await.expect("an answer");
    }
    let is_put = |received: &Received| received.headers.contains_key("x-amz-checksum-sha256");
    eventually(
        PATIENCE,
        "mail server and receiver have refused, and a bucket was given a head",
        async || {
            let (log, received) = (server.log(), receiver.received());
            log.contains("refused the user name and password")
                && received.iter().any(is_put)
                && !received.iter().all(is_put)
        },
    )
    .await;
    for setting in ["mail.smtp_url", "database.url"] {
        keeper.keep(setting, "canary-that-is-no-url");
    }
    server.hang_up_until("the secrets were read again").await;
    let metrics = client.get(format!("{}/metrics", server.url)).send().await.expect("an answer");
    shows_nothing(place, "/metrics", &metrics.text().await.expect("it is text"));
    shows_nothing(place, "the log", &server.log());
    let (_, said) = server.stop_and_listen().await;
    shows_nothing(place, "standard output", &said);
    if let Some(role) = role {
        app.sql(&format!("DROP ROLE {role}")).await;
    }
    app.end_node().await;
}

/// Starts with each secret being one that cannot be used.
async fn be_refused(place: Place) {
    let app = TestApp::start().await;
    let mut keeper = Keeper::new(place, app.folder());
    for (setting, secret) in [
        ("database.url", "canary"),
        ("database.url", "postgres://canary:canary@127.0.0.1:canary/n"),
        ("database.url", "postgres://canary:canary@127.0.0.1:1/canary?canary=canary"),
        ("database.url", "postgres://u:canary@127.0.0.1:1/n"),
        ("exposure.gitlab_revocation_secret", "canary"),
        ("exposure.gitlab_revocation_secret", "canary with a line\nbreak in it"),
        ("mail.smtp_url", "canary"),
        ("mail.smtp_url", "smtp://u:canary@mail.example?tls=opportunistic"),
        ("track.write_key", "canary"),
    ] {
        let mut variables = keeper.surroundings(&app, &[]);
        variables.extend(keeper.keep(setting, secret));
        let (code, said) = run(app.folder(), &variables, &["serve"]).await;
        assert_eq!(code, Some(1), "{place:?} {setting}: {said}");
        shows_nothing(place, setting, &said);
    }
    app.end().await;
}

#[tokio::test]
async fn secrets_that_stand_in_settings_show_nowhere() {
    serve_and_look(Place::Setting).await;
    be_refused(Place::Setting).await;
}

#[tokio::test]
async fn secrets_that_stand_in_files_show_nowhere() {
    serve_and_look(Place::File).await;
    be_refused(Place::File).await;
}

#[tokio::test]
async fn secrets_that_stand_in_variables_show_nowhere() {
    serve_and_look(Place::Variable).await;
    be_refused(Place::Variable).await;
}

#[tokio::test]
async fn secrets_that_aws_keeps_show_nowhere() {
    serve_and_look(Place::Aws).await;
    be_refused(Place::Aws).await;
}
