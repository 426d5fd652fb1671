//! Settings that are read again: which secrets become others, and what waits for the restart.
//!
//! A secret is followed if it was set before, is set now, and goes to the same place: a new one must not be sent to whoever
//! got the old one. What cannot be read or used stays as it was, each for itself, but for those that are parts of one.

use futures_util::future::join_all;

use super::{
    ConfigFault, Origin, SETTINGS, Settings,
    given::{Given, is_secret},
    origin::aws,
};

/// Each secret, and the settings that say where it is sent. Some say so themselves, and one is only compared.
const SENT_TO: [(&str, &[&str]); 10] = [
    ("database.url", &[]),
    ("database.migrate_url", &[]),
    ("exposure.github_access_token", &["exposure.github_keys_url"]),
    ("exposure.gitlab_revocation_secret", &[]),
    ("mail.smtp_url", &[]),
    ("track.write_key", &["track.endpoint"]),
    ("audit.stream_secret", &["audit.stream_url"]),
    ("audit.heads_webhook_secret", &["audit.heads_webhook"]),
    (ACCESS_KEY[0], BUCKET),
    (ACCESS_KEY[1], BUCKET),
];
const BUCKET: &[&str] = &["audit.heads_bucket", "audit.heads_bucket_endpoint", "audit.heads_bucket_region"];
/// Two secrets that are parts of one: either is good for nothing with the other's successor.
const ACCESS_KEY: [&str; 2] = ["audit.heads_bucket_key_id", "audit.heads_bucket_key"];

/// What came of reading the settings again.
pub struct ReadAgain {
    /// The settings as before, with the secrets of now.
    pub settings: Settings,
    /// What keeps a secret from being read. It is in [`ReadAgain::settings`] as it was before.
    pub faults: Vec<ConfigFault>,
    /// Settings that have become others and wait for the restart. They are in [`ReadAgain::settings`] as they were before.
    pub left: Vec<&'static str>,
}

impl Origin {
    /// Reads them again. Only secrets can become others; one that cannot be read, or not be used, stays as it was.
    pub async fn read_again(&mut self) -> Result<ReadAgain, ConfigFault> {
        let mut said = self.said().await?;
        let aws = aws(&self.given)?;
        // One that is new is not asked for, as it waits in any case. All at once, as one may have to be waited for.
        let known = said.secrets().filter(|(key, _)| self.given.has(key));
        let fetched = join_all(known.map(|(key, value)| self.fetch(key, value, &aws))).await;
        let unread: Vec<_> = fetched.into_iter().filter_map(Result::err).collect();
        let left = left(&self.given, &said, &unread);
        let mut given = self.given.clone();
        let is_read = |key: &str| unread.iter().all(|fault| fault.key != Some(key));
        let secrets = SETTINGS.iter().filter(|setting| setting.secret).map(|setting| setting.key);
        for key in secrets.filter(|key| is_read(key) && !left.contains(key)) {
            given.like(&said, key);
        }
        let mut merged = Merged { before: &self.given, given, faults: Vec::new() };
        for fault in unread {
            merged.stays(fault);
        }
        let settings = merged.settings()?;
        let Merged { given, faults, .. } = merged;
        self.given = given;
        Ok(ReadAgain { settings, faults, left })
    }
}

/// What is said otherwise now, and waits for the restart.
fn left(before: &Given, said: &Given, unread: &[ConfigFault]) -> Vec<&'static str> {
    let differs = |key: &str| !said.is_like(before, key);
    let is_moved = |key: &str| {
        SENT_TO.iter().any(|(secret, places)| *secret == key && places.iter().any(|place| differs(place)))
    };
    let waits = |key: &str| differs(key) && (said.has(key) != before.has(key) || is_moved(key));
    let keys = SETTINGS.iter().map(|setting| setting.key).filter(|key| differs(key));
    keys.filter(|key| !is_secret(key) || waits(key) || other_part(key).is_some_and(waits))
        .filter(|key| !unread.iter().any(|fault| fault.key == Some(*key)))
        .collect()
}

/// The other part of what this is a part of.
fn other_part(key: &str) -> Option<&'static str> {
    let [one, other] = ACCESS_KEY;
    if key == one { Some(other) } else { (key == other).then_some(one) }
}

/// What was given before, with the secrets of now.
struct Merged<'a> {
    before: &'a Given,
    given: Given,
    /// Why secrets are as before.
    faults: Vec<ConfigFault>,
}

impl Merged<'_> {
    /// The settings of it. What cannot be used goes back; what was good before is good again, so each does once.
    fn settings(&mut self) -> Result<Settings, ConfigFault> {
        loop {
            match Settings::of(&self.given) {
                Ok(settings) => return Ok(settings),
                Err(fault) => self.go_back(fault)?,
            }
        }
    }

    /// Has the secret be as before that something is wrong with. If it is none, or is so already, that is a fault of the
    /// whole.
    fn go_back(&mut self, fault: ConfigFault) -> Result<(), ConfigFault> {
        let Some(key) = fault.key.filter(|key| is_secret(key) && self.differs(key)) else {
            return Err(fault);
        };
        self.given.like(self.before, key);
        self.stays(fault);
        Ok(())
    }

    /// Notes why a secret is as before, and has what is part of the same be so too.
    fn stays(&mut self, fault: ConfigFault) {
        let other = fault.key.and_then(|key| Some((key, other_part(key)?)));
        self.faults.push(fault);
        let Some((key, other)) = other.filter(|(_, other)| self.differs(other)) else { return };
        let place = self.given.place(other);
        self.given.like(self.before, other);
        let why = format!("goes with {key}, which stays as it was");
        self.faults.push(ConfigFault::new(other, why, place).about(other));
    }

    fn differs(&self, key: &str) -> bool {
        !self.given.is_like(self.before, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_secret_it_is_said_where_it_goes() {
        let mut named = SENT_TO.map(|(secret, _)| secret);
        let mut secrets: Vec<_> =
            SETTINGS.iter().filter(|setting| setting.secret).map(|setting| setting.key).collect();
        named.sort_unstable();
        secrets.sort_unstable();
        assert_eq!(secrets, named);
        for place in SENT_TO.iter().flat_map(|(_, places)| *places) {
            assert!(SETTINGS.iter().any(|setting| setting.key == *place && !setting.secret), "{place}");
        }
    }
}
