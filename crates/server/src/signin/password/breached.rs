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

impl Breached {
    /// As the settings say. A file that is there has to be a good one.
    pub fn of(settings: &Settings, client: Client) -> Result<Self, String> {
        let path = &settings.password.breaches_file;
        let filter = match path.try_exists() {
            Ok(true) => Some(Filter::open(path).map_err(|fault| {
                format!("password.breaches_file: {} cannot be used: {fault}", path.display())
            })?),
            Ok(false) => None,
            Err(error) => return Err(format!("password.breaches_file: {}: {error}", path.display())),
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
        if self.ask(&sha1).await == Some(true) {
            return true;
        }
        let (breached, password) = (self.clone(), password.clone());
        // The file is read from the disk. A look-up that ends badly says so itself.
        tokio::task::spawn_blocking(move || breached.knows_here(&password)).await.unwrap_or(false)
    }

    /// Whether anybody outside of this machine is asked.
    pub const fn asks_outside(&self) -> bool {
        self.range_url.is_some()
    }

    /// Whether it is in the file. It reads from the disk, so it is for a thread of its own, not for one that serves others.
    pub fn knows_here(&self, password: &Password) -> bool {
        let Some(filter) = &self.filter else { return false };
        filter.contains(&Sha1::of(password)).unwrap_or_else(|fault| {
            tracing::error!(%fault, "the file of known breaches cannot be read");
            false
        })
    }

    fn request(url: &str) -> outgoing::Result<Request> {
        let padding = HeaderName::from_static("add-padding");
        Ok(Request::get(url)?.header(padding, "true")?.timeout(PATIENCE).max_answer_bytes(RangeAnswer::MOST))
    }

    async fn ask(&self, sha1: &Sha1) -> Option<bool> {
        let url = format!("{}/{}", self.range_url.as_ref()?, sha1.prefix());
        match self.answer(&url).await {
            Ok(answer) => Some(answer.seen(sha1) > 0),
            Err(why) => {
                tracing::warn!(fault = why, "known breaches were not told of online");
                None
            }
        }
    }

    async fn answer(&self, url: &str) -> Result<RangeAnswer, String> {
        let request = Self::request(url).map_err(|fault| fault.to_string())?;
        let answer = self.client.send(request).await.map_err(|fault| fault.to_string())?;
        if !answer.status.is_success() {
            return Err(format!("the answer was {}", answer.status.as_u16()));
        }
        RangeAnswer::read(&answer.body).map_err(|why| why.to_string())
    }
}
