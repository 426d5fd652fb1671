use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// A file that nobody else can read.
pub(super) fn private(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn variables(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> + use<> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A value that each secret setting takes, with a mark in it.
fn fitting(key: &str, mark: &str) -> String {
    match key {
        "database.url" | "database.migrate_url" => format!("postgres://u:{mark}@h/n"),
        "audit.heads_webhook_secret" => WEBHOOK_SECRET.to_owned(),
        "mail.smtp_url" => format!("smtps://u:{mark}@h"),
        "audit.stream_secret" => format!("whsec_{}", STANDARD.encode(mark.repeat(3))),
        _ => format!("{mark}-{mark}"),
    }
}

const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn secrets() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| setting.secret)
}

#[test]
fn every_secret_can_be_kept_in_a_file_or_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let stream_secret = fitting("audit.stream_secret", SECRET);
    for setting in secrets() {
        let value = fitting(setting.key, SECRET);
        let path = private(&folder, setting.key, format!("{value}\n"));
        let named_file = format!("file:{}", path.display());
        for source in [named_file.as_str(), "env:KEPT"] {
            let variables = variables(&[
                (&setting.variable(), source),
                ("KEPT", &value),
                ("BAILIWICK_AUDIT__HEADS_WEBHOOK", "https://archive.example"),
                (
                    "BAILIWICK_AUDIT__HEADS_WEBHOOK_SECRET",
                    if setting.key == "audit.heads_webhook_secret" { source } else { WEBHOOK_SECRET },
                ),
                ("BAILIWICK_AUDIT__HEADS_BUCKET", "s3://heads"),
                (
                    "BAILIWICK_AUDIT__HEADS_BUCKET_KEY_ID",
                    if setting.key == "audit.heads_bucket_key_id" { source } else { "k" },
                ),
                (
                    "BAILIWICK_AUDIT__HEADS_BUCKET_KEY",
                    if setting.key == "audit.heads_bucket_key" { source } else { "k" },
                ),
                // One of the two needs the other.
                ("BAILIWICK_TRACK__ENDPOINT", "https://events.example"),
                ("BAILIWICK_TRACK__WRITE_KEY", if setting.key == "track.write_key" { source } else { "k" }),
                ("BAILIWICK_AUDIT__STREAM_URL", "https://siem.example"),
                (
                    "BAILIWICK_AUDIT__STREAM_SECRET",
                    if setting.key == "audit.stream_secret" { source } else { &stream_secret },
                ),
            ]);
            let settings = Settings::load(None, variables).unwrap();
            let found = settings.secrets().into_iter().find(|(key, _)| *key == setting.key).unwrap().1;
            assert_eq!(&*found.unwrap().expose(), value, "{}", setting.key);
        }
    }
}

#[test]
fn what_is_no_secret_means_what_it_says() {
    let settings =
        from_file("data_dir = 'file:/x'\n[mail]\nvendor_name = 'env:HOME'\n[token]\nprefix = 'file'")
            .unwrap();
    assert_eq!(settings.data_dir, PathBuf::from("file:/x"));
    assert_eq!(settings.mail.vendor_name, "env:HOME");
}

