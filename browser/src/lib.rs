//! A person's browser for journeys: it opens, fills and presses what a person would, by the names that stand on the page;
//! and of every page that it leaves it asks whether it looks well.
//!
//! ```no_run
//! # async fn journey() {
//! let stage = browser::Stage::set();
//! let ana = stage.browser().await;
//! ana.open("/docs").await;
//! ana.sees("Bailiwick").await;
//! ana.looks_well("docs", "Bailiwick HTTP reference").await;
//! ana.leave().await;
//! stage.end();
//! # }
//! ```
//!
//! Whatever does not hold panics with a sentence, and leaves a screenshot of the moment.

mod axe;
mod chromedriver;
mod find;
mod keyboard;
mod log;
mod looks;
mod passkeys;
mod person;
mod screen;
mod stage;
mod wait;

pub use chromedriver::Chromedriver;
pub use passkeys::{Authenticator, Passkey};
pub use person::Browser;
pub use screen::{Screen, Theme};
pub use stage::{Mail, Stage, Token};
