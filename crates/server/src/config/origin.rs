//! Where the settings come from, and how they are read.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use cloud::Secrets;
use futures_util::future::join_all;

use super::{
    ConfigFault, Settings,
    file::{text_of, unreadable},
    given::{Given, Value},
    read,
};

/// The file that is read if none is named.
const USUAL_FILE: &str = "bailiwick.toml";

/// How long a file is waited for, with settings or with a secret: as long as a try to reach a cloud. It may lie on another machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// The file and the variables from which settings were read, and what was read last. It reads them again.
pub struct Origin {
    file: Option<PathBuf>,
    variables: Vec<(String, String)>,
    pub(super) given: Given,
}

impl Origin {
    /// The file is `file`, or what `BAILIWICK_CONFIG` names, or `bailiwick.toml` in the working directory if there is one.
    fn new(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Self {
        let variables: Vec<_> = variables.collect();
        let named = variables.iter().find(|(name, value)| name == "BAILIWICK_CONFIG" && !value.is_empty());
        let usual = Path::new(USUAL_FILE);
        let file = file
            .or(named.map(|(_, path)| Path::new(path)))
            .or_else(|| usual.exists().then_some(usual))
            .map(Path::to_owned);
        Self { file, variables, given: Given::default() }
    }

    /// What file and variables say.
    pub(super) async fn said(&self) -> Result<Given, ConfigFault> {
        let Some(file) = &self.file else { return self.understood(None) };
        let path = file.clone();
        let text = files::within(PATIENCE, file, move || text_of(&path)).await;
        self.understood(Some(text.map_err(|hangs| unreadable(file, &hangs))??))
    }

    /// What they say if this is the text of the file.
    fn understood(&self, text: Option<String>) -> Result<Given, ConfigFault> {
        let mut given = Given::default();
        if let Some((file, text)) = self.file.as_ref().zip(text) {
            given.note_file(file, &text)?;
        }
        given.note_variables(self.variables.iter().cloned())?;
        Ok(given)
    }

    /// Reads the settings for the first time, from wherever they are.
    pub async fn read(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(Settings, Self), ConfigFault> {
        let mut origin = Self::new(file, variables);
        let mut given = origin.said().await?;
        let aws = aws(&given)?;
        // All at once, so that those that have to be waited for are waited for together.
        let fetched = join_all(given.secrets().map(|(key, value)| origin.fetch(key, value, &aws))).await;
        fetched.into_iter().collect::<Result<(), _>>()?;
        let settings = Settings::of(&given)?;
        origin.given = given;
        Ok((settings, origin))
    }

    /// Reads them without asking anybody: a secret that is kept elsewhere than on this machine is refused.
    pub(super) fn read_here(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Settings, ConfigFault> {
        let origin = Self::new(file, variables);
        let mut given = origin.understood(origin.file.as_deref().map(text_of).transpose()?)?;
        for (key, value) in given.secrets() {
            let Some(source) = value.source() else { continue };
            let held =
                source.here(&origin.variables).unwrap_or_else(|| Err("nobody is asked here".to_owned()));
            value.turn_into(&source, held).map_err(|why| value.fault(key, why))?;
        }
        Settings::of(&given)
    }

    /// Puts what a named source holds in the place of its name.
    pub(super) async fn fetch(
        &self,
        key: &'static str,
        value: &mut Value,
        aws: &Secrets,
    ) -> Result<(), ConfigFault> {
        let Some(source) = value.source() else { return Ok(()) };
        let held = source.anywhere(&self.variables, aws).await;
        value.turn_into(&source, held).map_err(|why| value.fault(key, why))
    }
}

/// AWS, where the settings say that it is.
pub(super) fn aws(given: &Given) -> Result<Secrets, ConfigFault> {
    let endpoint = given.read("aws.endpoint", read::cloud_address)?;
    Ok(Secrets::new(endpoint))
}
