use std::{path::Path, sync::Arc};

use bailiwick::{
    app::Now,
    config::Hidden,
    mail::{self, Letter, Mail, MailId, Post, PostSettings, SendMail},
    schema::bring_up,
};
use jobs::{Claimed, JobId, Outcome, Queue};
use seal::{Root, Source, Vault};
use store::{Db, Options, args};
use test_database::Database;
use time_and_chance::{FixedClock, SeededChance, Time};

/// A database with mails to be sent, and the job that sends them.
pub struct Desk {
    db: Db,
    vault: Vault,
    post: Arc<Post>,
    pub clock: FixedClock,
    chance: Arc<SeededChance>,
    _database: Database,
    _folder: tempfile::TempDir,
}

pub fn post(smtp_url: Option<&str>, data_dir: &Path) -> Post {
    let from = &"Acme <no-reply@acme.example>".parse().expect("a mailbox");
    let smtp_url = smtp_url.map(Hidden::new);
    Post::new(&PostSettings { from, smtp_url: smtp_url.as_ref(), data_dir }).expect("good settings")
}

pub fn mail(recipient: &str) -> Mail {
    Mail {
        id: MailId::from_parts(noon(), 7),
        recipient: recipient.into(),
        subject: "Token \"deploy-bot\" was found on GitHub and no longer works – what to do".into(),
        text: "It was found on GitHub…\n.\nThe line above is a lonely full stop.".into(),
        html: "<p>It was found on GitHub…</p>".into(),
        written_at: noon(),
    }
}

fn noon() -> Time {
    "2026-11-23T12:00:00Z".parse().expect("a time")
}

impl Desk {
    pub async fn new(smtp_url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::fresh(folder.path());
        let db = Db::open(&database.url, Options::default()).await.expect("a database");
        let (clock, chance) = (FixedClock::at(noon()), Arc::new(SeededChance::new(1)));
        let source = Source::Given(vec![Root::new(&*chance)]);
        let vault = bring_up(&db, noon(), &*chance, source).await.expect("a schema and a keyring");
        let post = Arc::new(post(smtp_url, folder.path()));
        Self { db, vault, post, clock, chance, _database: database, _folder: folder }
    }

    /// Writes a mail to each.
    pub async fn write(&self, recipients: &[&str]) {
        let letter = |(number, recipient): (usize, &&str)| {
            let Mail { recipient, subject, text, html, .. } = mail(recipient);
            Letter { once: number.to_string(), workspace_id: None, recipient, subject, text, html }
        };
        let letters: Vec<_> = recipients.iter().enumerate().map(letter).collect();
        let mut tx = self.db.begin().await.expect("a transaction");
        let now = Now { when: noon(), chance: &*self.chance, vault: &self.vault };
        mail::write(&mut tx, now, &letters).await.expect("they are written");
        tx.commit().await.expect("it holds");
    }

    /// Writes a mail to each and tries to send all of them once.
    pub async fn send(&self, recipients: &[&str]) -> Vec<Outcome> {
        self.write(recipients).await;
        let rows =
            self.db.rows("SELECT id FROM mails ORDER BY CAST(once AS BIGINT)", args![]).await.expect("mails");
        let batch = rows.iter().map(|row| {
            let task = SendMail { mail: row.get("id").expect("an id") };
            Claimed {
                id: JobId::new(noon(), &*self.chance),
                attempt: 1,
                created_at: noon(),
                first_tried_at: noon(),
                task,
            }
        });
        mail::send(self.db.clone(), self.vault.clone(), Arc::clone(&self.post), noon(), batch.collect()).await
    }

    /// Lets the queue do what is due.
    pub async fn work_off(&self) {
        let (db, vault, post) = (self.db.clone(), self.vault.clone(), Arc::clone(&self.post));
        let queue = Queue::new(
            self.db.clone(),
            self.vault.clone(),
            Arc::new(self.clock.clone()),
            Arc::clone(&self.chance) as _,
        );
        let queue = queue.on(mail::terms(), move |when, batch| {
            mail::send(db.clone(), vault.clone(), Arc::clone(&post), when, batch)
        });
        queue.work_off().await.expect("the queue is worked off");
    }

    pub async fn waiting(&self) -> usize {
        jobs::list(&self.db, None, 100).await.expect("jobs").len()
    }

    pub async fn last_errors(&self) -> Vec<String> {
        let jobs = jobs::list(&self.db, None, 100).await.expect("jobs");
        jobs.into_iter().filter_map(|job| job.last_error).collect()
    }
}
