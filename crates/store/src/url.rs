use std::{path::Path, str::FromStr as _};

use sqlx::postgres::PgConnectOptions;

/// Whether this names a database, `sqlite:PATH` or `postgres://…`; else what is wrong with it, without repeating it: a
/// password may stand in it. Whether that database is there is another question.
pub fn is_url(url: &str) -> Result<(), &'static str> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return is_file(Path::new(path));
    }
    if !is_postgres(url) {
        return Err(NO_URL);
    }
    if url.ends_with("://") {
        return Err(NO_POSTGRES);
    }
    match url.split_once('?') {
        Some((_, parameters)) if !parameters.split('&').all(is_parameter) => Err(NO_PARAMETER),
        // sqlx's own words may repeat the password.
        _ => PgConnectOptions::from_str(url).map(drop).map_err(|_| NO_POSTGRES),
    }
}

/// An SQLite database is a file.
pub(crate) fn is_file(path: &Path) -> Result<(), &'static str> {
    if path.as_os_str().is_empty() {
        return Err(NO_PATH);
    }
    if path == Path::new(":memory:") {
        return Err(NO_FILE);
    }
    Ok(())
}

pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// sqlx passes over what it does not know, and tells the log what it was: a mistyped `password` with it.
fn is_parameter(parameter: &str) -> bool {
    const KNOWN: [&str; 19] = [
        "application_name",
        "dbname",
        "host",
        "hostaddr",
        "options",
        "password",
        "port",
        "ssl-ca",
        "ssl-cert",
        "ssl-key",
        "ssl-mode",
        "ssl-root-cert",
        "sslcert",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "statement-cache-capacity",
        "user",
        "",
    ];
    let name = parameter.split('=').next().unwrap_or_default();
    KNOWN.contains(&name) || name.starts_with("options[")
}

const NO_URL: &str = "must be sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME";
const NO_PATH: &str = "sqlite: needs a path, such as sqlite:bailiwick.db";
const NO_FILE: &str = "sqlite: needs a file: what is only in memory each connection would have for itself";
pub(crate) const NO_POSTGRES: &str = "is no PostgreSQL URL: postgres://USER:PASSWORD@HOST:PORT/NAME";
const NO_PARAMETER: &str = "has a parameter behind its ? that PostgreSQL's URLs do not have";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_database_is_refused_without_being_repeated() {
        for (url, fault) in [
            ("mysql://u:hush@h/n", NO_URL),
            ("hush", NO_URL),
            ("sqlite:", NO_PATH),
            ("sqlite::memory:", NO_FILE),
            ("postgres://", NO_POSTGRES),
            ("postgres://u:hush@h:hush/n", NO_POSTGRES),
            ("postgres://u:%ff@h/n", NO_POSTGRES),
            ("postgres://u:hush@h/n?sslmode=hush", NO_POSTGRES),
            ("postgres://u@h/n?pasword=hush", NO_PARAMETER),
        ] {
            assert_eq!(is_url(url), Err(fault), "{url}");
        }
        for url in
            ["sqlite:bailiwick.db", "postgres://u:p%40ss@h:5432/n?sslmode=verify-full&options[search_path]=x"]
        {
            assert_eq!(is_url(url), Ok(()), "{url}");
        }
    }
}
