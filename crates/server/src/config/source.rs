//! Where the value of a secret is, if the setting only names that: a file, a variable, or AWS Secrets Manager.

use std::{
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use cloud::{Secrets, Zeroizing};
use serde_json::{Map, Value as Json};

use super::origin::PATIENCE;

/// A named source.
pub(super) enum Source {
    /// `file:PATH`
    File(PathBuf),
    /// `env:NAME`
    Variable(String),
    /// `aws-secretsmanager:NAME` or `aws-secretsmanager:NAME#JSON-KEY`
    Aws {
        /// The secret's name or ARN.
        name: String,
        /// Which of its texts it is, if it is JSON.
        json_key: Option<String>,
    },
}

/// What a source holds, or what is wrong with it in words that repeat nothing of it.
pub(super) type Held = Result<Zeroizing<String>, String>;

impl Source {
    /// The source that a value names, if it names one.
    pub(super) fn named_by(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "file" => Some(Self::File(rest.into())),
            "env" => Some(Self::Variable(rest.to_owned())),
            "aws-secretsmanager" => {
                // No name has a # in it.
                let (name, json_key) =
                    rest.split_once('#').map_or((rest, None), |(name, key)| (name, Some(key)));
                Some(Self::Aws { name: name.to_owned(), json_key: json_key.map(str::to_owned) })
            }
            _ => None,
        }
    }

    /// As complaints call it. Which file or secret it is they leave out: a password may begin with `file:`.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Variable(_) => "environment variable",
            Self::Aws { .. } => "secret in AWS Secrets Manager",
        }
    }

    /// What it holds, if it is on this machine.
    pub(super) fn here(&self, variables: &[(String, String)]) -> Option<Held> {
        match self {
            Self::File(path) => Some(of_file(path)),
            Self::Variable(name) => Some(of_variable(name, variables)),
            Self::Aws { .. } => None,
        }
    }

    /// What it holds, wherever it is.
    pub(super) async fn anywhere(&self, variables: &[(String, String)], aws: &Secrets) -> Held {
        match self {
            Self::File(path) => {
                let read = path.clone();
                let held = files::within(PATIENCE, path, move || of_file(&read)).await;
                held.unwrap_or_else(|hangs| Err(unreadable(&hangs)))
            }
            Self::Variable(name) => of_variable(name, variables),
            Self::Aws { name, json_key } => of_aws(aws, name, json_key.as_deref()).await,
        }
    }
}

/// More than this no secret is long.
const LONGEST: u64 = 64 * 1024;

/// What a file holds, without the line break at its end.
fn of_file(path: &Path) -> Held {
    let file = files::open(path).map_err(|error| unreadable(&error))?;
    // Asked of the open file: another may stand under its name by now.
    let mode = file.metadata().map_err(|error| unreadable(&error))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(format!(
            "others may read it (its mode is {:04o}): take that from them with chmod 600",
            mode & 0o7777
        ));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
        _ => unreadable(&error),
    })?;
    if text.len() as u64 > LONGEST {
        return Err("it is longer than 64 KiB".to_owned());
    }
    let end = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(end);
    Ok(text)
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        // What says itself what is wrong with the file.
        io::ErrorKind::InvalidInput => error.to_string(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// What an environment variable holds.
fn of_variable(name: &str, variables: &[(String, String)]) -> Held {
    let variable = variables.iter().find(|(known, _)| known == name);
    variable.map(|(_, text)| Zeroizing::new(text.clone())).ok_or_else(|| "it is not set".to_owned())
}

/// What a secret of AWS holds, or what stands in it under a key.
async fn of_aws(secrets: &Secrets, name: &str, json_key: Option<&str>) -> Held {
    let text = secrets.read(name).await.map_err(|fault| fault.to_string())?;
    let Some(json_key) = json_key else { return Ok(text) };
    let members: Map<String, Json> = serde_json::from_str(&text)
        .map_err(|_| "it is no JSON object, and a key of one is named".to_owned())?;
    match members.get(json_key) {
        Some(Json::String(text)) => Ok(Zeroizing::new(text.clone())),
        Some(_) => Err("what stands in it under the key is no text".to_owned()),
        None => Err("it has no such key".to_owned()),
    }
}
