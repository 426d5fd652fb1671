//! What was said, before it is understood.

use std::collections::BTreeMap;

use super::{
    ConfigFault, Place, SETTINGS, Setting,
    nearest::nearest,
    source::{Held, Source},
};

/// Variables that begin like settings and are none: where the settings are, and what the tests are told.
const NO_SETTINGS: [&str; 4] =
    ["BAILIWICK_CONFIG", "BAILIWICK_TOOLS", "BAILIWICK_BIN", "BAILIWICK_PREVIOUS_BIN"];

/// A value as it was written. It has no `Debug`: it may be a secret.
#[derive(Clone, PartialEq)]
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

/// What was given for one setting.
#[derive(Clone)]
pub(super) struct Value {
    /// What it is.
    pub raw: Raw,
    /// Where it was said.
    pub place: Place,
    /// Where it was fetched from, if what was said there was only where it is.
    pub from: Option<&'static str>,
}

/// Each setting that was given, by its key.
#[derive(Clone, Default)]
pub(super) struct Given(BTreeMap<&'static str, Value>);

impl Given {
    /// Notes a value; a later one wins.
    pub(super) fn note(&mut self, key: &'static str, raw: Raw, place: Place) {
        self.0.insert(key, Value { raw, place, from: None });
    }

    /// Where a setting was given.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        self.0.get(key).map(|value| value.place.clone())
    }

    /// Whether a setting was given.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// What was given for a secret, for each that was.
    pub(super) fn secrets(&mut self) -> impl Iterator<Item = (&'static str, &mut Value)> {
        self.0.iter_mut().filter(|(key, _)| is_secret(key)).map(|(key, value)| (*key, value))
    }

    /// The same value as `other` has, or none if that has none.
    pub(super) fn like(&mut self, other: &Self, key: &'static str) {
        match other.0.get(key) {
            Some(value) => self.0.insert(key, value.clone()),
            None => self.0.remove(key),
        };
    }

    /// Whether both say the same of a setting, wherever they say it.
    pub(super) fn is_like(&self, other: &Self, key: &str) -> bool {
        let said = |given: &Self| given.0.get(key).map(|value| value.raw.clone());
        said(self) == said(other)
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
        key: &'static str,
        read: impl Fn(&Raw) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigFault> {
        let Some(value) = self.0.get(key) else { return Ok(None) };
        read(&value.raw).map(Some).map_err(|why| value.fault(key, why))
    }

    /// What was given for a key, or else the default.
    pub(super) fn read_or_text<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Raw) -> Result<T, String>,
        default: &str,
    ) -> Result<T, ConfigFault> {
        match self.read(key, &read)? {
            Some(value) => Ok(value),
            None => read(&Raw::Words(default.to_owned())).map_err(|why| ConfigFault::new(key, why, None)),
        }
    }
}

impl Value {
    /// The source that it names, if it names one.
    pub(super) fn source(&self) -> Option<Source> {
        match &self.raw {
            Raw::Words(text) | Raw::Text(text) => Source::named_by(text),
            _ => None,
        }
    }

    /// Becomes what its source holds.
    pub(super) fn turn_into(&mut self, source: &Source, held: Held) -> Result<(), String> {
        self.from = Some(source.kind());
        self.raw = Raw::Text(held?.to_string());
        Ok(())
    }

    /// What is wrong with it.
    pub(super) fn fault(&self, key: &'static str, why: impl Into<String>) -> ConfigFault {
        let what = match self.from {
            Some(kind) => format!("{key}, from its {kind}"),
            None => shown(key, &self.raw),
        };
        ConfigFault::new(what, why, Some(self.place.clone())).about(key)
    }
}

/// Whether this is the key of a secret.
pub(super) fn is_secret(key: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key == key && setting.secret)
}

fn is_setting(name: &str) -> bool {
    name.starts_with("BAILIWICK_") && !name.starts_with("BAILIWICK_TEST_") && !NO_SETTINGS.contains(&name)
}

fn unknown_variable(name: &str) -> ConfigFault {
    let known: Vec<_> = SETTINGS.iter().map(Setting::variable).collect();
    let why = unknown("no such setting", nearest(name, known.iter().map(String::as_str), "__"));
    ConfigFault::new(name, why, Some(Place::Variable(name.to_owned())))
}

/// `no such setting; did you mean …?`
pub(super) fn unknown(what: &str, meant: Option<&str>) -> String {
    meant.map_or_else(|| what.to_owned(), |meant| format!("{what}; did you mean {meant}?"))
}

/// The key with its value, unless that is secret or may have a secret in it.
fn shown(key: &str, raw: &Raw) -> String {
    match raw {
        // Of the root it says where it is; somebody may have put the key itself there.
        _ if is_secret(key) || key == "keyring.root" => key.to_owned(),
        Raw::Words(text) | Raw::Text(text) if may_hold_secret(text) => key.to_owned(),
        Raw::List(texts) if texts.iter().any(|text| may_hold_secret(text)) => key.to_owned(),
        Raw::Words(text) | Raw::Text(text) => format!("{key} = {text:?}"),
        Raw::Number(number) => format!("{key} = {number}"),
        Raw::List(texts) => format!("{key} = {texts:?}"),
        Raw::Other(_) => key.to_owned(),
    }
}

/// Whether this is an address that may have a password in it, or what stands in a file.
fn may_hold_secret(text: &str) -> bool {
    (text.contains("://") && text.contains('@')) || is_content(text)
}

/// Whether this is what stands in a file (a key in PEM), rather than the file's name.
pub(super) fn is_content(text: &str) -> bool {
    text.contains(['\n', '\r']) || text.contains("-----BEGIN")
}
