use std::{net::SocketAddr, path::Path, sync::Arc};

use outgoing::Guard;
use token_format::{Prefix, PrefixError, Prefixes};

use super::{
    AuditSettings, ConfigFault, Settings, TokenSettings, given::Given, hidden::Hidden, origin::Origin,
};
use crate::listen;

/// Settings that mean nothing without another: the first of each pair needs the second.
const NEEDED: [(&str, &str); 14] = [
    ("server.tls_cert", "server.tls_key"),
    ("server.tls_key", "server.tls_cert"),
    ("track.endpoint", "track.write_key"),
    ("track.write_key", "track.endpoint"),
    ("audit.stream_url", "audit.stream_secret"),
    ("audit.stream_secret", "audit.stream_url"),
    ("audit.heads_webhook", "audit.heads_webhook_secret"),
    ("audit.heads_webhook_secret", "audit.heads_webhook"),
    ("audit.heads_bucket_key_id", "audit.heads_bucket_key"),
    ("audit.heads_bucket_key", "audit.heads_bucket_key_id"),
    // A bucket without a key of its own is reached by the machine's role.
    ("audit.heads_bucket_key_id", "audit.heads_bucket"),
    ("audit.heads_bucket_key", "audit.heads_bucket"),
    ("audit.heads_bucket_endpoint", "audit.heads_bucket"),
    ("audit.heads_bucket_region", "audit.heads_bucket"),
];

impl Settings {
    /// Reads the settings from a file and the environment, for whoever asks nobody: secrets that are kept elsewhere are
    /// refused. [`Origin::read`] gets those too.
    ///
    /// The file is `config_path`, or what `BAILIWICK_CONFIG` names, or `bailiwick.toml` in the working directory if there
    /// is one. Variables win over it. A variable of another program that is not UTF-8 is left
    /// out of `env`.
    pub fn load(
        config_path: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigFault> {
        Origin::read_here(config_path, env)
    }

    /// The settings of what was given.
    pub(super) fn of(given: &Given) -> Result<Self, ConfigFault> {
        let settings = Self::read(given)?;
        settings.fit_together(given)?;
        Ok(settings)
    }

    /// The address under which people reach the server, without a slash at the end. `bound` is where it listens.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        let usual = || format!("{}://localhost:{}", listen::scheme(&self.server), bound.port());
        self.server.public_url.clone().unwrap_or_else(usual)
    }

    /// The database's address, with its password if it has one.
    pub fn database_url(&self) -> Arc<str> {
        self.database.url.expose()
    }

    /// The address under which the schema is changed.
    pub fn migrating_url(&self) -> Arc<str> {
        self.database.migrate_url.as_ref().map_or_else(|| self.database_url(), Hidden::expose)
    }

    /// What no setting can say of itself alone.
    fn fit_together(&self, given: &Given) -> Result<(), ConfigFault> {
        self.token.all_prefixes().map_err(|why| {
            let key = "token.former_prefixes";
            ConfigFault::new(key, why.to_string(), given.place(key))
        })?;
        self.may_be_called(given)?;
        for (one, other) in NEEDED {
            if given.has(one) && !given.has(other) {
                return Err(lonely(one, other, given));
            }
        }
        self.bucket_can_be_addressed(given)
    }

    fn bucket_can_be_addressed(&self, given: &Given) -> Result<(), ConfigFault> {
        let audit = &self.audit;
        let Some(place) = &audit.heads_bucket else { return Ok(()) };
        let addressed = place.at(audit.heads_bucket_endpoint.as_deref(), &audit.heads_bucket_region);
        let key = "audit.heads_bucket";
        addressed.map(drop).map_err(|why| ConfigFault::new(key, why, given.place(key)))
    }

    /// Where calls to the outside may go.
    pub fn guard(&self) -> Guard {
        Guard::opening(self.outgoing.allowed.iter().cloned())
    }

    fn may_be_called(&self, given: &Given) -> Result<(), ConfigFault> {
        let called = [
            ("exposure.github_keys_url", Some(&self.exposure.github_keys_url)),
            ("exposure.gitlab_keys_url", self.exposure.gitlab_keys_url.as_ref()),
            ("audit.stream_url", self.audit.stream_url.as_ref()),
            ("track.endpoint", self.track.endpoint.as_ref()),
            ("audit.heads_webhook", self.audit.heads_webhook.as_ref()),
            ("audit.heads_bucket_endpoint", self.audit.heads_bucket_endpoint.as_ref()),
        ];
        for (key, url) in called {
            let refused = url.and_then(|url| self.guard().check(url).err());
            if let Some(refused) = refused {
                let hint = if refused.can_be_opened() {
                    "; if it is meant, name its host in outgoing.allowed"
                } else {
                    ""
                };
                return Err(ConfigFault::new(key, format!("{refused}{hint}"), given.place(key)));
            }
        }
        Ok(())
    }
}

impl AuditSettings {
    /// Whether heads go anywhere.
    pub fn has_destinations(&self) -> bool {
        self.heads_file.is_some() || self.heads_webhook.is_some() || self.heads_bucket.is_some()
    }
}

impl TokenSettings {
    /// Every prefix, as the token format wants them.
    pub fn prefixes(&self) -> Prefixes {
        self.all_prefixes().expect("they were checked when the settings were read")
    }

    fn all_prefixes(&self) -> Result<Prefixes, PrefixError> {
        let former = self.former_prefixes.iter().map(|text| Prefix::new(text)).collect::<Result<_, _>>()?;
        Prefixes::new(Prefix::new(&self.prefix)?, former)
    }
}

/// The types under which GitLab's scanner reports our tokens: `gitleaks_rule_id_` and the name of the published rule.
pub(super) fn gitlab_types_of(token: &TokenSettings) -> Vec<String> {
    // Prefixes that do not go together are found later: here they name no types.
    let prefixes = token.all_prefixes().ok();
    let all = prefixes.iter().flat_map(Prefixes::all);
    all.map(|prefix| format!("gitleaks_rule_id_{prefix}-api-token")).collect()
}

fn lonely(key: &'static str, other: &str, given: &Given) -> ConfigFault {
    ConfigFault::new(key, format!("needs {other} beside it"), given.place(key)).about(key)
}
