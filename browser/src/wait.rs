use std::time::Duration;

use thirtyfour::error::WebDriverError;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::Browser;

/// How long a page may take until something is so.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Why something is not so yet.
pub(crate) struct NotYet(pub(crate) String);

impl From<WebDriverError> for NotYet {
    /// While a page goes and the next one comes, anything may be missing.
    fn from(error: WebDriverError) -> Self {
        Self(error.to_string())
    }
}

impl Browser {
    /// Looks until it is so.
    ///
    /// # Panics
    /// When it is not so in time: with what was waited for, why it was not so, and what stands on the page.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Result<T, NotYet>) -> T {
        let mut looks = interval(LOOK_AGAIN);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let end = Instant::now() + PATIENCE;
        loop {
            looks.tick().await;
            match look().await {
                Ok(seen) => return seen,
                Err(NotYet(why)) if Instant::now() >= end => self.give_up(what, &why).await,
                Err(_) => {}
            }
        }
    }

    /// Ends the test, with a picture of the moment.
    pub(crate) async fn give_up(&self, what: &str, why: &str) -> ! {
        let test = std::thread::current().name().unwrap_or("a-test").replace("::", "-");
        let place = match self.driver.current_url().await {
            Ok(url) => url.to_string(),
            Err(_) => "nowhere".to_owned(),
        };
        let picture = self.picture(&format!("failed-{test}")).await;
        let text = self.text().await.unwrap_or_default();
        let text: String = text.chars().take(600).collect();
        panic!("{what}: {why}\nat {place}, see {picture}\nthe page says: {text}");
    }
}
