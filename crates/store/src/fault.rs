/// What went wrong with the database. Says what the engine says, never which values it said it about.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// The database does not answer: no connection, or none in time.
    #[error("the database does not answer: {0}")]
    Away(String),
    /// Two transactions waited for one another, and this one was chosen to give way. It may be tried again.
    #[error("gave way to another transaction")]
    GaveWay,
    /// Another transaction held a row for longer than is waited for it. Whoever wants other rows is not concerned.
    #[error("another transaction holds a row for too long")]
    Locked,
    /// The engine refused the statement.
    #[error("the database refused a statement ({code}): {message}")]
    Refused {
        /// The engine's code (an SQLSTATE, or SQLite's number).
        code: String,
        /// The engine's sentence, without its details, which may hold values.
        message: String,
    },
    /// A row does not hold what the statement promised.
    #[error("a row is not of the form that the program expects: {0}")]
    Row(String),
    /// The settings of the database make no sense.
    #[error("{0}")]
    Setting(String),
}

impl Fault {
    /// Whether the database is out of reach, so that the caller may come back later.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// Whether the same transaction may go through when tried again at once.
    pub fn may_be_retried(&self) -> bool {
        matches!(self, Self::GaveWay)
    }

    /// Whether it lies in the moment and not in what was asked, so that it may go through later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_) | Self::GaveWay | Self::Locked)
    }

    /// Whether another row has what only one row can have. Where that was looked for before, somebody made it meanwhile.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if TAKEN.contains(&code.as_str()))
    }
}

/// `unique_violation`; SQLite's `CONSTRAINT_UNIQUE` and `CONSTRAINT_PRIMARYKEY`.
const TAKEN: [&str; 3] = ["23505", "2067", "1555"];

/// SQLSTATE classes of a server that is going, coming or full, or does not let us in (any more): connection exception,
/// invalid authorization, invalid catalog name, insufficient resources, operator intervention, system error.
const AWAY_CLASSES: [&str; 6] = ["08", "28", "3D", "53", "57", "58"];
/// `read_only_sql_transaction`: the server has become, or is still, the standby of another.
const STANDBY: &str = "25006";
/// `idle_in_transaction_session_timeout`: we held our locks for too long, and were cut off.
const CUT_OFF: &str = "25P03";
/// `lock_not_available`.
const LOCKED: &str = "55P03";
/// `serialization_failure` and `deadlock_detected`.
const GAVE_WAY: [&str; 2] = ["40001", "40P01"];
/// What is said where another process writes to the SQLite file at the moment.
pub(crate) const BUSY: &str = "another process is writing";
const SQLITE_BUSY: i64 = 5;
/// SQLite: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN; their extended codes share the low byte. The first two are no
/// [`Fault::Locked`]: what is locked there is the whole file, for everybody.
const SQLITE_AWAY: [i64; 6] = [5, 6, 8, 10, 13, 14];

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => of_engine(error.as_ref()),
            sqlx::Error::Io(error) => Self::Away(error.to_string()),
            sqlx::Error::Tls(error) => Self::Away(error.to_string()),
            sqlx::Error::PoolTimedOut => Self::Away("no connection became free in time".to_owned()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Away("the connections are closed".to_owned())
            }
            sqlx::Error::Protocol(message) => Self::Away(message),
            sqlx::Error::Configuration(error) => Self::Setting(error.to_string()),
            other => Self::Row(other.to_string()),
        }
    }
}

fn of_engine(error: &dyn sqlx::error::DatabaseError) -> Fault {
    let code = error.code().unwrap_or_default().into_owned();
    let message = error.message().to_owned();
    if GAVE_WAY.contains(&code.as_str()) {
        return Fault::GaveWay;
    }
    if code == LOCKED {
        return Fault::Locked;
    }
    let sqlite = code.parse().ok().filter(|_| code.len() < 5).map(|number: i64| number & 0xff);
    if sqlite == Some(SQLITE_BUSY) {
        return Fault::Away(BUSY.to_owned());
    }
    let sqlite = sqlite.is_some_and(|number| SQLITE_AWAY.contains(&number));
    let postgres =
        code.len() == 5 && (AWAY_CLASSES.contains(&&code[..2]) || code == STANDBY || code == CUT_OFF);
    if sqlite || postgres {
        return Fault::Away(message);
    }
    Fault::Refused { code, message }
}
