//! What a line must be by itself, before anything is looked up.

mod digest;

pub use digest::Encoding;

use std::str::FromStr;

use seal::Private;
use time_and_chance::Time;
use token_format::{HINT_LEN, Prefixes};

use super::column::{Column, Fields};
use crate::{
    ids::{PersonId, WorkspaceId},
    mail,
    tokens::{
        Algorithm, Role, Scheme,
        create::{DESCRIPTION, EXTERNAL_ID},
    },
    web::line,
};

/// What holds for lines that don't say it themselves.
#[derive(Debug, Clone, Default)]
pub struct Unsaid {
    /// Their workspace: its id, or `external:` and its id in the product.
    pub workspace: Option<String>,
    /// The hash function of their digests.
    pub algorithm: Option<Algorithm>,
    /// How their digests are written.
    pub encoding: Option<Encoding>,
    /// Whether the prefix and its underscore were hashed along.
    pub prefix_hashed: Option<bool>,
}

/// How a line names a workspace or a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Name {
    /// By its id.
    Id(String),
    /// By its id in the product.
    External(String),
    /// By the folded mail address.
    Mail(String),
}

impl Name {
    pub fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::External(text) | Self::Mail(text) => text,
        }
    }
}

/// A line that is good by itself.
#[derive(Debug)]
pub(super) struct Line {
    pub digest: Vec<u8>,
    pub scheme: Scheme,
    pub version: i64,
    pub prefix: Option<String>,
    pub hint: Option<String>,
    pub workspace: Name,
    pub creator: Option<Name>,
    pub description: Private,
    pub role: Role,
    pub external_id: Option<String>,
    pub created_at: Option<Time>,
    pub expires_at: Option<Time>,
    pub last_used_at: Option<Time>,
    pub revoked_at: Option<Time>,
}

/// What lines are checked by.
#[derive(Debug)]
pub(super) struct Rules {
    prefixes: Vec<String>,
    when: Time,
    unsaid: Unsaid,
}

/// What stands where a line doesn't describe its token.
const UNDESCRIBED: &str = "imported token";
const EXTERNAL: &str = "external:";

impl Rules {
    pub fn new(prefixes: &Prefixes, when: Time, unsaid: Unsaid) -> Self {
        let plain = std::iter::once(prefixes.current()).chain(prefixes.former());
        Self { prefixes: plain.map(|prefix| prefix.as_str().to_owned()).collect(), when, unsaid }
    }

    /// Reads a line, or says what is wrong with it.
    pub fn line(&self, fields: &Fields<'_>) -> Result<Line, String> {
        let (version, prefix) = self.shape(fields)?;
        let scheme = self.scheme(fields, version)?;
        let text = |column: Column, most| {
            fields.get(column).map(|text| line(column.name(), text, most).map_err(|bad| bad.0)).transpose()
        };
        Ok(Line {
            digest: self.digest(fields, scheme.algorithm)?,
            scheme,
            version,
            prefix,
            hint: fields.get(Column::Hint).map(hint).transpose()?,
            workspace: self.workspace(fields)?,
            creator: fields.get(Column::Creator).map(person).transpose()?,
            description: text(Column::Description, DESCRIPTION)?
                .map_or_else(|| UNDESCRIBED.into(), Private::from),
            role: role(fields)?,
            external_id: text(Column::ExternalId, EXTERNAL_ID)?,
            created_at: self.past(fields, Column::CreatedAt)?,
            expires_at: time(fields, Column::ExpiresAt)?,
            last_used_at: self.past(fields, Column::LastUsedAt)?,
            revoked_at: self.past(fields, Column::RevokedAt)?,
        })
    }

    fn shape(&self, fields: &Fields<'_>) -> Result<(i64, Option<String>), String> {
        let prefix = fields.get(Column::Prefix);
        if prefix.is_some_and(|prefix| self.prefixes.iter().all(|known| known != prefix)) {
            let known = self.prefixes.join(" or ");
            return Err(format!("\"prefix\" must be one that the settings name: {known}."));
        }
        let version = match (fields.get(Column::Version), prefix) {
            (None | Some("1"), None) => 1,
            (None | Some("2"), Some(_)) => 2,
            (Some("3"), Some(_)) => 3,
            (Some("1"), Some(_)) => return Err("A token of version 1 has no \"prefix\".".to_owned()),
            (Some("2" | "3"), None) => {
                return Err("A token of version 2 or 3 has a \"prefix\": say which.".to_owned());
            }
            (Some(_), _) => return Err("\"version\" must be 1, 2 or 3.".to_owned()),
        };
        Ok((version, prefix.map(str::to_owned)))
    }