#[test]
fn a_source_without_a_good_value_is_told_by_key_kind_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let empty = private(&folder, "empty", "\n");
    let bytes = private(&folder, "bytes", b"\xff");
    let long = private(&folder, "long", "x".repeat(65 * 1024));
    let open = private(&folder, "open", SECRET);
    fs::set_permissions(&open, fs::Permissions::from_mode(0o640)).unwrap();
    let bad = private(&folder, "bad", format!("https://u:{SECRET}@h"));
    for (path, expected) in [
        (folder.path().join("battery"), "it is not there"),
        (folder.path().to_owned(), "it is no regular file"),
        (empty, "is empty"),
        (bytes, "it is not UTF-8"),
        (long, "it is longer than 64 KiB"),
        (open, "others may read it (its mode is 0640): take that from them with chmod 600"),
        (bad, "not a mail server; write smtp://USER"),
    ] {
        let complaint = complaint(&format!("[mail]\nsmtp_url = 'file:{}'", path.display()));
        let begins = format!("mail.smtp_url, from its file: {expected}");
        assert!(complaint.starts_with(&begins), "{complaint}");
        assert!(complaint.ends_with("(bailiwick.toml, line 2)"), "{complaint}");
        assert!(!complaint.contains("battery"), "{complaint}");
    }
    assert_eq!(
        variable_complaint("BAILIWICK_TRACK__WRITE_KEY", "env:correct-horse-battery"),
        "track.write_key, from its environment variable: it is not set \
         (environment variable BAILIWICK_TRACK__WRITE_KEY)"
    );
    assert_eq!(
        variable_complaint("BAILIWICK_TRACK__WRITE_KEY", "aws-secretsmanager:battery"),
        "track.write_key, from its secret in AWS Secrets Manager: nobody is asked here \
         (environment variable BAILIWICK_TRACK__WRITE_KEY)"
    );
}

#[test]
fn a_bad_address_of_mail_server_or_database_is_told_with_its_place_and_without_its_value() {
    for (text, expected) in [
        (
            format!("[mail]\nsmtp_url = 'smtp://u:{SECRET}@mail.example?tls=opportunistic'"),
            "mail.smtp_url: mails go to another machine only over TLS, and with ?tls=opportunistic anybody in between could \
             switch it off; leave that away, or use smtps:// (bailiwick.toml, line 2)",
        ),
        (
            format!("[database]\nurl = 'postgres://u:{SECRET}@h:{SECRET}/n'"),
            "database.url: is no PostgreSQL URL: postgres://USER:PASSWORD@HOST:PORT/NAME (bailiwick.toml, line 2)",
        ),
        (
            format!("[database]\nurl = 'postgres://u@h/n?pasword={SECRET}'"),
            "database.url: has a parameter behind its ? that PostgreSQL's URLs do not have (bailiwick.toml, line 2)",
        ),
        (
            "[database]\nurl = 'sqlite::memory:'".to_owned(),
            "database.url: sqlite: needs a file: what is only in memory each connection would have for itself \
             (bailiwick.toml, line 2)",
        ),
    ] {
        assert_eq!(complaint(&text), expected);
    }
}

/// A `bailiwick.toml` with two secrets in files, read once.
struct Kept {
    folder: TempDir,
    config: PathBuf,
    settings: Settings,
    origin: Origin,
}

const TWO: &str = "[mail]\nsmtp_url = 'file:SMTP'\n[exposure]\ngitlab_revocation_secret = 'file:GITLAB'\n";

impl Kept {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [smtp, gitlab] = [("smtp", "smtps://u:one@h\n"), ("gitlab", "one-and-one-is-two\n")]
            .map(|(name, text)| private(&folder, name, text));
        let two =
            TWO.replace("SMTP", &smtp.display().to_string()).replace("GITLAB", &gitlab.display().to_string());
        let config = private(&folder, "bailiwick.toml", two);
        let (settings, origin) = Origin::read(Some(&config), std::iter::empty()).await.unwrap();
        Self { folder, config, settings, origin }
    }

    /// What the two are when they are read again.
    async fn again(&mut self) -> ([String; 2], ReadAgain) {
        let read = self.origin.read_again().await.unwrap();
        let smtp = read.settings.mail.smtp_url.as_ref().unwrap().expose();
        let gitlab = read.settings.exposure.gitlab_revocation_secret.as_ref().unwrap().expose();
        ([smtp, gitlab].map(|text| text.to_string()), read)
    }

    fn add(&self, text: &str) {
        fs::write(&self.config, fs::read_to_string(&self.config).unwrap() + text).unwrap();
    }
}

