use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::Path, time::Duration};

use sqlx::{
    Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Fault, Result,
    bound::silence,
    carry::{self, Commits, VERY_LONG},
    db::Pools,
    remote,
    url::{is_file, is_postgres},
    writer::Writer,
};

/// How a database is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long a caller waits for a connection before the database counts as away.
    pub patience: Duration,
    /// How long a statement or a commit may take before the database counts as away; what is absent waits for ever. A
    /// migration and a check of a whole file are never bounded.
    pub answer: Option<Duration>,
    /// How long a statement waits for a row that another transaction holds, on PostgreSQL. (SQLite locks no rows: whoever
    /// writes is alone, and the others wait as for a connection.)
    pub lock_wait: Duration,
    /// The most connections at once: all of them on PostgreSQL, where some wait for the disk while others work; the readers on
    /// SQLite (which has one writer).
    pub connections: u32,
    /// Whether a missing SQLite file is made.
    pub create: bool,
    /// Whether this process is there for one change of very many rows, which ends with [`crate::Db::settle`]. On SQLite it
    /// then maps nothing of the file, so that its memory doesn't grow with that; it takes fewer and larger steps towards
    /// it; its commits don't wait for the disk, so that a power cut may take the last of them back; and it lets others
    /// write in between.
    pub bulk: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(5),
            answer: Some(Duration::from_secs(20)),
            lock_wait: Duration::from_secs(5),
            connections: 20,
            create: true,
            bulk: false,
        }
    }
}

/// Texts in a connection's cache: every statement of the program, each as itself and as a full chunk.
const CACHED_STATEMENTS: usize = 500;

/// How long after its last use a connection counts as alive.
const FRESH: Duration = Duration::from_secs(1);
/// How long one that was not used for longer may take to say that it is.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// Ten million tokens are a few gigabytes; what the file system has in memory is read from there.
const MAPPED: &str = "8589934592";
/// In KiB: what the writer keeps of the file. It changes pages and has to copy them anyway, and each look at a mapped one
/// begins with a search of the log.
const WRITERS_CACHE: &str = "-65536";
/// In KiB: the pages that a step of a bulk change touches, which otherwise go to the disk before it ends and come back.
const BULK_CACHE: &str = "-16384";
/// In pages. A bulk change touches the same ones again and again; they are carried over into the database less often.
const BULK_LOG: i64 = 24_000;

/// How long it is waited for readers when the log is to be emptied: a backup reads for much longer.
const MOST_EMPTYING: Duration = Duration::from_millis(200);

/// The one writer, the readers, and who carries over what was committed.
pub(crate) async fn sqlite(path: &Path, options: Options) -> Result<Pools> {
    is_file(path).map_err(|why| Fault::Setting(why.to_owned()))?;
    if options.create {
        make_private(path);
    }
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(options.create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if options.bulk { SqliteSynchronous::Normal } else { SqliteSynchronous::Full })
        .foreign_keys(true)
        .busy_timeout(options.patience)
        .statement_cache_capacity(CACHED_STATEMENTS)
        .pragma("mmap_size", if options.bulk { "0" } else { MAPPED })
        .pragma("wal_autocheckpoint", VERY_LONG)
        .pragma("temp_store", "memory");
    let cache = if options.bulk { BULK_CACHE } else { WRITERS_CACHE };
    // What is deleted is overwritten: a destroyed key must not lie on in the free space of a page.
    let writing =
        connect.clone().pragma("mmap_size", "0").pragma("cache_size", cache).pragma("secure_delete", "on");
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(options.patience)
        .idle_timeout(None)
        .max_lifetime(None)
        // There is no line to a file that could be cut.
        .test_before_acquire(false);
    let one = pool.clone().max_connections(1);
    let write = Writer::on(one.clone(), writing, options).await?;
    let long = if options.bulk { BULK_LOG } else { carry::LONG };
    // Nobody else writes while it waits.
    let carrying = connect.clone().busy_timeout(MOST_EMPTYING);
    let commits = Commits::carried_over_by(one.connect_lazy_with(carrying), long);
    let read = pool.max_connections(options.connections).connect_lazy_with(connect.read_only(true));
    Ok(Pools::Sqlite { write, read, commits })
}

/// Makes a file that is missing for nobody else to read, as SQLite makes its log beside it then. What keeps it from being
/// made SQLite finds out too, and says.
fn make_private(path: &Path) {
    drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
}

/// Where a PostgreSQL server is, who we are there, and how we want to be served.
pub(crate) fn server(url: &str, options: Options) -> Result<PgConnectOptions> {
    let connect =
        remote::connect_options(url)?.statement_cache_capacity(CACHED_STATEMENTS).options(bounds(options));
    Ok(connect.application_name("bailiwick"))
}

