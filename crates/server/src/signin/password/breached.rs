use std::{sync::Arc, time::Duration};

use axum::http::HeaderName;
use outgoing::{Client, Request};
use passwords::{
    Password,
    breaches::{Filter, RangeAnswer, Sha1},
};

use crate::config::{Breaches, Settings};

/// Where it is looked up whether a password has been in a breach.
#[derive(Clone)]
pub struct Breached {
    client: Client,
    range_url: Option<String>,
    filter: Option<Arc<Filter>>,
}

/// How long the service is waited for; then the local list has to do.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest answer, in bytes: a thousand lines of some forty characters.
const LONGEST: usize = 256 * 1024;

impl Breached {
    /// As the settings say. A file that is there has to be a good one.
    pub fn of(settings: &Settings, client: Client) -> Result<Self, String> {
        let path = &settings.password.breaches_file;
        let filter = match path.try_exists() {
            Ok(true) => Some(Filter::open(path).map_err(|fault| {
                format!("password.breaches_file: {} cannot be used: {fault}", path.display())
            })?),
            _ => None,
        };
        let online = settings.password.breaches == Breaches::Online;
        let range_url = online.then(|| settings.password.range_url.trim_end_matches('/').to_owned());
        Ok(Self { client, range_url, filter: filter.map(Arc::new) })
    }

    /// Whether the password is known from a breach. Of it only the first five characters of its SHA-1 digest leave this machine, in
    /// an answer padded so that its length tells nothing (Have I Been Pwned, "Pwned Passwords API"). Who asks is never logged
    /// with it.
    pub async fn knows(&self, password: &Password) -> bool {
        let sha1 = Sha1::of(password);
        match self.ask(&sha1).await {
            Some(seen) => seen || self.is_listed(&sha1),
            None => self.is_listed(&sha1),
        }
    }

    /// Whether anybody outside of this machine is asked.
    pub const fn asks_outside(&self) -> bool {
        self.range_url.is_some()
    }

    /// The same of what is on this machine.
    pub fn knows_here(&self, password: &Password) -> bool {
        self.is_listed(&Sha1::of(password))
    }

    fn is_listed(&self, sha1: &Sha1) -> bool {
        let Some(filter) = &self.filter else { return false };
        filter.contains(sha1).unwrap_or_else(|fault| {
            tracing::error!(%fault, "the file of known breaches cannot be read");
            false
        })
    }

    fn request(url: &str) -> outgoing::Result<Request> {
        let padding = HeaderName::from_static("add-padding");
        Ok(Request::get(url)?.header(padding, "true")?.timeout(PATIENCE).max_answer_bytes(LONGEST))
    }

    async fn ask(&self, sha1: &Sha1) -> Option<bool> {
        let url = format!("{}/{}", self.range_url.as_ref()?, sha1.prefix());
        let body = match self.client.send(Self::request(&url).ok()?).await {
            Ok(answer) if answer.status.is_success() => answer.body,
            Ok(answer) => {
                tracing::warn!(status = answer.status.as_u16(), "known breaches were not told of online");
                return None;
            }
            Err(fault) => {
                tracing::warn!(%fault, "known breaches were not told of online");
                return None;
            }
        };
        RangeAnswer::read(&body).ok().map(|answer| answer.seen(sha1) > 0)
    }
}
