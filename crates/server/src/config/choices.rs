use std::{path::PathBuf, str::FromStr};

use rusty_s3::{Bucket, UrlStyle};
use seal::Root;
use serde::{Deserialize, Serialize};
use url::Url;

use super::given::is_content;

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
    /// Wrapped by a key of AWS KMS, the first of those with these ARNs; the others have wrapped what is there.
    AwsKms(Vec<String>),
}

impl FromStr for RootPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = text.split_once(':').unwrap_or_default();
        match (kind, name.trim()) {
            ("file", path) if is_content(path) || Root::read(path).is_ok() => {
                Err("takes the path of a file behind file:, not what stands in it".to_owned())
            }
            ("file", path) if !path.is_empty() => Ok(Self::File(path.into())),
            ("env", name) if is_variable(name) => Ok(Self::Env(name.to_owned())),
            ("env", _) => Err(
                "takes the name of a variable behind env:, of letters, digits, `_`, `.` and `-` without a \
                 digit first, and not what is in the variable"
                    .to_owned(),
            ),
            ("aws-kms", arns) if arns.split(',').all(|arn| arn.trim().starts_with("arn:")) => {
                Ok(Self::AwsKms(arns.split(',').map(|arn| arn.trim().to_owned()).collect()))
            }
            // Somebody may have put the key itself here: it is not repeated.
            _ => Err("must be file:PATH, env:NAME or aws-kms:ARN".to_owned()),
        }
    }
}

/// Whether a variable that a shell can set may have this name. Source: POSIX, Base Definitions, "Name".
fn is_variable(name: &str) -> bool {
    // Shells know no dots and hyphens in them; who starts containers does. A key ends in `=`.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    name.bytes().all(fits) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

/// A place in a bucket of an S3-compatible store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketPlace {
    /// The bucket's name.
    pub bucket: String,
    /// What the names of the objects begin with: empty, or ended by a slash.
    pub prefix: String,
}

impl BucketPlace {
    /// The bucket as requests name it: at Amazon's or at another's address. The error goes on from the setting's name.
    pub fn at(&self, endpoint: Option<&str>, region: &str) -> Result<Bucket, String> {
        // Amazon wants the bucket in the host's name; others need not know that way. A name with dots does not fit Amazon's
        // certificate there, which is for one name more than the region's.
        let (address, style) = match endpoint {
            Some(endpoint) => (endpoint.to_owned(), UrlStyle::Path),
            None if self.bucket.contains('.') => (amazon(region), UrlStyle::Path),
            None => (amazon(region), UrlStyle::VirtualHost),
        };
        let address = Url::parse(&address).map_err(|why| format!("its address is no URL: {why}"))?;
        Bucket::new(address, style, self.bucket.clone(), region.to_owned())
            .map_err(|why| format!("cannot be addressed: {why}"))
    }
}

/// Where Amazon's S3 is reached in a region. Source, as of what is said above of names with dots: "Virtual hosting of general
/// purpose buckets" in S3's user guide, at docs.aws.amazon.com and, for China, at docs.amazonaws.cn.
fn amazon(region: &str) -> String {
    let china = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://s3.{region}.amazonaws.com{china}")
}

impl FromStr for BucketPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("s3://").ok_or("must be s3://BUCKET or s3://BUCKET/PREFIX")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(fits) {
            return Err("must name a bucket: 3 to 63 lower-case letters, digits, dots and hyphens".to_owned());
        }
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix })
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
pub(super) fn named<T: Copy>(all: &[T], name_of: fn(T) -> &'static str, name: &str) -> Result<T, String> {
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
    fn a_bucket_is_named_with_what_its_objects_begin_with() {
        for (text, bucket, prefix) in [
            ("s3://heads", "heads", ""),
            ("s3://heads/", "heads", ""),
            ("s3://heads/audit", "heads", "audit/"),
            ("s3://my.heads-1/audit/of/us/", "my.heads-1", "audit/of/us/"),
        ] {
            let place: BucketPlace = text.parse().unwrap();
            assert_eq!((place.bucket.as_str(), place.prefix.as_str()), (bucket, prefix), "{text}");
        }
        for text in ["", "heads", "s3://", "s3:///audit", "s3://ab", "s3://Heads", "https://heads/audit"] {
            assert!(text.parse::<BucketPlace>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_bucket_is_in_the_host_at_amazon_and_in_the_path_elsewhere() {
        let place: BucketPlace = "s3://heads/audit".parse().unwrap();
        let amazon = place.at(None, "eu-central-1").unwrap().object_url("x");
        assert_eq!(amazon.as_str(), "https://heads.s3.eu-central-1.amazonaws.com/x");
        let china = place.at(None, "cn-north-1").unwrap().object_url("x");
        assert_eq!(china.as_str(), "https://heads.s3.cn-north-1.amazonaws.com.cn/x");
        let other = place.at(Some("https://minio.example:9000"), "us-east-1").unwrap().object_url("x");
        assert_eq!(other.as_str(), "https://minio.example:9000/heads/x");
    }

    #[test]
    fn a_bucket_with_dots_in_its_name_is_in_the_path_at_amazon_too() {
        let place: BucketPlace = "s3://my.heads".parse().unwrap();
        for (region, expected) in [
            ("eu-central-1", "https://s3.eu-central-1.amazonaws.com/my.heads/x"),
            ("cn-northwest-1", "https://s3.cn-northwest-1.amazonaws.com.cn/my.heads/x"),
        ] {
            assert_eq!(place.at(None, region).unwrap().object_url("x").as_str(), expected);
        }
    }

    #[test]
    fn a_policy_has_one_name_everywhere() {
        for policy in Policy::ALL {
            assert_eq!(policy.name().parse(), Ok(policy));
            assert_eq!(serde_json::to_value(policy).unwrap(), policy.name());
        }
    }
}
