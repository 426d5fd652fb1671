//! What every request and every job has at hand.

use std::{ops::Deref, os::unix::fs::DirBuilderExt as _, path::Path, sync::Arc, time::Duration};

use seal::{Keys, Source, Vault};
use store::{Db, Tx};
use time_and_chance::{Chance, Clock, Time};
use token_format::Prefixes;

use crate::{
    audit,
    config::{RootPlace, Settings},
    exposure,
    ids::PersonId,
    jobs, keyring,
    mail::Post,
    permissions::Authority,
    schema, signin, tokens, web,
};

/// The moment and the dice of one action, and what it seals with.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// The time.
    pub when: Time,
    /// The dice.
    pub chance: &'a dyn Chance,
    /// The keyring.
    pub vault: &'a Vault,
}

impl Now<'_> {
    /// The keys of these subjects (workspaces, people, [`seal::HOUSE`]) to seal with.
    pub async fn keys<'s>(
        &self,
        tx: &mut Tx,
        subjects: impl IntoIterator<Item = &'s str>,
    ) -> store::Result<Keys> {
        self.vault.keys(tx, self.when, self.chance, subjects).await
    }
}

/// A running Bailiwick. Clones are the same one.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What it consists of.
pub struct Parts {
    /// The settings it was started with.
    pub settings: Settings,
    /// The address under which people reach it; without a slash at the end.
    pub public_url: String,
    /// The database.
    pub db: Db,
    /// The keyring.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The dice.
    pub chance: Arc<dyn Chance>,
    /// The prefixes of our tokens.
    pub prefixes: Prefixes,
    /// What this node knows of imports, and when tokens were last used.
    pub tokens: tokens::Memory,
    /// The keys that partners sign with.
    pub partner_keys: exposure::PartnerKeys,
    /// Where there is room for what partners send.
    pub room: exposure::Room,
    /// Where reports are merged into transactions.
    pub intake: exposure::Intake,
    /// What is done later.
    pub queue: ::jobs::Queue,
    /// What was refused to whom, until it is on record.
    pub refusals: audit::Refusals,
    /// Where the audit is delivered, if the settings say so.
    pub stream: Option<audit::Stream>,
    /// Whether this node can serve.
    pub readiness: web::Readiness,
    /// What of the console is the vendor's.
    pub look: web::console::Look,
    /// Where passwords are hashed and checked.
    pub passwords: signin::password::Desk,
    /// Where it is looked up whether a password is known.
    pub breached: signin::password::Breached,
    /// The passkeys of this address, if it may have any.
    pub passkeys: Option<factors::Passkeys>,
}

/// What the world outside gives to an app.
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The dice.
    pub chance: Arc<dyn Chance>,
}

impl World {
    /// The machine's clock and the operating system's randomness.
    pub fn real() -> Self {
        Self { clock: Arc::new(time_and_chance::SystemClock), chance: Arc::new(time_and_chance::OsChance) }
    }
}

/// Why an app cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The database.
    #[error("the database cannot be used: {0}")]
    Database(#[from] store::Fault),
    /// Its schema.
    #[error(transparent)]
    Schema(#[from] store::SchemaFault),
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] seal::OpenFault),
    /// Something else of the settings or the machine.
    #[error("{0}")]
    Other(String),
}

impl StartFault {
    /// What else can keep an app from starting.
    #[expect(clippy::needless_pass_by_value, reason = "stands in `map_err`")]
    pub fn other(why: impl ToString) -> Self {
        Self::Other(why.to_string())
    }
}

/// Makes a folder that is missing. Digests, addresses and mails lie in it: nobody else on this machine reads them.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// How long a folder is waited for. It may lie on another machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// The same, unless its file system does not answer.
async fn make_private_folder_within(folder: &Path) -> std::io::Result<()> {
    let made = folder.to_owned();
    files::within(PATIENCE, folder, move || make_private_folder(&made)).await?
}

/// A database, and the keyring that opens what is sealed in it.
#[derive(Clone)]
pub struct Opened {
    /// The database, its schema up to date.
    pub db: Db,
    /// The keyring.
    pub vault: Vault,
}

/// Opens the database that the settings name, and its keyring, and brings its schema up to date.
pub async fn open_database(settings: &Settings, world: &World) -> Result<Opened, StartFault> {
    open(settings, world, store::Options::default()).await
}

/// The same for a process that is there for one change of very many rows.
pub async fn open_database_for_bulk(settings: &Settings, world: &World) -> Result<Opened, StartFault> {
    open(settings, world, store::Options { bulk: true, answer: None, ..store::Options::default() }).await
}

async fn open(settings: &Settings, world: &World, options: store::Options) -> Result<Opened, StartFault> {
    let url = settings.database_url();
    if url.starts_with("sqlite:") {
        make_private_folder_within(&settings.data_dir).await.map_err(|error| {
            StartFault::other(format!("data_dir {} cannot be made: {error}", settings.data_dir.display()))
        })?;
    }
    let options = store::Options { connections: settings.database.connections, ..options };
    bring_up(settings, world, Db::open(&url, options).await?).await
}

/// Opens the keyring that the settings name for a database that is open already, and brings its schema up to date.
pub async fn bring_up(settings: &Settings, world: &World, db: Db) -> Result<Opened, StartFault> {
    let source = keyring_source(settings).await?;
    let (when, chance) = (world.clock.now(), &*world.chance);
    let vault = match &settings.database.migrate_url {
        Some(owner) => schema::bring_up_as(&owner.expose(), &db, when, chance, source).await?,
        None => schema::bring_up(&db, when, chance, source).await?,
    };
    Ok(Opened { db, vault })
}