pub(crate) const OTHER_PLACE: &str =
    "names another database, or another user of it, than the one that is open, which takes a restart";

/// Sees whether this URL is let into the database that is open, and how. Another user is another place: what it may do there
/// was seen to at the start.
pub(crate) async fn sign_in(
    url: &str,
    open: &PgConnectOptions,
    options: Options,
) -> Result<PgConnectOptions> {
    let other_place = || Fault::Setting(OTHER_PLACE.to_owned());
    if !is_postgres(url) {
        return Err(other_place());
    }
    let connect = server(url, options)?;
    if !is_same_place(&connect, open) {
        return Err(other_place());
    }
    let tried = tokio::time::timeout(options.patience, PgConnection::connect_with(&connect)).await;
    tried.map_err(|_| silence())??.close().await?;
    Ok(connect)
}

fn is_same_place(one: &PgConnectOptions, other: &PgConnectOptions) -> bool {
    one.get_host() == other.get_host()
        && one.get_port() == other.get_port()
        && one.get_socket() == other.get_socket()
        && one.get_database() == other.get_database()
        && one.get_username() == other.get_username()
        // They can make another role of the user that signs in.
        && one.get_options() == other.get_options()
}

pub(crate) fn postgres(url: &str, options: Options) -> Result<PgPool> {
    let connect = server(url, options)?;
    let pool = PgPoolOptions::new()
        .acquire_timeout(options.patience)
        .max_connections(options.connections)
        // A connection that was in use a moment ago needs no trying, which costs as much as a read.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for <= FRESH {
                    return Ok(true);
                }
                // One whose server is gone without a word must not use up the patience of whoever wants a connection.
                let sign_of_life = tokio::time::timeout(SIGN_OF_LIFE, connection.ping()).await;
                sign_of_life.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
            })
        });
    Ok(pool.connect_lazy_with(connect))
}

/// What the server itself breaks off.
fn bounds(options: Options) -> Vec<(&'static str, String)> {
    let millis = |duration: Duration| duration.as_millis().to_string();
    // Whoever waits for a lock of a node that has died must not wait for as long as its connection takes to notice.
    let mut bounds = vec![
        ("lock_timeout", millis(options.lock_wait)),
        ("idle_in_transaction_session_timeout", "60s".to_owned()),
    ];
    // Sooner than we stop listening: whoever is told so can go on with the connection.
    bounds.extend(options.answer.map(|answer| ("statement_timeout", millis(answer * 3 / 4))));
    bounds
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;
    use crate::Db;

    #[tokio::test]
    async fn a_database_that_is_no_file_is_refused() {
        for url in ["sqlite:", "sqlite::memory:", "mysql://host/name"] {
            assert!(matches!(Db::open(url, Options::default()).await, Err(Fault::Setting(_))), "{url}");
        }
    }

    #[tokio::test]
    async fn an_open_database_takes_another_password_and_neither_another_place_nor_another_user() {
        // Nobody is there: whoever is let through to the trying finds it away.
        const OPEN: &str = "postgres://bo:one@127.0.0.1:1/b";
        let db = Db::open(OPEN, Options::default()).await.unwrap();
        for other in [
            "postgres://eve:one@127.0.0.1:1/b",
            "postgres://bo:one@127.0.0.1:1/b?user=eve",
            "postgres://bo:one@127.0.0.1:1/b?options=-c%20role%3Deve",
            "postgres://bo:one@127.0.0.1:1/b?options[role]=eve",
            "postgres://bo:one@127.0.0.1:2/b",
            "postgres://bo:one@localhost:1/b",
            "postgres://bo:one@127.0.0.1:1/c",
            "sqlite:b.db",
        ] {
            let Err(Fault::Setting(why)) = db.connect_as(other).await else { panic!("{other}") };
            assert!(why.contains("takes a restart") && !why.contains("eve"), "{other}: {why}");
        }
        for same in ["postgres://bo:two@127.0.0.1:1/b", "postgres://bo:one@127.0.0.1:1/b?sslmode=disable"] {
            assert!(matches!(db.connect_as(same).await, Err(Fault::Away(_))), "{same}");
        }
    }

    #[tokio::test]
    async fn nobody_else_reads_a_database_that_is_made() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("private.db");
        let db = Db::open(&format!("sqlite:{}", file.display()), Options::default()).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute("CREATE TABLE kept (text TEXT)", Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        for made in std::fs::read_dir(folder.path()).unwrap() {
            let made = made.unwrap();
            assert_eq!(made.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", made.file_name());
        }
        db.close().await;
    }
}
