//! What runs later: one line per background job.

mod pace;

pub use pace::{Pace, goes_on};

use std::{collections::BTreeSet, sync::Arc};

use ::jobs::{Claimed, Queue, Schedule, Terms};
use seal::Vault;
use store::Db;
use time_and_chance::{Chance, Clock, Duration};

use crate::{
    app::{App, Now},
    audit::{self, DeliverHeads, Destination, Porter},
    config::Settings,
    exposure::{self, TellEnded, TellOwners, Writer},
    insights::{self, Courier, DeliverEvents, Endpoint, Pause},
    keyring::{self, ReindexMail, ResealWorkspace, RewrapKeys},
    mail::{self, Post, SendMail},
    rounds::caught,
    signin::{
        self,
        link::{self, MailReset, Postbox},
    },
    tokens,
};

/// What the jobs work with.
pub struct Desk {
    /// The database.
    pub db: Db,
    /// The keyring.
    pub vault: Vault,
    /// The dice.
    pub chance: Arc<dyn Chance>,
    /// The way out for mails.
    pub post: Post,
    /// The way out for everything else.
    pub client: outgoing::Client,
    /// What this node keeps in memory about tokens.
    pub memory: tokens::Memory,
    /// The address under which people reach the console.
    pub public_url: String,
    /// The settings.
    pub settings: Settings,
}

/// The queue, with every kind of job.
pub fn queue(desk: Desk, clock: Arc<dyn Clock>) -> Queue {
    let porter = Porter {
        db: desk.db.clone(),
        client: desk.client.clone(),
        destinations: Destination::all(&desk.settings.audit),
    };
    let (writer, courier) = (desk.writer(), desk.courier(Arc::clone(&clock)));
    let postbox = desk.postbox();
    let (ended, db, post) = (writer.clone(), desk.db.clone(), Arc::new(desk.post));
    let vault = desk.vault.clone();
    let resealer = keyring::Resealer {
        db: desk.db.clone(),
        vault: desk.vault.clone(),
        chance: Arc::clone(&desk.chance),
    };
    let (rewrap, reseal, reindex) = (resealer.clone(), resealer.clone(), resealer);
    Queue::new(desk.db, desk.vault, clock, desk.chance)
        .on(Terms::default(), move |_, jobs: Vec<Claimed<RewrapKeys>>| {
            keyring::rewrap_keys(rewrap.clone(), jobs)
        })
        .on(Terms::default(), move |when, jobs: Vec<Claimed<ResealWorkspace>>| {
            keyring::reseal_workspaces(reseal.clone(), when, jobs)
        })
        .on(Terms::default(), move |when, jobs: Vec<Claimed<ReindexMail>>| {
            keyring::reindex_mail(reindex.clone(), when, jobs)
        })
        .on(Terms::default(), move |when, jobs: Vec<Claimed<TellOwners>>| {
            exposure::tell_owners(writer.clone(), when, jobs)
        })
        .on(Terms::default(), move |when, jobs: Vec<Claimed<TellEnded>>| {
            exposure::tell_ended(ended.clone(), when, jobs)
        })
        .on(mail::terms(), move |when, jobs: Vec<Claimed<SendMail>>| {
            mail::send(db.clone(), vault.clone(), Arc::clone(&post), when, jobs)
        })
        .on(Terms::default(), move |when, jobs: Vec<Claimed<MailReset>>| {
            link::mail_resets(postbox.clone(), when, jobs)
        })
        .on(insights::terms(), move |_, jobs: Vec<Claimed<DeliverEvents>>| {
            insights::deliver(courier.clone(), jobs)
        })
        .on(Terms::default(), move |when, jobs: Vec<Claimed<DeliverHeads>>| {
            audit::deliver_heads(porter.clone(), when, jobs)
        })
}

