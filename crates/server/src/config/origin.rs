//! Where the settings come from, and how they are read.

use std::path::{Path, PathBuf};

use cloud::Secrets;

use super::{
    ConfigFault, Settings,
    given::{Given, Value},
    read,
};

/// The file that is read if none is named.
const USUAL_FILE: &str = "bailiwick.toml";

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

    /// What file and variables say. A variable of another program that is not UTF-8 is left out of the variables.
    pub(super) fn said(&self) -> Result<Given, ConfigFault> {
        let mut given = Given::default();
        if let Some(file) = &self.file {
            given.note_file(file)?;
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
        let mut given = origin.said()?;
        let aws = aws(&given)?;
        for (key, value) in given.secrets() {
            origin.fetch(key, value, &aws).await?;
        }
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
        let mut given = origin.said()?;
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
