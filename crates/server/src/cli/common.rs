use std::{ffi::OsString, path::PathBuf};

use clap::Args;

use super::{ended::Ended, print};
use crate::{
    app::{App, World, open_database},
    config::{Origin, Settings},
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
    /// The settings, from the file and the environment, and wherever those say.
    pub async fn settings(&self) -> Result<Settings, Ended> {
        Ok(self.settings_and_origin().await?.0)
    }

    /// The settings, with what reads them again.
    pub async fn settings_and_origin(&self) -> Result<(Settings, Origin), Ended> {
        let variables = in_words(std::env::vars_os())?;
        Ok(Origin::read(self.config.as_deref(), variables.into_iter()).await?)
    }

    /// The app that the settings describe, on its database, without a server.
    pub async fn app(&self) -> Result<App, Ended> {
        let (settings, world) = (self.settings().await?, World::real());
        let opened = open_database(&settings, &world).await?;
        let public_url = settings.public_url(settings.server.listen);
        Ok(App::new(settings, public_url, opened, world).await?)
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

/// The variables that are text. The others belong to other programs, or else are settings that would be passed over.
fn in_words(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<(String, String)>, Ended> {
    let mut texts = Vec::new();
    for (name, value) in variables {
        match (name.to_str(), value.to_str()) {
            (Some(name), Some(value)) => texts.push((name.to_owned(), value.to_owned())),
            _ if name.as_encoded_bytes().starts_with(b"BAILIWICK_") => {
                let name = name.to_string_lossy();
                return Err(Ended::refused(format!("environment variable {name}: is not UTF-8")));
            }
            _ => {}
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn variable(name: &[u8], value: &[u8]) -> (OsString, OsString) {
        (OsString::from_vec(name.to_vec()), OsString::from_vec(value.to_vec()))
    }

    #[test]
    fn a_setting_that_is_not_utf_8_is_refused_by_name() {
        for (name, value) in [
            (&b"BAILIWICK_DATABASE__URL"[..], &b"sqlite:\xff.db"[..]),
            (b"BAILIWICK_DATABASE__URL\xff", b"sqlite:x.db"),
        ] {
            let Err(Ended::Refused(why)) = in_words([variable(name, value)].into_iter()) else {
                panic!("it was passed over");
            };
            assert!(why.contains("BAILIWICK_DATABASE__URL") && why.ends_with("is not UTF-8"), "{why}");
            assert!(!why.contains("sqlite"), "{why}");
        }
    }

    #[test]
    fn what_is_not_utf_8_in_other_variables_is_left_alone() {
        let others = [variable(b"OTHER", b"\xff"), variable(b"PATH", b"/bin")];
        assert_eq!(in_words(others.into_iter()).unwrap(), [("PATH".to_owned(), "/bin".to_owned())]);
    }
}
