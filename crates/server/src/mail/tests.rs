use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use ::jobs::{Claimed, JobId, Outcome};
use seal::{Root, Source, Vault};
use store::{Db, Options, Row, args};
use test_database::Database;
use time_and_chance::{Duration, SeededChance, Time};

use super::*;
use crate::{app::Now, config::Hidden, schema::bring_up};

const MAILS: &str = "SELECT id, sent_at FROM mails ORDER BY id";
const JOBS: &str = "SELECT id, payload FROM jobs ORDER BY id";

struct Desk {
    folder: tempfile::TempDir,
    db: Db,
    vault: Vault,
    chance: SeededChance,
    _database: Database,
}

fn noon() -> Time {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn letter(once: &str) -> Letter {
    Letter {
        once: once.to_owned(),
        workspace_id: Some("wsp_1".to_owned()),
        recipient: "Ana@example.com".into(),
        subject: "Token \"deploy-bot\" no longer works".into(),
        text: "It was found on GitHub…".into(),
        html: "<p>It was found on GitHub…</p>".into(),
    }
}

fn mail(subject: &str) -> Mail {
    let Letter { recipient, text, html, .. } = letter("x");
    let id = MailId::from_parts(noon(), 7);
    Mail { id, recipient, subject: subject.into(), text, html, written_at: noon() }
}

fn files(data_dir: &Path) -> Post {
    let from = &"Acme <no-reply@acme.example>".parse().unwrap();
    Post::new(&PostSettings { from, smtp_url: None, data_dir }).unwrap()
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::fresh(folder.path());
        let db = Db::open(&database.url, Options::default()).await.unwrap();
        let chance = SeededChance::new(1);
        let source = Source::Given(vec![Root::new(&chance)]);
        let vault = bring_up(&db, noon(), &chance, source).await.unwrap();
        Self { folder, db, vault, chance, _database: database }
    }

    fn now(&self) -> Now<'_> {
        Now { when: noon(), chance: &self.chance, vault: &self.vault }
    }

    async fn write(&self, letters: Vec<Letter>) -> u64 {
        let mut tx = self.db.begin().await.unwrap();
        let written = write(&mut tx, self.now(), &letters).await.unwrap();
        tx.commit().await.unwrap();
        written
    }

    async fn jobs(&self) -> Vec<SendMail> {
        let rows = self.db.rows(JOBS, args![]).await.unwrap();
        let opener = self.vault.opener_of(&self.db, &rows, &["payload"]).await.unwrap();
        let task = |row: &Row| {
            let id: String = row.get("id").unwrap();
            let payload = opener.text(row, "payload", ::jobs::PAYLOAD.of(&id, "")).unwrap();
            serde_json::from_str(payload.expose()).unwrap()
        };
        rows.iter().map(task).collect()
    }

    async fn send(&self, when: Time) -> Vec<Outcome> {
        let claimed = |task| Claimed {
            id: JobId::new(when, &self.chance),
            attempt: 1,
            created_at: noon(),
            first_tried_at: noon(),
            task,
        };
        let batch = self.jobs().await.into_iter().map(claimed).collect();
        send(self.db.clone(), self.vault.clone(), Arc::new(files(self.folder.path())), when, batch).await
    }

    async fn sent_at(&self) -> Vec<Option<Time>> {
        let rows = self.db.rows(MAILS, args![]).await.unwrap();
        rows.iter().map(|row| row.get("sent_at").unwrap()).collect()
    }

    fn eml(&self) -> Vec<String> {
        let mails = fs::read_dir(self.folder.path().join("mail")).unwrap();
        mails.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }
}

#[tokio::test]
async fn a_letter_written_twice_is_one_mail_and_one_job() {
    let desk = Desk::new().await;
    assert_eq!(desk.write(vec![letter("a"), letter("b"), letter("a")]).await, 2);
    assert_eq!(desk.write(vec![letter("b"), letter("c")]).await, 1);
    let mails = desk.db.rows(MAILS, args![]).await.unwrap();
    let mut ids: Vec<MailId> = mails.iter().map(|row| row.get("id").unwrap()).collect();
    let mut tasks: Vec<MailId> = desk.jobs().await.into_iter().map(|task| task.mail).collect();
    ids.sort();
    tasks.sort();
    assert_eq!(tasks, ids);
}

#[tokio::test]
async fn many_letters_take_a_statement_for_each_hundred() {
    let desk = Desk::new().await;
    desk.write(vec![letter("one for which keys are made")]).await;
    let mut tx = desk.db.begin().await.unwrap();
    let before = desk.db.statements();
    let letters: Vec<_> = (0..250).map(|number| letter(&number.to_string())).collect();
    assert_eq!(write(&mut tx, desk.now(), &letters).await.unwrap(), 250);
    tx.commit().await.unwrap();
    // And one for each key that seals: the workspace's and the queue's.
    assert_eq!(desk.db.statements() - before, 8);
}

#[tokio::test]
async fn a_mail_that_was_changed_behind_our_back_waits_alone_and_says_its_column() {
    const SWAP: &str = "UPDATE mails SET text = html WHERE once = 'a'";
    let desk = Desk::new().await;
    desk.write(vec![letter("a"), letter("b")]).await;
    let mut tx = desk.db.begin().await.unwrap();
    tx.execute(SWAP, args![]).await.unwrap();
    tx.commit().await.unwrap();
    let outcomes = desk.send(noon()).await;
    let waiting: Vec<_> = outcomes.iter().filter(|outcome| **outcome != Outcome::Done).collect();
    let [Outcome::Retry { why, after: None }] = &waiting[..] else { panic!("{outcomes:?}") };
    assert!(why.contains("mails.text of row mail_") && why.contains("does not open"), "{why}");
    assert_eq!(desk.eml().len(), 1);
}

