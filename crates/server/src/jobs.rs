//! What runs later: one line per background job.

use std::sync::Arc;

use ::jobs::{Claimed, Queue, Schedule, Terms};
use store::Db;
use time_and_chance::{Chance, Clock, Duration};

use crate::{
    app::{App, Now},
    config::Settings,
    exposure::{self, TellEnded, TellOwners, Writer},
    insights::{self, DeliverEvents, Endpoint},
    mail::{self, Post, SendMail},
    tokens,
};

/// What the jobs work with.
pub struct Desk {
    /// The database.
    pub db: Db,
    /// The dice.
    pub chance: Arc<dyn Chance>,
    /// The way out for mails.
    pub post: Post,
    /// The way out for everything else.
    pub client: outgoing::Client,
    /// Where links to a workspace's tokens lead.
    pub tokens_url: String,
    /// What this node keeps in memory about tokens.
    pub memory: tokens::Memory,
    /// The settings.
    pub settings: Settings,
}

/// The queue, with every kind of job.
pub fn queue(desk: Desk, clock: Arc<dyn Clock>) -> Queue {
    let (db, post, client) = (desk.db.clone(), Arc::new(desk.post), desk.client);
    let writer = Writer {
        db: db.clone(),
        chance: Arc::clone(&desk.chance),
        vendor: desk.settings.mail.vendor_name.clone(),
        tokens_url: desk.tokens_url,
        memory: desk.memory,
        operator_mail: desk.settings.operator.mail.to_string(),
    };
    let ended = writer.clone();
    let track = &desk.settings.track;
    let endpoint = track.endpoint.as_ref().map(|url| Endpoint {
        url: format!("{}/v1/batch", url.trim_end_matches('/')),
        write_key: track.write_key.as_ref().map(|key| key.expose().to_owned()).unwrap_or_default(),
    });
    let (mail_db, events_db) = (db.clone(), db.clone());
    Queue::new(db, clock, desk.chance)
        .on(Terms::default(), move |when, jobs: Vec<Claimed<TellOwners>>| {
            exposure::tell_owners(writer.clone(), when, jobs)
        })
        .on(Terms::default(), move |when, jobs: Vec<Claimed<TellEnded>>| {
            exposure::tell_ended(ended.clone(), when, jobs)
        })
        .on(mail::terms(), move |when, jobs: Vec<Claimed<SendMail>>| {
            mail::send(mail_db.clone(), Arc::clone(&post), when, jobs)
        })
        .on(Terms::default(), move |when, jobs: Vec<Claimed<DeliverEvents>>| {
            insights::deliver(events_db.clone(), client.clone(), endpoint.clone(), when, jobs)
        })
}

/// What comes round by itself, by name; `bailiwick jobs run NAME` runs one now.
pub const SCHEDULES: &[Schedule] = &[Schedule { name: "deadlines", every: Duration::from_secs(20) }];

/// Runs what comes round under this name. Answers whether there is such a thing.
pub async fn run_scheduled(app: &App, name: &str) -> store::Result<bool> {
    let now: Now<'_> = app.now();
    match name {
        "deadlines" => {
            let ended = exposure::end_warnings(&app.db, now).await?;
            if ended > 0 {
                tracing::info!(ended, "warnings have ended");
            }
        }
        _ => return Ok(false),
    }
    app.queue.nudge();
    Ok(true)
}