impl Desk {
    fn writer(&self) -> Writer {
        Writer {
            db: self.db.clone(),
            vault: self.vault.clone(),
            chance: Arc::clone(&self.chance),
            vendor: self.settings.mail.vendor_name.clone(),
            tokens_url: self.settings.mail.tokens_url.clone(),
            public_url: self.public_url.clone(),
            memory: self.memory.clone(),
            operator_mail: self.settings.operator.mail.to_string().into(),
            pace: Pace::length(Terms::default()),
        }
    }

    fn postbox(&self) -> Postbox {
        Postbox {
            db: self.db.clone(),
            vault: self.vault.clone(),
            chance: Arc::clone(&self.chance),
            vendor: self.settings.mail.vendor_name.clone(),
            public_url: self.public_url.clone(),
        }
    }

    fn courier(&self, clock: Arc<dyn Clock>) -> Courier {
        let track = &self.settings.track;
        let endpoint = track.endpoint.as_ref().zip(track.write_key.clone()).map(|(url, write_key)| {
            Endpoint { url: format!("{}/v1/batch", url.trim_end_matches('/')), write_key }
        });
        Courier {
            db: self.db.clone(),
            vault: self.vault.clone(),
            clock,
            client: self.client.clone(),
            endpoint,
            pace: Pace::length(insights::terms()),
            pause: Pause::default(),
        }
    }
}

/// What comes round by itself, by name; `bailiwick jobs run NAME` runs one now.
pub const SCHEDULES: &[Schedule] = &[
    Schedule {
        name: "deadlines",
        every: Duration::from_secs(20),
        does: "ends the 24 hours of leaked tokens",
    },
    Schedule {
        name: "audit_stream",
        every: Duration::from_hours(1),
        does: "finds entries of the audit that nobody noted for the stream",
    },
    Schedule {
        name: "keyring",
        every: Duration::from_hours(1),
        does: "destroys former root keys whose time has come",
    },
    Schedule {
        name: "signin",
        every: Duration::from_hours(1),
        does: "forgets sign-ins, failures and links that are long over",
    },
    Schedule { name: "heads", every: Duration::from_hours(1), does: "signs a head of the audit" },
];

/// How long a turn that failed is waited with.
const AGAIN: Duration = Duration::from_secs(10);

/// Takes each turn that is due, if no other node was quicker. One that fails or panics is told of, is due again soon, and holds
/// up none of the others. `owed` are those that could not be given back yet, because the database was away; it is the caller's to keep.
pub async fn take_turns(app: &App, owed: &mut BTreeSet<&'static str>) -> store::Result<()> {
    for schedule in SCHEDULES {
        let name = schedule.name;
        if owed.contains(name) {
            give_back(app, *schedule).await?;
            owed.remove(name);
        }
        if !::jobs::claim_turn(&app.db, app.clock.now(), *schedule).await? {
            continue;
        }
        let node = app.clone();
        let is_done = match caught(name, async move { run_scheduled(&node, name).await }).await {
            Some(Ok(_)) => true,
            Some(Err(fault)) => {
                tracing::error!(name, %fault, "what comes round has failed, and is tried again in a few seconds");
                false
            }
            None => false,
        };
        if !is_done && give_back(app, *schedule).await.is_err() {
            owed.insert(name);
        }
    }
    Ok(())
}

async fn give_back(app: &App, schedule: Schedule) -> store::Result<()> {
    ::jobs::due_again(&app.db, app.clock.now().plus(AGAIN), schedule).await
}

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
        "audit_stream" => {
            let noted = audit::note_unnoted(&app.db, now.when).await?;
            if noted > 0 {
                tracing::info!(noted, "chains of the audit wait for the stream, and it had not been noted");
            }
        }
        "keyring" => {
            let destroyed = keyring::destroy_retired_roots(app).await?;
            if destroyed > 0 {
                tracing::info!(destroyed, "former root keys are destroyed");
            }
        }
        "signin" => signin::tidy(app).await?,
        "heads" => {
            if let Some(number) = audit::make_heads(app).await? {
                tracing::debug!(number, "a head of the audit is signed");
            }
        }
        _ => return Ok(false),
    }
    app.queue.nudge();
    Ok(true)
}
