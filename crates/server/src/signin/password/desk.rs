use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use passwords::{Password, Scheme, Stored};
use store::{Db, args};
use time_and_chance::{Chance, Duration, Time};

use crate::config::{PasswordHash, Settings};

/// Where passwords are hashed and checked: on a few threads of their own, so that nothing else waits.
#[derive(Clone)]
pub struct Desk {
    /// How a password is stored from now on.
    pub scheme: Scheme,
    pool: Arc<passwords::Backroom>,
    dearest: Arc<Mutex<Option<(Time, Scheme)>>>,
}

/// More wait than there is room for.
#[derive(Debug)]
pub struct Busy;

/// How many may wait: with bcrypt at cost 12 a core does some four a second.
const WAITING: usize = 64;
/// How long it is believed that a scheme is the dearest of those stored.
const BELIEVED: Duration = Duration::from_mins(1);

impl Desk {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Result<Self, String> {
        let scheme = match settings.password.hash {
            PasswordHash::Bcrypt => Scheme::Bcrypt { cost: settings.password.cost },
            PasswordHash::Argon2id => Scheme::ARGON2ID,
        };
        let cores = NonZeroUsize::new(settings.password.cores).unwrap_or(NonZeroUsize::MIN);
        let pool = passwords::Backroom::new(cores, WAITING)
            .map_err(|error| format!("no threads can be had for passwords: {error}"))?;
        Ok(Self { scheme, pool: Arc::new(pool), dearest: Arc::default() })
    }

    /// Does something that takes long.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        self.pool.run(work).await.map_err(|_| Busy)
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: Password, chance: Arc<dyn Chance>) -> Result<Stored, Busy> {
        let scheme = self.scheme;
        let hashed = self.pool.run(move || passwords::hash(scheme, &password, &*chance)).await;
        Ok(hashed.map_err(|_| Busy)?.expect("the settings' scheme is a good one"))
    }

    /// Checks a password against what is stored, and works as hard for nobody as for whoever has the dearest hash.
    pub async fn check(
        &self,
        db: &Db,
        when: Time,
        stored: Option<Stored>,
        password: Password,
    ) -> Result<bool, CheckFault> {
        let dearest = self.dearest(db, when).await?;
        let checked = self.pool.run(move || {
            let Some(stored) = stored else {
                passwords::spend(dearest, None);
                return false;
            };
            let is_right = passwords::check(&stored, &password);
            // For a right one too: where answers do not tell which it was, their time must not.
            passwords::spend(dearest, Some(stored.scheme()));
            is_right
        });
        checked.await.map_err(|_| CheckFault::Busy)
    }

    async fn dearest(&self, db: &Db, when: Time) -> store::Result<Scheme> {
        let known = *self.dearest.lock().expect("nobody panics with it");
        if let Some((read_at, scheme)) = known
            && when < read_at.plus(BELIEVED)
        {
            return Ok(scheme);
        }
        let rows = db.rows(SCHEMES, args![]).await?;
        let stored = rows.iter().map(|row| row.get::<String>("scheme")).collect::<store::Result<Vec<_>>>()?;
        let stored = stored.iter().filter_map(|name| name.parse::<Scheme>().ok());
        let dearest = stored.chain([self.scheme]).max_by_key(|scheme| scheme.work()).unwrap_or(self.scheme);
        *self.dearest.lock().expect("nobody panics with it") = Some((when, dearest));
        Ok(dearest)
    }
}

const SCHEMES: &str = "SELECT scheme FROM password_schemes";

/// Why a password could not be checked.
#[derive(Debug)]
pub enum CheckFault {
    /// More wait than there is room for.
    Busy,
    /// The database.
    Store(store::Fault),
}

impl From<store::Fault> for CheckFault {
    fn from(fault: store::Fault) -> Self {
        Self::Store(fault)
    }
}
