//! Where the root key is: a file, a variable, AWS KMS; and what happens when it is not the right one.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use serde_json::Value;
use test_app::Database;
use test_cloud::{ENVIRONMENT, Moto};
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");

/// A place with settings, in which the program is run.
struct Place {
    folder: tempfile::TempDir,
    _database: Database,
    variables: Vec<(String, String)>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::fresh(folder.path());
        let variables = [
            ("BAILIWICK_DATA_DIR", folder.path().join("data").display().to_string()),
            ("BAILIWICK_DATABASE__URL", database.url.clone()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        Self { folder, _database: database, variables }
    }

    fn with(mut self, more: &[(&str, &str)]) -> Self {
        self.variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("data/root.key")
    }

    /// Runs a command, and answers its exit status and what it said.
    async fn run(&self, arguments: &[&str], more: &[(&str, &str)]) -> (Option<i32>, String) {
        let mut program = Command::new(PROGRAM);
        program.args(arguments).env_clear().envs(self.variables.iter().cloned());
        let output = program.envs(more.iter().copied()).output().await.expect("it runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), said)
    }

    async fn makes_a_workspace(&self) {
        let arguments = ["workspace", "create", "--name", "Acme", "--owner", "ana@acme.example", "--json"];
        let (code, said) = self.run(&arguments, &[]).await;
        assert_eq!(code, Some(0), "{said}");
    }

    async fn names(&self, more: &[(&str, &str)]) -> String {
        let (code, said) = self.run(&["workspace", "list", "--json"], more).await;
        assert_eq!(code, Some(0), "{said}");
        said
    }
}

#[tokio::test]
async fn a_key_file_is_made_with_an_empty_database_and_its_loss_is_told_and_changes_nothing() {
    let place = Place::new();
    place.makes_a_workspace().await;
    let mode = fs::metadata(place.key_file()).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(place.names(&[]).await.contains("Acme"));

    let kept = fs::read(place.key_file()).expect("it is ours");
    fs::remove_file(place.key_file()).expect("it is ours");
    let (code, said) = place.run(&["workspace", "list"], &[]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("there is no key file") && said.contains("Nothing was changed"), "{said}");
    assert!(!place.key_file().exists(), "no other key is made");

    // Another database's key.
    let other = Place::new();
    other.makes_a_workspace().await;
    fs::copy(other.key_file(), place.key_file()).expect("it is copied");
    let (code, said) = place.run(&["workspace", "list"], &[]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("this database was sealed with"), "{said}");

    fs::write(place.key_file(), &kept).expect("it is ours");
    fs::set_permissions(place.key_file(), fs::Permissions::from_mode(0o644)).expect("it is ours");
    let (code, said) = place.run(&["workspace", "list"], &[]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("chmod 600"), "{said}");
    fs::set_permissions(place.key_file(), fs::Permissions::from_mode(0o600)).expect("it is ours");
    assert!(place.names(&[]).await.contains("Acme"));
}

#[tokio::test]
async fn a_key_in_a_variable_is_rotated_by_putting_a_new_one_before_it() {
    let (old, new) = ("A".repeat(43) + "=", "B".repeat(42) + "A=");
    let place = Place::new().with(&[("BAILIWICK_KEYRING__ROOT", "env:ROOT"), ("ROOT", &old)]);
    place.makes_a_workspace().await;
    assert!(!place.key_file().exists());
    let (code, said) = place.run(&["keyring", "rotate", "root"], &[]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("ROOT holds no new key") && !said.contains(&old), "{said}");

    let both = format!("{new},{old}");
    let (code, said) = place.run(&["keyring", "rotate", "root"], &[("ROOT", &both)]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(place.names(&[("ROOT", &new)]).await.contains("Acme"), "the old one is needed no more");
    let (code, said) = place.run(&["workspace", "list"], &[("ROOT", &old)]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(!said.contains(&old), "{said}");
}

#[tokio::test]
async fn a_root_that_aws_kms_wraps_is_unwrapped_at_each_start_and_rotated_by_one_call() {
    let mut aws = Moto::start();
    let (arn, endpoint) = (aws.key(), aws.endpoint());
    let root = format!("aws-kms:{arn}");
    let settings = [("BAILIWICK_KEYRING__ROOT", root.as_str()), ("BAILIWICK_AWS__ENDPOINT", &endpoint)];
    let place = Place::new().with(&settings).with(&ENVIRONMENT);
    place.makes_a_workspace().await;
    assert!(!place.key_file().exists());
    assert!(place.names(&[]).await.contains("Acme"));
    let (code, said) = place.run(&["keyring", "rotate", "root", "--json"], &[]).await;
    assert_eq!(code, Some(0), "{said}");
    let rotated: Value = serde_json::from_str(&said).expect("JSON");
    assert!(rotated["data_keys"].as_u64().is_some_and(|keys| keys > 0), "{said}");
    assert!(place.names(&[]).await.contains("Acme"));

    // Another key of KMS does not unwrap it.
    let other = format!("aws-kms:{}", aws.key());
    let (code, said) = place.run(&["workspace", "list"], &[("BAILIWICK_KEYRING__ROOT", &other)]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("the root key cannot be had from the key service"), "{said}");
    // Nobody is there.
    let nowhere = [("BAILIWICK_AWS__ENDPOINT", "http://127.0.0.1:1")];
    let (code, said) = place.run(&["workspace", "list"], &nowhere).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("out of reach"), "{said}");
    drop(aws);
}

fn named(keys: &str) -> (&str, &str) {
    ("BAILIWICK_KEYRING__ROOT", keys)
}

#[tokio::test]
async fn a_key_of_aws_kms_is_exchanged_and_with_the_old_one_go_the_backups_of_before() {
    let mut aws = Moto::start();
    let (old, new, endpoint) = (aws.key(), aws.key(), aws.endpoint());
    let (only_old, only_new) = (format!("aws-kms:{old}"), format!("aws-kms:{new}"));
    let both = format!("aws-kms:{new}, {old}");
    let endpoint = ("BAILIWICK_AWS__ENDPOINT", endpoint.as_str());
    let place = Place::new().with(&[named(&only_old), endpoint]).with(&ENVIRONMENT);
    place.makes_a_workspace().await;
    let backup = place.folder.path().join("before").display().to_string();
    let (code, said) = place.run(&["backup", "create", "--to", &backup], &[]).await;
    assert_eq!(code, Some(0), "{said}");

    let (code, said) = place.run(&["workspace", "list"], &[named(&only_new)]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("it was wrapped by {old}, which keyring.root does not name")), "{said}");
    let (code, said) = place.run(&["keyring", "rotate", "root"], &[named(&both)]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("wrapped by {old}: they open until that key is deleted")), "{said}");
    let (code, said) = place.run(&["keyring", "show", "--json"], &[named(&only_new)]).await;
    assert_eq!(code, Some(0), "{said}");
    let shown: Value = serde_json::from_str(&said).expect("JSON");
    let by: Vec<_> =
        shown["roots"].as_array().expect("a list").iter().map(|root| &root["wrapped_by"]).collect();
    assert_eq!(by, [&new, &old]);
    assert_eq!(shown["roots"][1]["data_keys"], 0);

    let elsewhere = || Place::new().with(&[named(&both), endpoint]).with(&ENVIRONMENT);
    let restored = elsewhere();
    let (code, said) = restored.run(&["backup", "restore", "--from", &backup], &[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(restored.names(&[]).await.contains("Acme"), "both keys are there yet");

    aws.delete_key(&old);
    assert!(place.names(&[named(&only_new)]).await.contains("Acme"), "nothing of now needs the old one");
    let restored = elsewhere();
    let (code, said) = restored.run(&["backup", "restore", "--from", &backup], &[]).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = restored.run(&["workspace", "list"], &[]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the root key cannot be had from the key service"), "{said}");
}
