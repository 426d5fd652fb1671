use std::{path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

/// What happens to a token that was found in public: it is revoked at once (`revoke`), or its owners are warned and it
/// stays (`warn`), or they are warned and it is revoked 24 hours later (`warn_then_revoke`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ExposurePolicy)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// It is revoked at once.
    Revoke,
    /// Its owners are told; it stays.
    Warn,
    /// Its owners are told, and it is revoked 24 hours later.
    WarnThenRevoke,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Revoke, Self::Warn, Self::WarnThenRevoke];

    /// As it stands in settings, tables and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Warn => "warn",
            Self::WarnThenRevoke => "warn_then_revoke",
        }
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        named(&Self::ALL, Self::name, name)
    }
}

/// Where the root keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootPlace {
    /// In a file.
    File(PathBuf),
    /// In an environment variable.
    Env(String),
    /// Wrapped by a key of AWS KMS, whose ARN this is.
    AwsKms(String),
}

impl FromStr for RootPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = text.split_once(':').unwrap_or_default();
        match (kind, name.trim()) {
            ("file", path) if !path.is_empty() => Ok(Self::File(path.into())),
            ("env", name) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            ("aws-kms", arn) if arn.starts_with("arn:") => Ok(Self::AwsKms(arn.to_owned())),
            // Somebody may have put the key itself here: it is not repeated.
            _ => Err("must be file:PATH, env:NAME or aws-kms:ARN".to_owned()),
        }
    }
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person at a terminal.
    Human,
    /// One JSON object a line, for a log store.
    Json,
}

impl LogFormat {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Human, Self::Json];

    /// As it stands in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        named(&Self::ALL, Self::name, name)
    }
}

/// What an entry of the audit looks like to whoever it is delivered to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamFormat {
    /// As the API lists it.
    Json,
    /// As an event of OCSF.
    Ocsf,
}

impl StreamFormat {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Json, Self::Ocsf];

    /// As it stands in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ocsf => "ocsf",
        }
    }
}

impl FromStr for StreamFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        named(&Self::ALL, Self::name, name)
    }
}

/// The one of that name, or what the names are.
fn named<T: Copy>(all: &[T], name_of: fn(T) -> &'static str, name: &str) -> Result<T, String> {
    let found = all.iter().copied().find(|one| name_of(*one) == name);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().copied().map(name_of).collect();
        format!("must be {}", names.join(" or "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_has_one_name_everywhere() {
        for policy in Policy::ALL {
            assert_eq!(policy.name().parse(), Ok(policy));
            assert_eq!(serde_json::to_value(policy).unwrap(), policy.name());
        }
    }
}
