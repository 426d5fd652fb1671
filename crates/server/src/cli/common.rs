use std::path::PathBuf;

use clap::Args;

use super::{ended::Ended, print};
use crate::{
    app::{App, World, open_database},
    config::Settings,
};

/// What every command takes.
#[derive(Args)]
pub struct Common {
    /// The settings file; bailiwick.toml in the working directory, if there is one and none is named
    #[arg(long, global = true, value_name = "FILE", help_heading = "Every command")]
    config: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long, global = true, help_heading = "Every command")]
    pub json: bool,
}

impl Common {
    /// The settings, from the file and the environment.
    pub fn settings(&self) -> Result<Settings, Ended> {
        // A variable that is not UTF-8 is nobody's setting.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Ok(Settings::load(self.config.as_deref(), variables)?)
    }

    /// The app that the settings describe, on its database, without a server.
    pub async fn app(&self) -> Result<App, Ended> {
        let (settings, world) = (self.settings()?, World::real());
        let db = open_database(&settings, world.clock.now()).await?;
        let public_url = settings.public_url(settings.server.listen);
        Ok(App::new(settings, public_url, db, world).await?)
    }

    /// Prints an answer as JSON, or as what `in_words` makes of it.
    pub fn answer<T: serde::Serialize>(
        &self,
        answer: &T,
        in_words: impl FnOnce(&T) -> Result<(), Ended>,
    ) -> Result<(), Ended> {
        if self.json { print::json(answer) } else { in_words(answer) }
    }
}
