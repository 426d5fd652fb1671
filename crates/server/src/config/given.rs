//! What was said, before it is understood.

use std::collections::BTreeMap;

use super::{ConfigFault, Place, SETTINGS, nearest::nearest};

/// Variables that begin like settings and are none: where the settings are, and what the tests are told.
const NO_SETTINGS: [&str; 4] =
    ["BAILIWICK_CONFIG", "BAILIWICK_TOOLS", "BAILIWICK_BIN", "BAILIWICK_PREVIOUS_BIN"];

/// A value as it was written.
#[derive(Debug, Clone)]
pub(super) enum Raw {
    /// In a variable or a default: words that may stand for a text, a number, or a list.
    Words(String),
    /// A text in the file.
    Text(String),
    /// A whole number in the file.
    Number(i64),
    /// A list of texts in the file.
    List(Vec<String>),
    /// Something in the file that no setting wants, by the name of its kind.
    Other(&'static str),
}

/// Each setting that was given, by its key.
#[derive(Debug, Default)]
pub(super) struct Given(BTreeMap<&'static str, (Raw, Place)>);

impl Given {
    /// Notes a value; a later one wins.
    pub(super) fn note(&mut self, key: &'static str, raw: Raw, place: Place) {
        self.0.insert(key, (raw, place));
    }

    /// Where a setting was given.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        self.0.get(key).map(|(_, place)| place.clone())
    }

    /// Takes every setting out of the environment.
    pub(super) fn note_variables(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(), ConfigFault> {
        for (name, value) in variables.filter(|(name, _)| is_setting(name)) {
            let Some(setting) = SETTINGS.iter().find(|setting| setting.variable() == name) else {
                return Err(unknown_variable(&name));
            };
            if !value.is_empty() {
                self.note(setting.key, Raw::Words(value), Place::Variable(name));
            }
        }
        Ok(())
    }

    /// What was given for a key, understood; or nothing.
    pub(super) fn read<T>(
        &self,
        key: &str,
        read: impl Fn(&Raw) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigFault> {
        let Some((raw, place)) = self.0.get(key) else { return Ok(None) };
        read(raw).map(Some).map_err(|why| ConfigFault::new(shown(key, raw), why, Some(place.clone())))
    }

    /// What was given for a key, or else the default.
    pub(super) fn read_or_text<T>(
        &self,
        key: &str,
        read: impl Fn(&Raw) -> Result<T, String>,
        default: &str,
    ) -> Result<T, ConfigFault> {
        match self.read(key, &read)? {
            Some(value) => Ok(value),
            None => read(&Raw::Words(default.to_owned())).map_err(|why| ConfigFault::new(key, why, None)),
        }
    }
}

fn is_setting(name: &str) -> bool {
    name.starts_with("BAILIWICK_") && !name.starts_with("BAILIWICK_TEST_") && !NO_SETTINGS.contains(&name)
}

fn unknown_variable(name: &str) -> ConfigFault {
    let known: Vec<_> = SETTINGS.iter().map(super::Setting::variable).collect();
    let why = unknown("no such setting", nearest(name, known.iter().map(String::as_str), "__"));
    ConfigFault::new(name, why, Some(Place::Variable(name.to_owned())))
}

/// `no such setting; did you mean …?`
pub(super) fn unknown(what: &str, meant: Option<&str>) -> String {
    meant.map_or_else(|| what.to_owned(), |meant| format!("{what}; did you mean {meant}?"))
}

/// The key with its value, unless that is secret or an address that may have a password in it.
fn shown(key: &str, raw: &Raw) -> String {
    let secret = SETTINGS.iter().any(|setting| setting.key == key && setting.secret);
    match raw {
        _ if secret => key.to_owned(),
        Raw::Words(text) | Raw::Text(text) if may_hold_password(text) => key.to_owned(),
        Raw::List(texts) if texts.iter().any(|text| may_hold_password(text)) => key.to_owned(),
        Raw::Words(text) | Raw::Text(text) => format!("{key} = {text:?}"),
        Raw::Number(number) => format!("{key} = {number}"),
        Raw::List(texts) => format!("{key} = {texts:?}"),
        Raw::Other(_) => key.to_owned(),
    }
}

fn may_hold_password(text: &str) -> bool {
    text.contains("://") && text.contains('@')
}