#[tokio::test]
async fn a_secret_that_was_replaced_is_read_again() {
    let mut kept = Kept::new().await;
    private(&kept.folder, "smtp", "smtps://u:two@h");
    let (two, read) = kept.again().await;
    assert_eq!(two, ["smtps://u:two@h", "one-and-one-is-two"]);
    assert!(read.faults.is_empty() && read.left.is_empty());
    assert_eq!(
        &*kept.settings.mail.smtp_url.unwrap().expose(),
        "smtps://u:one@h",
        "it is not taken over yet"
    );
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_or_used_stays_as_it_was_and_the_others_are_read() {
    for bad in ["https://u:two@h", "", "\u{1}"] {
        let mut kept = Kept::new().await;
        private(&kept.folder, "smtp", bad);
        private(&kept.folder, "gitlab", "two-and-two-is-four");
        let (two, read) = kept.again().await;
        assert_eq!(two, ["smtps://u:one@h", "two-and-two-is-four"], "{bad}");
        let [fault] = &read.faults[..] else { panic!("{:?}", read.faults) };
        assert!(fault.to_string().starts_with("mail.smtp_url, from its file: "), "{fault}");
        assert!(!fault.to_string().contains("two"), "{fault}");

        fs::remove_file(kept.folder.path().join("gitlab")).unwrap();
        let (two, read) = kept.again().await;
        assert_eq!(two, ["smtps://u:one@h", "two-and-two-is-four"], "as it was last, not as it was first");
        assert_eq!(read.faults.len(), 2);
    }
}

#[tokio::test]
async fn a_file_that_hangs_keeps_its_secret_as_it_was_and_holds_up_no_other() {
    let mut kept = Kept::new().await;
    private(&kept.folder, "gitlab", "two-and-two-is-four");
    let smtp = kept.folder.path().join("smtp");
    let (end, hangs) = std::sync::mpsc::channel::<()>();
    let hung = files::within(std::time::Duration::from_millis(1), &smtp, move || hangs.recv()).await;
    assert!(hung.is_err(), "as if a file system were away");
    let (two, read) = kept.again().await;
    assert_eq!(two, ["smtps://u:one@h", "two-and-two-is-four"]);
    let [fault] = &read.faults[..] else { panic!("{:?}", read.faults) };
    let expected =
        "mail.smtp_url, from its file: it cannot be read: its file system does not answer within 5 s (";
    assert!(fault.to_string().starts_with(expected), "{fault}");
    drop(end);
    private(&kept.folder, "smtp", "smtps://u:two@h");
    assert_eq!(kept.again().await.0[0], "smtps://u:two@h", "it answers again");
}

#[tokio::test]
async fn what_is_no_secret_stays_as_it_was_and_is_named() {
    let mut kept = Kept::new().await;
    kept.add("max_body_bytes = 2048\n[log]\nlevel = 'nonsense'\n");
    let (_, read) = kept.again().await;
    assert_eq!(read.left, ["exposure.max_body_bytes", "log.level"]);
    assert_eq!(read.settings.exposure.max_body_bytes, 10 * 1024 * 1024);
    assert!(read.faults.is_empty());
}

#[tokio::test]
async fn a_file_that_cannot_be_understood_changes_nothing() {
    let mut kept = Kept::new().await;
    kept.add("[exposur]\n");
    private(&kept.folder, "smtp", "smtps://u:two@h");
    let fault = kept.origin.read_again().await.err().unwrap();
    assert!(fault.to_string().contains("exposur: no such setting"), "{fault}");
    fs::write(&kept.config, fs::read_to_string(&kept.config).unwrap().replace("[exposur]\n", "")).unwrap();
    assert_eq!(kept.again().await.0[0], "smtps://u:two@h");
}

#[test]
fn a_secret_becomes_another_in_all_its_clones() {
    let secret = Hidden::new("one");
    let clone = secret.clone();
    secret.take_over(&Hidden::new("two"));
    assert_eq!(&*clone.expose(), "two");
    secret.take_over(&clone);
    assert_eq!(secret, clone);
}
