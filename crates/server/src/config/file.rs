//! `bailiwick.toml`.

use std::{
    io::{self, Read as _},
    path::Path,
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    ConfigFault, Place, SETTINGS,
    given::{Given, Raw, unknown},
    nearest::nearest,
};

/// What a file says, not understood yet.
pub(super) fn text_of(path: &Path) -> Result<String, ConfigFault> {
    let mut text = String::new();
    let read = files::open(path).and_then(|mut file| file.read_to_string(&mut text));
    read.map_err(|error| unreadable(path, &error))?;
    Ok(text)
}

/// Why a file says nothing.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> ConfigFault {
    ConfigFault::new(path.display().to_string(), error.to_string(), None)
}

impl Given {
    /// Takes every setting out of what a file says.
    pub(super) fn note_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigFault> {
        let file = File { path, text };
        let table = DeTable::parse(text).map_err(|fault| file.syntax(&fault))?;
        file.note_table(self, "", table.get_ref())
    }
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn note_table(&self, given: &mut Given, above: &str, table: &DeTable<'_>) -> Result<(), ConfigFault> {
        for (name, value) in table {
            let key = join(above, name.get_ref());
            let place = self.place(name.span().start);
            if let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) {
                note(given, setting.key, raw(value.get_ref()), place);
            } else if is_section(&key) {
                let DeValue::Table(inner) = value.get_ref() else {
                    return Err(ConfigFault::new(
                        key,
                        "is a section of settings, not a setting",
                        Some(place),
                    ));
                };
                self.note_table(given, &key, inner)?;
            } else {
                return Err(unknown_key(&key, place));
            }
        }
        Ok(())
    }

    // The parser's own Display would quote the line, and with it perhaps a secret.
    fn syntax(&self, fault: &toml::de::Error) -> ConfigFault {
        let place = self.place(fault.span().map_or(0, |span| span.start));
        ConfigFault::new("not valid TOML", fault.message(), Some(place))
    }

    fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        Place::File { path: self.path.to_owned(), line }
    }
}

/// An empty list is no list: the default holds.
fn note(given: &mut Given, key: &'static str, raw: Raw, place: Place) {
    if !matches!(&raw, Raw::List(texts) if texts.is_empty()) {
        given.note(key, raw, place);
    }
}

fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}

fn sections() -> impl Iterator<Item = &'static str> + Clone {
    SETTINGS.iter().filter_map(|setting| Some(setting.key.split_once('.')?.0))
}

fn is_section(key: &str) -> bool {
    sections().any(|section| section == key)
}

fn unknown_key(key: &str, place: Place) -> ConfigFault {
    let known = SETTINGS.iter().map(|setting| setting.key).chain(sections());
    ConfigFault::new(key, unknown("no such setting", nearest(key, known, ".")), Some(place))
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Other("a number too large"), Raw::Number),
        DeValue::Array(items) => {
            texts(items).map_or(Raw::Other("a list of other things than texts"), Raw::List)
        }
        DeValue::Float(_) => Raw::Other("a number with a fraction"),
        DeValue::Boolean(_) => Raw::Other("a yes or no"),
        DeValue::Datetime(_) => Raw::Other("a time"),
        DeValue::Table(_) => Raw::Other("a section"),
    }
}

fn texts(items: &[Spanned<DeValue<'_>>]) -> Option<Vec<String>> {
    items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}
