//! Settings that are read again belong together: what is followed, and what waits for the restart.

use super::{sources::private, *};

/// Settings of which each can be said again.
struct Said {
    _folder: TempDir,
    config: PathBuf,
    origin: Origin,
}

impl Said {
    async fn first(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = private(&folder, "bailiwick.toml", text);
        let (_, origin) = Origin::read(Some(&config), std::iter::empty()).await.unwrap();
        Self { _folder: folder, config, origin }
    }

    async fn then(&mut self, text: &str) -> ReadAgain {
        fs::write(&self.config, text).unwrap();
        self.origin.read_again().await.unwrap()
    }
}

/// What a secret is in these settings.
fn secret_of(read: &ReadAgain, key: &str) -> Option<String> {
    let (_, secret) = read.settings.secrets().into_iter().find(|(known, _)| *known == key).unwrap();
    secret.map(|secret| secret.expose().to_string())
}

fn webhook_secret(mark: &str) -> String {
    format!("whsec_{}", STANDARD.encode(mark.repeat(32)))
}

#[tokio::test]
async fn a_secret_that_is_set_no_longer_waits_for_the_restart_and_holds_up_no_other() {
    let mut said = Said::first(
        "[track]\nendpoint = 'https://h'\nwrite_key = 'one'\n[exposure]\ngithub_access_token = 'one'",
    )
    .await;
    let read = said.then("[track]\nendpoint = 'https://h'\n[exposure]\ngithub_access_token = 'two'").await;
    assert_eq!(read.left, ["track.write_key"]);
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    assert_eq!(secret_of(&read, "track.write_key").unwrap(), "one");
    assert_eq!(secret_of(&read, "exposure.github_access_token").unwrap(), "two");
    let read = said
        .then("[track]\nendpoint = 'https://h'\nwrite_key = 'two'\n[exposure]\ngithub_access_token = 'two'")
        .await;
    assert!(read.left.is_empty());
    assert_eq!(secret_of(&read, "track.write_key").unwrap(), "two", "it is there again");
}

#[tokio::test]
async fn a_secret_that_was_not_set_before_waits_for_the_restart_and_holds_up_no_other() {
    let mut said = Said::first("[exposure]\ngithub_access_token = 'one'").await;
    let read = said
        .then("[track]\nwrite_key = 'env:NOBODY'\n[exposure]\ngithub_access_token = 'two'\n[database]\nurl = 'sqlite:x'")
        .await;
    assert_eq!(read.left, ["database.url", "track.write_key"]);
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    assert_eq!(secret_of(&read, "track.write_key"), None);
    assert_eq!(secret_of(&read, "exposure.github_access_token").unwrap(), "two");
}

#[tokio::test]
async fn a_secret_waits_for_the_restart_with_the_setting_that_says_where_it_goes() {
    let webhook_secrets = ["1", "2"].map(webhook_secret);
    let plain = ["one", "two"].map(str::to_owned);
    for (open, secret, [one, two], more) in [
        ("track.endpoint", "track.write_key", &plain, ""),
        ("exposure.github_keys_url", "exposure.github_access_token", &plain, ""),
        ("audit.stream_url", "audit.stream_secret", &webhook_secrets, ""),
        ("audit.heads_webhook", "audit.heads_webhook_secret", &webhook_secrets, ""),
        (
            "audit.heads_bucket_endpoint",
            "audit.heads_bucket_key",
            &plain,
            "audit.heads_bucket = 's3://heads'\naudit.heads_bucket_key_id = 'id'",
        ),
    ] {
        let text = |address: &str, value: &str| {
            format!("{open} = 'https://{address}.example'\n{secret} = '{value}'\n{more}")
        };
        let mut said = Said::first(&text("here", one)).await;
        let read = said.then(&text("there", one)).await;
        assert_eq!(read.left, [open], "the secret is the same");
        let read = said.then(&text("there", two)).await;
        assert_eq!(read.left, [open, secret]);
        assert_eq!(secret_of(&read, secret).as_ref(), Some(one));
        let read = said.then(&text("here", two)).await;
        assert!(read.left.is_empty() && read.faults.is_empty(), "{secret}");
        assert_eq!(secret_of(&read, secret).as_ref(), Some(two));
    }
}

/// The settings of a bucket, with the parts of its access key.
fn bucket(name: &str, id: &str, key: &str) -> String {
    format!("[audit]\nheads_bucket = 's3://{name}'\nheads_bucket_key_id = {id}\nheads_bucket_key = {key}")
}

fn access_key(read: &ReadAgain) -> [String; 2] {
    ["audit.heads_bucket_key_id", "audit.heads_bucket_key"].map(|key| secret_of(read, key).unwrap())
}

#[tokio::test]
async fn both_parts_of_an_access_key_become_others_or_neither() {
    let mut said = Said::first(&bucket("heads", "'id-1'", "'key-1'")).await;
    let read = said.then(&bucket("heads", "'id-2'", "'key-2'")).await;
    assert_eq!(access_key(&read), ["id-2", "key-2"]);
    assert!(read.left.is_empty() && read.faults.is_empty());

    for (id, key, told) in [
        ("'id-3'", "'env:NOBODY'", ["audit.heads_bucket_key, from", "audit.heads_bucket_key_id: goes"]),
        ("'id-3'", "''", ["audit.heads_bucket_key: is empty", "audit.heads_bucket_key_id: goes"]),
        ("'env:NOBODY'", "'key-3'", ["audit.heads_bucket_key_id, from", "audit.heads_bucket_key: goes"]),
        ("''", "''", ["audit.heads_bucket_key_id: is empty", "audit.heads_bucket_key: goes"]),
        ("'env:NOBODY'", "'env:NOBODY'", ["audit.heads_bucket_key, from", "audit.heads_bucket_key_id, from"]),
    ] {
        let read = said.then(&bucket("heads", id, key)).await;
        assert_eq!(access_key(&read), ["id-2", "key-2"]);
        let faults: Vec<_> = read.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 2, "{faults:?}");
        for (fault, begins) in faults.iter().zip(told) {
            assert!(fault.starts_with(begins), "{fault}");
        }
    }

    let read = said.then(&bucket("heads", "'id-2'", "'env:NOBODY'")).await;
    assert_eq!(read.faults.len(), 1, "the id is the same");
    let read = said.then("[audit]\nheads_bucket = 's3://heads'\nheads_bucket_key = 'key-3'").await;
    assert_eq!(access_key(&read), ["id-2", "key-2"]);
    assert_eq!(read.left, ["audit.heads_bucket_key_id", "audit.heads_bucket_key"]);
    let read = said.then(&bucket("others", "'id-3'", "'key-3'")).await;
    assert_eq!(access_key(&read), ["id-2", "key-2"]);
    assert_eq!(read.left, ["audit.heads_bucket", "audit.heads_bucket_key_id", "audit.heads_bucket_key"]);
}