#[tokio::test]
async fn a_change_that_is_not_made_sends_nothing() {
    let desk = Desk::new().await;
    let mut tx = desk.db.begin().await.unwrap();
    write(&mut tx, desk.now(), &[letter("a")]).await.unwrap();
    drop(tx);
    assert!(desk.jobs().await.is_empty());
    assert!(desk.sent_at().await.is_empty());
}

#[tokio::test]
async fn a_mail_is_sent_noted_and_not_sent_again() {
    let desk = Desk::new().await;
    desk.write((0..20).map(|number| letter(&number.to_string())).collect()).await;
    assert_eq!(desk.send(noon()).await, vec![Outcome::Done; 20]);
    assert_eq!(desk.sent_at().await, vec![Some(noon()); 20]);
    assert_eq!(desk.eml().len(), 20);
    fs::remove_dir_all(desk.folder.path().join("mail")).unwrap();
    let later = noon().plus(Duration::from_mins(1));
    assert_eq!(desk.send(later).await, vec![Outcome::Done; 20]);
    assert_eq!(desk.sent_at().await, vec![Some(noon()); 20]);
    assert!(!desk.folder.path().join("mail").exists());
}

#[tokio::test]
async fn what_cannot_be_sent_says_why_without_the_address() {
    let desk = Desk::new().await;
    desk.write(vec![Letter { recipient: "ana at example.com".into(), ..letter("a") }, letter("b")]).await;
    let mut outcomes = desk.send(noon()).await;
    outcomes.sort_by_key(|outcome| *outcome == Outcome::Done);
    assert_eq!(outcomes, [Outcome::give_up("its address is not a mail address"), Outcome::Done]);
    fs::remove_dir_all(desk.folder.path().join("mail")).unwrap();
    fs::write(desk.folder.path().join("mail"), "in the way").unwrap();
    desk.write(vec![letter("c")]).await;
    let outcomes = desk.send(noon()).await;
    let retried = |outcome: &Outcome| matches!(outcome, Outcome::Retry { why, .. } if !why.contains('@'));
    assert_eq!(outcomes.iter().filter(|outcome| retried(outcome)).count(), 1, "{outcomes:?}");
}

#[tokio::test]
async fn a_file_is_private_whole_and_written_over_by_a_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let post = files(folder.path());
    let mail = mail("hello");
    post.deliver(&mail).await.unwrap();
    let file = folder.path().join("mail").join(format!("{}.eml", mail.id));
    let first = fs::read_to_string(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    post.deliver(&mail).await.unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    assert_eq!(fs::read_dir(folder.path().join("mail")).unwrap().count(), 1);
    insta::assert_snapshot!(first.replace('\r', ""));
}

#[tokio::test]
async fn a_subject_cannot_add_a_header() {
    let folder = tempfile::tempdir().unwrap();
    let mail = mail("deploy\r\nBcc: eve@example.com\r\n\r\n<b>body</b>\u{b}\u{0}");
    files(folder.path()).deliver(&mail).await.unwrap();
    let eml = fs::read_to_string(folder.path().join("mail").join(format!("{}.eml", mail.id))).unwrap();
    assert!(eml.contains("\r\nSubject: deploy Bcc: eve@example.com <b>body</b>\r\n"), "{eml}");
    assert!(!eml.contains("\nBcc:"), "{eml}");
}

#[tokio::test]
async fn a_recipient_may_have_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let mail = Mail { recipient: "Acme Security <security@bücher.example>".into(), ..mail("hello") };
    files(folder.path()).deliver(&mail).await.unwrap();
    let eml = fs::read_to_string(folder.path().join("mail").join(format!("{}.eml", mail.id))).unwrap();
    assert!(eml.contains("\r\nTo: \"Acme Security\" <security@xn--bcher-kva.example>\r\n"), "{eml}");
}

#[test]
fn nothing_of_a_mail_shows_in_debug() {
    let shown = format!("{:?} {:?}", letter("a"), mail("hello"));
    for hidden in ["@", "hello", "deploy", "GitHub"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[test]
fn a_bad_setting_is_named_and_not_repeated() {
    let read = |from: &str, smtp_url: Option<&str>| {
        let (from, smtp_url) = (from.parse().unwrap(), smtp_url.map(Hidden::new));
        let settings =
            PostSettings { from: &from, smtp_url: smtp_url.as_ref(), data_dir: Path::new("nowhere") };
        Post::new(&settings).map(|post| format!("{post:?}")).map_err(|bad| bad.to_string())
    };
    assert_eq!(read("no-reply@localhost", None).unwrap(), "Post(files)");
    assert_eq!(read("Acmé <no-reply@bücher.example>", Some("smtp://localhost")).unwrap(), "Post(smtp)");
    let bad = read("Acme <no-reply@127.0.0.1>", None).unwrap_err();
    assert!(bad.starts_with("mail.from: not a mailbox") && !bad.contains("127"), "{bad}");
    let bad =
        read("no-reply@acme.example", Some("smtp://ana:secret@mail.example?tls=opportunistic")).unwrap_err();
    assert!(bad.starts_with("mail.smtp_url: ") && !bad.contains("secret"), "{bad}");
}
