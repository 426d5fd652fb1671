//! PostgreSQL's own programs, told by their environment where the server is: a command line, and with it a password, can
//! be read by everybody on the machine.

use std::{borrow::Cow, io, path::Path, process::Stdio};

use percent_encoding::percent_decode_str;
use store::{Fault, Schema};
use tokio::process::Command;
use url::Url;

use super::BackupFault;

const DUMP: &str = "pg_dump";
const RESTORE: &str = "pg_restore";
/// Where Debian and its like keep the authorities that everybody trusts.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Where the server is and who asks, in the words of PostgreSQL's programs.
pub(super) struct Client(Vec<(&'static str, String)>);

impl Client {
    /// Reads a `postgres://` URL as the server's own connections do.
    pub fn of(url: &str) -> Result<Self, BackupFault> {
        let bad =
            || Fault::Setting("not a PostgreSQL URL: postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned());
        let elsewhere = store::is_elsewhere(url)?;
        let url = Url::parse(url).map_err(|_| bad())?;
        let mut variables = vec![("PGAPPNAME", "bailiwick backup".to_owned())];
        let mut set = |name, value: &str| {
            if !value.is_empty() {
                variables.push((name, percent_decode_str(value).decode_utf8_lossy().into_owned()));
            }
        };
        set("PGHOST", url.host_str().unwrap_or_default());
        set("PGPORT", &url.port().map(|port| port.to_string()).unwrap_or_default());
        set("PGUSER", url.username());
        set("PGPASSWORD", url.password().unwrap_or_default());
        set("PGDATABASE", url.path().trim_start_matches('/'));
        if elsewhere {
            // As our own connections do. These programs know no authority by themselves; a URL may name one.
            set("PGSSLMODE", "verify-full");
            set("PGSSLROOTCERT", if Path::new(AUTHORITIES).exists() { AUTHORITIES } else { "" });
        }
        let given = url.query_pairs().filter_map(|(key, value)| Some((variable(&key)?, value)));
        variables.extend(given.map(|(name, value): (_, Cow<'_, str>)| (name, value.into_owned())));
        Ok(Self(variables))
    }

    /// Writes all of the database into a file that is there and empty.
    pub async fn dump(&self, server: i64, into: &Path) -> Result<(), BackupFault> {
        // pg_dump would say so itself, but not what to do.
        let version = major(&self.run(Command::new(DUMP).arg("--version"), DUMP).await?);
        if let Some(version) = version.filter(|version| *version < server) {
            return Err(BackupFault::OldProgram { name: DUMP, version, server });
        }
        let mut dump = Command::new(DUMP);
        dump.args(["--format=custom", "--no-owner", "--no-privileges", "--no-password", "--file"]).arg(into);
        self.run(&mut dump, DUMP).await.map(drop)
    }

    /// The step that the schema of a dump is at, if it is one of ours.
    pub async fn schema_of(&self, dump: &Path) -> Result<Option<Schema>, BackupFault> {
        let mut list = Command::new(RESTORE);
        list.args(["--data-only", "--table=schema_migrations", "--file=-"]).arg(dump);
        Ok(newest_step(&self.run(&mut list, RESTORE).await.map_err(damaged)?))
    }

    /// Restores all of a dump, or nothing.
    pub async fn restore(&self, dump: &Path) -> Result<(), BackupFault> {
        let mut restore = Command::new(RESTORE);
        // --dbname is what makes it connect; which database is said by the environment.
        restore.args([
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            "--no-password",
        ]);
        restore.arg("--dbname=fallback_application_name=bailiwick").arg(dump);
        self.run(&mut restore, RESTORE).await.map(drop)
    }

    /// Runs a program and answers what it printed.
    async fn run(&self, command: &mut Command, name: &'static str) -> Result<String, BackupFault> {
        // In other languages than ours its words could not be told apart.
        command.envs(self.0.iter().map(|(name, value)| (*name, value))).env("LC_ALL", "C");
        let ended = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = ended.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BackupFault::NoProgram(name),
            _ => BackupFault::Program { name, said: error.to_string() },
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
        Err(BackupFault::Program {
            name,
            said: if said.is_empty() { output.status.to_string() } else { said },
        })
    }
}

/// A dump that cannot be read is the dump's fault, not the program's.
fn damaged(fault: BackupFault) -> BackupFault {
    match fault {
        BackupFault::Program { said, .. } => BackupFault::Damaged(said),
        other => other,
    }
}

/// The variable that stands for a parameter of the URL; the others are about our own connections.
fn variable(parameter: &str) -> Option<&'static str> {
    Some(match parameter {
        "host" | "hostaddr" => "PGHOST",
        "port" => "PGPORT",
        "user" => "PGUSER",
        "password" => "PGPASSWORD",
        "dbname" => "PGDATABASE",
        "options" => "PGOPTIONS",
        "sslmode" | "ssl-mode" => "PGSSLMODE",
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
        "sslcert" | "ssl-cert" => "PGSSLCERT",
        "sslkey" | "ssl-key" => "PGSSLKEY",
        _ => return None,
    })
}

/// `pg_dump (PostgreSQL) 15.8 (Debian 15.8-1)` is of version 15.
fn major(said: &str) -> Option<i64> {
    let version = said.split_once("(PostgreSQL) ")?.1;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Reads the rows of `COPY … schema_migrations (number, name, oldest, applied_at) FROM stdin;`.
fn newest_step(script: &str) -> Option<Schema> {
    let (_, copied) =
        script.split_once("schema_migrations (number, name, oldest, applied_at) FROM stdin;\n")?;
    let rows = copied.lines().take_while(|line| *line != "\\.");
    let steps = rows.filter_map(|row| {
        let mut columns = row.split('\t');
        let (number, _, oldest) = (columns.next()?, columns.next()?, columns.next()?);
        Some(Schema { number: number.parse().ok()?, oldest: oldest.parse().ok()? })
    });
    steps.max_by_key(|step| step.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last of each, which is what counts.
    fn variables(url: &str) -> Vec<(&'static str, String)> {
        let all: Vec<_> = Client::of(url).unwrap().0.into_iter().skip(1).collect();
        let later = |at: usize| all[at + 1..].iter().any(|(name, _)| *name == all[at].0);
        (0..all.len()).filter(|at| !later(*at)).map(|at| all[at].clone()).collect()
    }

    fn pairs<const N: usize>(pairs: [(&'static str, &str); N]) -> Vec<(&'static str, String)> {
        pairs.map(|(name, value)| (name, value.to_owned())).to_vec()
    }

    #[test]
    fn a_url_is_read_as_the_servers_own_connections_read_it() {
        assert_eq!(
            variables(
                "postgres://bo:p%40ss%2Fword@db.example:5433/bailiwick?sslrootcert=ca.pem&statement-cache-capacity=1"
            ),
            pairs([
                ("PGHOST", "db.example"),
                ("PGPORT", "5433"),
                ("PGUSER", "bo"),
                ("PGPASSWORD", "p@ss/word"),
                ("PGDATABASE", "bailiwick"),
                ("PGSSLMODE", "verify-full"),
                ("PGSSLROOTCERT", "ca.pem"),
            ])
        );
        assert_eq!(
            variables("postgresql://%2Fvar%2Frun%2Fpostgresql/b?user=bo"),
            pairs([("PGHOST", "/var/run/postgresql"), ("PGDATABASE", "b"), ("PGUSER", "bo")])
        );
        assert_eq!(variables("postgres:///b?host=/tmp"), pairs([("PGDATABASE", "b"), ("PGHOST", "/tmp")]));
    }

    #[tokio::test]
    async fn a_program_that_is_missing_is_named() {
        let client = Client::of("postgres://db.example/b").unwrap();
        let ended = client.run(&mut Command::new("/nowhere/pg_dump"), DUMP).await;
        assert!(ended.unwrap_err().to_string().starts_with("pg_dump is not installed"));
    }

    #[test]
    fn a_programs_version_is_read_whatever_surrounds_it() {
        assert_eq!(major("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("pg_dump (PostgreSQL) 17beta1\n"), Some(17));
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn the_newest_step_of_a_dump_counts() {
        let script = "SET x;\n\nCOPY public.schema_migrations (number, name, oldest, applied_at) FROM stdin;\n\
                      1\t0001_house\t1\t5\n10\t0010_x\t7\t9\n9\t0009_y\t7\t8\n\\.\n\n3\tnot\ta row\t0\n";
        assert_eq!(newest_step(script), Some(Schema { number: 10, oldest: 7 }));
        assert_eq!(newest_step("SET x;\n"), None);
    }
}