/// Where the settings say that the root keys are. The folder of a key file that is yet to be made is.
pub(crate) async fn keyring_source(settings: &Settings) -> Result<Source, StartFault> {
    let source = match &settings.keyring.root {
        RootPlace::File(path) => Source::File(path.clone()),
        RootPlace::Env(name) => Source::Env(name.clone()),
        RootPlace::AwsKms(arns) => Source::Service(Arc::new(keyring::AwsKms::new(arns, &settings.aws)?)),
    };
    if let Source::File(path) = &source
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        make_private_folder_within(folder).await.map_err(|error| {
            StartFault::other(format!(
                "keyring.root: the folder {} cannot be made: {error}",
                folder.display()
            ))
        })?;
    }
    Ok(source)
}

/// A server that is reached by a bare address, or in the open from elsewhere, has none: browsers would not make them.
fn passkeys(public_url: &str, vendor: &str) -> Option<factors::Passkeys> {
    let url = url::Url::parse(public_url).ok()?;
    factors::Passkeys::new(&url, vendor)
        .inspect_err(|why| tracing::warn!(%why, "there are no passkeys at this address"))
        .ok()
}

impl App {
    /// An app on an open and migrated database.
    pub async fn new(
        settings: Settings,
        public_url: String,
        opened: Opened,
        world: World,
    ) -> Result<Self, StartFault> {
        let Opened { db, vault } = opened;
        let World { clock, chance } = world;
        let prefixes = settings.token.prefixes();
        let client =
            outgoing::Client::new(concat!("bailiwick/", env!("CARGO_PKG_VERSION")), settings.guard())
                .map_err(StartFault::other)?;
        let post = Post::from_settings(&settings).map_err(StartFault::other)?;
        let partner_keys =
            exposure::partner_keys(db.clone(), client.clone(), Arc::clone(&clock), &settings.exposure);
        let stream = audit::Stream::of(&settings, client.clone());
        let look = web::console::Look::of(&settings).map_err(StartFault::other)?;
        let passwords = signin::password::Desk::of(&settings).map_err(StartFault::other)?;
        let breached =
            signin::password::Breached::of(&settings, client.clone()).map_err(StartFault::other)?;
        let passkeys = passkeys(&public_url, &look.vendor);
        let memory = tokens::Memory::load(&db).await?;
        let desk = jobs::Desk {
            db: db.clone(),
            vault: vault.clone(),
            chance: Arc::clone(&chance),
            post,
            client,
            memory: memory.clone(),
            public_url: public_url.clone(),
            settings: settings.clone(),
        };
        let queue = jobs::queue(desk, Arc::clone(&clock));
        let intake = exposure::Intake::new(exposure::Office {
            db: db.clone(),
            vault: vault.clone(),
            clock: Arc::clone(&clock),
            chance: Arc::clone(&chance),
            prefixes: prefixes.clone(),
            policy: settings.exposure.policy,
            tracks: settings.track.endpoint.is_some(),
            queue: queue.clone(),
        });
        let room = exposure::Room::for_bodies_of(settings.exposure.max_body_bytes);
        let parts = Parts {
            settings,
            public_url,
            db,
            vault,
            clock,
            chance,
            prefixes,
            tokens: memory,
            partner_keys,
            room,
            intake,
            queue,
            refusals: audit::Refusals::default(),
            stream,
            readiness: web::Readiness::default(),
            look,
            passwords,
            breached,
            passkeys,
        };
        Ok(Self(Arc::new(parts)))
    }

    /// This moment, and dice.
    pub fn now(&self) -> Now<'_> {
        Now { when: self.clock.now(), chance: &*self.chance, vault: &self.vault }
    }

    /// Gives the tokens of a person to the one whom that person turned out to be. It stands here because tokens and sign-in know of
    /// workspaces, and not the other way round.
    pub async fn person_became(
        &self,
        tx: &mut Tx,
        now: Now<'_>,
        by: &Authority,
        people: [&PersonId; 2],
    ) -> store::Result<()> {
        tokens::creator_became(tx, now, by, people).await?;
        signin::forget(tx, &[people[0].to_string()]).await
    }

    /// Whether a person signs in here, for the same reason.
    pub async fn signs_in(&self, tx: &mut Tx, person: &PersonId) -> store::Result<bool> {
        signin::signs_in(tx, person).await
    }

    /// Deletes what signed people in who are gone, for the same reason.
    pub async fn people_went(&self, tx: &mut Tx, people: &[String]) -> store::Result<()> {
        signin::forget(tx, people).await
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_folder_that_hangs_is_given_up_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let (path, (_end, hangs)) = (folder.path().join("keys"), mpsc::channel::<()>());
        let hung = files::within(Duration::from_millis(1), &path, move || hangs.recv()).await;
        assert!(hung.is_err(), "as if a file system were away");
        let root = format!("file:{}", path.join("root.key").display());
        let variables = [("BAILIWICK_KEYRING__ROOT".to_owned(), root)];
        let settings = Settings::load(None, variables.into_iter()).unwrap();
        let fault = keyring_source(&settings).await.err().unwrap().to_string();
        let expected = "cannot be made: its file system does not answer within 5 s";
        assert!(fault.starts_with("keyring.root: the folder ") && fault.ends_with(expected), "{fault}");
    }
}