    fn scheme(&self, fields: &Fields<'_>, version: i64) -> Result<Scheme, String> {
        let algorithm = match fields.get(Column::Algorithm) {
            Some(name) => {
                name.parse().map_err(|_| "\"algorithm\" must be sha1, sha256, sha384 or sha512.")?
            }
            None => self.unsaid.algorithm.ok_or("Nothing says which \"algorithm\" made the digest.")?,
        };
        let prefix_hashed = match fields.get(Column::PrefixHashed) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => return Err("\"prefix_hashed\" must be true or false.".to_owned()),
            None => self.unsaid.prefix_hashed,
        };
        // Version 1 has no prefix: its 64 characters are the whole secret, whatever is said.
        let with_prefix = match (version, prefix_hashed) {
            (1, _) => true,
            (_, Some(prefix_hashed)) => prefix_hashed,
            (_, None) => {
                return Err(
                    "Nothing says by \"prefix_hashed\" whether the prefix was hashed along.".to_owned()
                );
            }
        };
        Ok(Scheme { algorithm, with_prefix })
    }

    fn digest(&self, fields: &Fields<'_>, algorithm: Algorithm) -> Result<Vec<u8>, String> {
        let encoding = match fields.get(Column::Encoding) {
            Some(name) => name.parse()?,
            None => {
                self.unsaid.encoding.ok_or("Nothing says by which \"encoding\" the digest is written.")?
            }
        };
        let text = fields.get(Column::Digest).ok_or("There is no \"digest\".")?;
        encoding.digest(text, algorithm)
    }

    fn workspace(&self, fields: &Fields<'_>) -> Result<Name, String> {
        let said = fields.get(Column::Workspace).or(self.unsaid.workspace.as_deref());
        let said = said.ok_or("Nothing says whose token it is: there is no \"workspace\".")?;
        let what = "\"workspace\" must be a workspace's id, or external: and its id in the product.";
        named::<WorkspaceId>(said).ok_or_else(|| what.to_owned())
    }

    fn past(&self, fields: &Fields<'_>, column: Column) -> Result<Option<Time>, String> {
        match time(fields, column)? {
            Some(at) if at > self.when => Err(format!("\"{}\" lies in the future.", column.name())),
            at => Ok(at),
        }
    }
}

fn person(text: &str) -> Result<Name, String> {
    if let Ok(address) = mail::address(text)
        && !text.starts_with(EXTERNAL)
    {
        return Ok(Name::Mail(address.folded().to_owned()));
    }
    let what =
        "\"creator\" must be a person's id, a mail address, or external: and the person's id in the product.";
    named::<PersonId>(text).ok_or_else(|| what.to_owned())
}

/// What an id of that type or an external id names.
fn named<Id: FromStr>(text: &str) -> Option<Name> {
    if let Some(external) = text.strip_prefix(EXTERNAL) {
        return line("external_id", external, EXTERNAL_ID).ok().map(Name::External);
    }
    text.parse::<Id>().is_ok().then(|| Name::Id(text.to_owned()))
}

fn role(fields: &Fields<'_>) -> Result<Role, String> {
    match fields.get(Column::Role) {
        None | Some("member") => Ok(Role::Member),
        Some("owner") => Ok(Role::Owner),
        Some(_) => Err("\"role\" must be owner or member.".to_owned()),
    }
}

fn hint(text: &str) -> Result<String, String> {
    if text.len() == HINT_LEN && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(text.to_owned());
    }
    Err(format!("\"hint\" must be the first {HINT_LEN} letters and digits after the prefix."))
}

fn time(fields: &Fields<'_>, column: Column) -> Result<Option<Time>, String> {
    let at = fields.get(column).map(str::parse).transpose();
    at.map_err(|_| {
        format!("\"{}\" must be a time as of RFC 3339, such as 2026-11-23T14:02:00Z.", column.name())
    })
}
