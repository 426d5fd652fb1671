use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lettre::Address;

use super::{
    smtp::Smtp,
    smtp_url::{Fault, SmtpUrl},
};
use crate::config::Hidden;

/// The mail server that the setting names at each moment: its password may become another while the server runs.
pub(super) struct Server {
    url: Hidden,
    from: Address,
    now: Mutex<Now>,
}

struct Now {
    url: Arc<str>,
    smtp: Arc<Smtp>,
}

impl Server {
    pub fn named(url: &Hidden, from: Address) -> Result<Self, Fault> {
        let now = Now::read(url.expose(), &from)?;
        Ok(Self { url: url.clone(), from, now: Mutex::new(now) })
    }

    /// The connections to it. Mails that are under way to the one before go on.
    pub fn smtp(&self) -> Result<Arc<Smtp>, Fault> {
        let url = self.url.expose();
        let mut now = self.now();
        if now.url != url {
            *now = Now::read(url, &self.from)?;
        }
        Ok(Arc::clone(&now.smtp))
    }

    pub async fn hang_up(&self) {
        let smtp = Arc::clone(&self.now().smtp);
        smtp.hang_up().await;
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Now {
    fn read(url: Arc<str>, from: &Address) -> Result<Self, Fault> {
        let smtp = Smtp::new(SmtpUrl::read(&url)?, from.clone())?;
        Ok(Self { url, smtp: Arc::new(smtp) })
    }
}
